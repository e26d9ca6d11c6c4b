"""What an operation costs, and what a tier opens (FEE-04 to FEE-06, TIE-07)."""

from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from assets.tests.factories import digital_asset
from clients.tests.factories import client_of_type
from core import instance
from core.actors import SystemActor
from core.amounts import round_half_even
from ledger.enums import OperationType
from tiers.enums import FeeSource, Payer
from tiers.models import PriceList
from tiers.selectors.terms import terms_of
from tiers.services.assignment import assign_price_list, set_tier
from tiers.services.opening import refusal_of
from tiers.services.operation_fees import amount_of, operation_fee
from tiers.tests.factories import default_price_list, price_list, tier
from tiers.tests.factories import operation_fee as a_fee

TESTS = SystemActor("tests")
P2P = OperationType.P2P_TRANSFER
AMOUNTS = st.decimals(min_value=0, max_value=Decimal(10) ** 19, places=18, allow_nan=False, allow_infinity=False)


@pytest.mark.spec("FEE-05")
@given(quantity=AMOUNTS, decimals=st.integers(0, 18))
def test_a_half_goes_to_the_even_neighbour(quantity: Decimal, decimals: int):
    unit = Decimal(1).scaleb(-decimals)
    rounded = round_half_even(quantity, decimals=decimals)
    off = abs(rounded - quantity)
    assert rounded % unit == 0
    assert off <= unit / 2
    if off == unit / 2:
        assert (rounded / unit) % 2 == 0


@pytest.mark.spec("FEE-04", "FEE-05")
@given(
    quantity=AMOUNTS.filter(bool), decimals=st.integers(0, 18), percentage=st.decimals(0, 100, places=4),
    fixed=st.decimals(0, 1000, places=6), bounds=st.lists(st.decimals(0, 1000, places=6), min_size=2, max_size=2),
)  # fmt: skip
def test_a_fee_is_exact_and_stays_within_its_bounds(quantity, decimals, percentage, fixed, bounds):
    minimum, maximum = sorted(bounds)
    fee = amount_of(quantity, decimals=decimals, fixed=fixed, percentage=percentage, minimum=minimum, maximum=maximum)
    with localcontext() as exact:
        exact.prec = 200
        wanted = min(max(fixed + quantity * percentage / 100, minimum), maximum)
        assert fee == wanted.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def quote(client, asset, quantity: str = "100", **more):
    at = more.pop("now", timezone.now())
    return operation_fee(client_id=client and client.pk, type=P2P, asset=asset, quantity=Decimal(quantity), now=at)


@pytest.mark.django_db
@pytest.mark.spec("FEE-04", "FEE-06")
def test_one_fee_the_first_of_price_list_and_assets_default():
    asset, client = digital_asset(decimals=2), client_of_type()
    assert quote(client, asset) is None
    general = a_fee(asset, percentage=Decimal("1.005"), payer=Payer.RECEIVER)
    found = quote(client, asset)
    assert (found.quantity, found.payer, found.source, found.rule) == (Decimal("1.00"), "receiver", FeeSource.ASSET, general.reference)
    assert quote(None, asset).rule == general.reference
    default = a_fee(asset, price_list=default_price_list(), fixed=Decimal(2))
    assert quote(client, asset).rule == default.reference
    own = price_list()
    assign_price_list(client=client, price_list=own, actor=TESTS, now=timezone.now())
    assert quote(client, asset).rule == general.reference, "the client's own list says nothing, so that the asset's default holds"
    mine = a_fee(asset, price_list=own, percentage=Decimal(50), minimum=Decimal(1), maximum=Decimal(3))
    assert (quote(client, asset).rule, quote(client, asset).quantity) == (mine.reference, 3)
    assert quote(client, asset, "1").quantity == 1
    assert quote(None, asset).rule == general.reference
    assert terms_of(client.pk).price_list == own
    PriceList.objects.filter(pk=own.pk).update(is_active=False)
    assert (quote(client, asset).rule, terms_of(client.pk).price_list) == (default.reference, default.price_list)
    assert operation_fee(client_id=client.pk, type=OperationType.PAYMENT, asset=asset, quantity=Decimal(5), now=timezone.now()) is None


@pytest.mark.django_db
@pytest.mark.spec("FEE-04", "FEE-06", "L3")
def test_the_fee_in_force_at_the_time_and_a_free_one_hides_the_default():
    asset, client, now = digital_asset(), client_of_type(), timezone.now()
    turn = now + timedelta(hours=1)
    a_fee(asset, fixed=Decimal(1))
    free = a_fee(asset, price_list=default_price_list(), valid_to=turn)
    later = a_fee(asset, price_list=default_price_list(), valid_from=turn, fixed=Decimal(4))
    assert free.fixed == 0
    assert quote(client, asset) is None, "the price list asks for nothing"
    assert quote(client, asset, now=turn - timedelta(microseconds=1)) is None
    assert quote(client, asset, now=turn).rule == later.reference


@pytest.mark.django_db
@pytest.mark.spec("TIE-07")
def test_what_a_tier_doesnt_open_is_refused_naming_the_tier_that_would():
    asset, other, client, now = digital_asset(), digital_asset(), client_of_type(), timezone.now()

    def refusal(operation: str = P2P, of=asset):
        return refusal_of(client_id=client.pk, type=operation, asset_id=of.pk)

    assert refusal() is None, "tier 0 opens all unless the setting says otherwise"
    instance.assume({"tiers.zero_operations": ["purchase"]})
    assert "No tier does" in str(refusal())
    assert refusal("purchase") is None
    assert refusal("manual_transfer") is None, "what isn't the client's own is no tier's business"
    silver, gold = tier(2, operations=["purchase", "p2p_transfer"]), tier(3, label="Gold")
    silver.assets.set([other])
    assert "Gold would" in str(refusal())
    assert refusal().facts == {"tier": gold.reference, "tier_label": "Gold"}
    set_tier(client=client, tier=silver, actor=TESTS, now=now, with_fee=False)
    assert refusal(of=other) is None
    assert "Gold would" in str(refusal("payment", other))
    assert refusal().code == "tier_does_not_open"
    set_tier(client=client, tier=gold, actor=TESTS, now=now, with_fee=False)
    assert refusal("withdrawal") is None
