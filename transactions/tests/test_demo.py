"""The demo shows a held transaction in every status (LIM-09)."""

import pytest
from django.utils import timezone

from accounts import demo as people
from assets.tests.factories import currency
from core import instance
from ledger.models import Operation
from ledger.services.proof import prove
from organisations.api_keys import create_key
from organisations.demo import CHANNEL
from tiers.tests.limits import limit
from transactions import demo
from transactions.enums import HoldStatus
from transactions.models import Hold
from transactions.tests.factories import HELD, TESTS


@pytest.mark.django_db
@pytest.mark.spec("LIM-09", "LED-09")
def test_the_demo_tells_of_every_status():
    now = timezone.now()
    instance.assume(HELD)
    people.load(now)
    create_key(actor=TESTS, now=now, name=CHANNEL, scopes=["transfers.act"])
    limit({"asset": currency(), "amount": "500", "period_days": 30}, level=2)
    demo.load(now)
    assert set(Hold.objects.values_list("status", flat=True)) == set(HoldStatus)
    assert Operation.objects.filter(type="p2p_transfer", status="posted").count() == 4
    assert all(hold.arrived_at < now for hold in Hold.objects.all())
    assert prove().holds
