"""Killed anywhere in a decision: the case is open as it was, or decided with all that belongs to it (KYC-09, KYC-22, TIE-04; C4)."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.utils import timezone

from audit.models import AuditEvent
from clients.models import Client
from kyc import services
from kyc.enums import CaseStatus
from kyc.models import Case
from kyc.tests.factories import TESTS, case, euros, offered, rich, with_provider
from ledger.models import Reservation
from messaging.models import OutgoingMail
from tiers.models import TierChange

pytestmark = pytest.mark.django_db(transaction=True)


def doomed(verb, cases):
    """How many died on the way; the last ones came to the end."""
    command = [sys.executable, "-m", "kyc.tests.doomed", verb, *(str(one.pk) for one in cases)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "backoffice.settings"}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True, timeout=240)
    statuses = [int(line) for line in done.stdout.split()]
    died = statuses.count(-9)
    assert statuses == [-9] * died + [0] * (len(cases) - died), done.stderr
    assert 5 <= died < len(cases), "more points than rows: the last ones were not tried"


def whole(one, wallet):
    """Nothing of a decision, or all of it."""
    one.refresh_from_db()
    approved, declined = one.status == CaseStatus.APPROVED, one.status == CaseStatus.DECLINED
    mails = set(OutgoingMail.objects.filter(about_id=str(one.pk), about_type="kyc.case").values_list("template", flat=True))
    assert ("kyc.approved" in mails, "kyc.declined" in mails) == (approved, declined)
    assert TierChange.objects.filter(case_reference=one.reference).count() == int(approved)
    assert Client.objects.get(pk=one.client_id).verification_level == (2 if approved else 1)
    assert Reservation.objects.filter(pk=one.reservation_id, is_open=True).exists() == one.is_open
    assert euros(wallet) == (100 if declined else 90)
    events = AuditEvent.objects.filter(subject_reference=one.reference, action__in=["kyc.approved", "kyc.declined"])
    assert events.count() == int(not one.is_open)


@pytest.mark.spec("KYC-09", "TIE-04")
@pytest.mark.parametrize(("verb", "rows"), [("approve", 40), ("decline", 12)])
def test_killed_at_every_point_of_a_decision(verb, rows):
    offered(2, "10")
    made = [(wallet, case(wallet=wallet)) for wallet in (rich() for _ in range(rows))]
    doomed(verb, [one for _wallet, one in made])
    for wallet, one in made:
        whole(one, wallet)
    for one in Case.objects.exclude(status__in=[CaseStatus.APPROVED, CaseStatus.DECLINED]):
        services.approve(case_id=one.pk, actor=TESTS, now=timezone.now())
    for wallet, one in made:
        whole(one, wallet)
        assert not one.is_open


@pytest.mark.spec("KYC-06", "KYC-22")
def test_killed_at_every_point_of_a_result():
    made = [(wallet, with_provider(wallet=wallet)) for wallet in (rich() for _ in range(14))]
    doomed("result", [one for _wallet, one in made])
    for wallet, one in made:
        whole(one, wallet)
        assert bool(one.provider_result) == (not one.is_open), "a result that closes the case is kept with it"
