"""The demo shows a case in every status, manual and by providers (KYC-14)."""

import pytest
from django.utils import timezone

from accounts import demo as people
from kyc import demo
from kyc.enums import CaseStatus, DecidedHow
from kyc.models import Case
from kyc.tests.factories import TESTS, offered
from organisations.api_keys import create_key
from organisations.demo import CHANNEL
from tiers.enums import Provider


@pytest.mark.django_db
@pytest.mark.spec("KYC-01", "KYC-14")
def test_the_demo_tells_of_every_status():
    now = timezone.now()
    people.load(now)
    create_key(actor=TESTS, now=now, name=CHANNEL, scopes=["tiers.choose"])
    offered(2, provider=Provider.SHUFTI)
    offered(3, provider=Provider.MANUAL)
    offered(2, client_type="company", provider=Provider.SUMSUB)
    demo.load(now)
    cases = Case.objects.all()
    assert cases.count() == len(demo.CAST)
    assert {case.status for case in cases} == set(CaseStatus) - {CaseStatus.WITH_PROVIDER}, "that one is started by the worker"
    assert {case.decided_how for case in cases} == {"", *DecidedHow}
    assert {case.provider for case in cases} == set(Provider)
    assert all(case.opened_at < now for case in cases)
