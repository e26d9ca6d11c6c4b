"""The simulated providers as fixtures: real servers on their own ports, our settings pointing at them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from clients.models import Client
from kyc.models import Case
from simulators.shufti import Shufti
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
