"""The simulated providers as fixtures: real servers on their own ports, our settings pointing at them; and what tests do with them."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from audit.models import AuditEvent
from clients.models import Client
from kyc.enums import CaseStatus
from kyc.models import Case
from kyc.tasks import start_case
from kyc.tests.factories import case
from messaging.models import Alert
from simulators.shufti import Shufti, signature
from simulators.sumsub import Sumsub
from tiers.models import DictionaryEntry

SECRET = "shufti-secret"
HOOK_SECRET = "sumsub-hook-secret"


@pytest.fixture
def shufti(settings: Any) -> Iterator[Shufti]:
    with Shufti(client_id="client", secret=SECRET, speed=100) as simulator:
        settings.SHUFTI_URL, settings.SHUFTI_CLIENT_ID, settings.SHUFTI_SECRETS = simulator.url, "client", [SECRET]
        settings.SHUFTI_SIGNATURES, settings.KYC_PROVIDER_TIMEOUT = ["hashed"], 5
        yield simulator


@pytest.fixture
def sumsub(settings: Any) -> Iterator[Sumsub]:
    with Sumsub(
        app_token="token", secret="sumsub-key", hook_url="http://127.0.0.1:9/hooks/kyc/sumsub/", hook_secret=HOOK_SECRET, speed=1000
    ) as simulator:
        settings.SUMSUB_URL, settings.SUMSUB_APP_TOKEN, settings.SUMSUB_SECRET_KEY = simulator.url, "token", "sumsub-key"
        settings.SUMSUB_HOOK_SECRETS, settings.KYC_PROVIDER_TIMEOUT = [HOOK_SECRET], 5
        yield simulator


def unsaved_case(provider: str, **tier: Any) -> Case:
    """A case as an adapter sees it; nothing is stored."""
    client = Client(
        email="jana@example.com", phone="+37120000000", first_name="Jāna", last_name="Bērziņa", birth_date=date(1990, 4, 17), language="lv"
    )
    values = {"provider": provider, "provider_level": "basic-kyc-level" if provider == "sumsub" else ""} | tier
    return Case(client=client, tier=DictionaryEntry(**values), provider=provider)


# --- what tests do with them --------------------------------------------------------------------------------------------------


def deliver(callback, code="shufti"):
    """A callback as the provider sends it, through the door."""
    return Browser().post(f"/hooks/kyc/{code}/", callback.body, content_type="application/json", headers=callback.headers)


def sign(body, secret=SECRET):
    return {"Signature": signature(body, secret)}


def deliver_body(body, headers=None, code="shufti"):
    return Browser().post(f"/hooks/kyc/{code}/", body, content_type="application/json", headers=sign(body) if headers is None else headers)


def begun(provider="shufti", **fields):
    """A case that its provider has a session for."""
    one = case(provider=provider, provider_level="basic-kyc-level" if provider == "sumsub" else "", checks=["document", "face"], **fields)
    start_case(case_id=one.pk)
    one.refresh_from_db()
    assert one.status == CaseStatus.WITH_PROVIDER, one.failure
    return one


def actions(one):
    return sorted(AuditEvent.objects.filter(subject_reference=one.reference).values_list("action", flat=True))


def later(**delta):
    return time_machine.travel(timezone.now() + timedelta(**delta), tick=True)


def open_alerts():
    return sorted(Alert.objects.filter(settled_at=None).values_list("kind", flat=True))
