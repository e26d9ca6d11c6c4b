"""What an order is made of, and what is refused at once (ORD-05, ORD-07, AST-10)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings

from assets.enums import AssetStatus
from assets.tests.factories import currency, rate
from audit.selectors import timeline
from clients.enums import ClientStatus
from core.amounts import InvalidQuantity
from orders.enums import OrderStatus, PaymentState
from orders.services import quote
from orders.services.creation import AboveMaximumBalance, ClientCannotOrder, NoOpenWallet, NotForSale
from orders.tests.factories import TESTS, asset_for_sale, buyer, order, wallet_of
from wallets.services import close_wallet

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.spec("ORD-05", "ORD-07", "RAT-03")
def test_an_order_keeps_the_rate_of_its_moment():
    asset = asset_for_sale("1.234567")
    made = order(asset=asset, quantity="10.55", now=NOW)
    asset.rates.update(rate=Decimal(9))
    made.refresh_from_db()

    assert (made.rate, made.price, made.fee, made.total) == (Decimal("1.234567"), Decimal("13.02"), 0, Decimal("13.02"))
    assert (made.status, made.payment_state, made.received) == (OrderStatus.CREATED, PaymentState.UNPAID, 0)
    assert made.expires_at == NOW + timedelta(hours=settings.ORDER_PAYMENT_HOURS)
    assert made.reference.startswith("ORD-")
    assert made.payment_reference.startswith("PAY-")
    assert [event.action for event in timeline(made)] == ["orders.created"]


@pytest.mark.spec("ORD-05", "LED-04")
@pytest.mark.parametrize(
    ("quantity", "at", "decimals", "price"),
    [("0.005", "1", 3, "0.01"), ("0.004", "1.5", 3, "0.01"), ("3", "0.333333333333333333", 0, "1.00"), ("1", "2.675", 0, "2.68")],
)
def test_prices_round_half_up_to_the_currencys_decimals(quantity, at, decimals, price):
    asset = asset_for_sale(at, decimals=decimals)
    assert quote(asset=asset, currency=currency(), quantity=Decimal(quantity)).price == Decimal(price)


@pytest.mark.spec("ORD-05", "LED-04")
@pytest.mark.parametrize(
    ("quantity", "at", "decimals"),
    [
        ("0.001", "1", 2),  # more decimals than the asset has
        ("0.001", "1", 3),  # a price of zero
        ("99999999999999999999", "99999999999999999999", 0),  # 40 digits
        ("0", "1", 2),
        ("-1", "1", 2),
        ("NaN", "1", 2),
        ("Infinity", "1", 2),
    ],
)
def test_quantities_that_have_no_price(quantity, at, decimals):
    asset = asset_for_sale(at, decimals=decimals)
    with pytest.raises(InvalidQuantity):
        quote(asset=asset, currency=currency(), quantity=Decimal(quantity))


@pytest.mark.spec("AST-10")
def test_above_the_maximum_balance_is_refused_at_creation():
    asset = asset_for_sale(max_client_balance=Decimal(100))

    with pytest.raises(AboveMaximumBalance):
        order(asset=asset, quantity="100.01")
    assert order(asset=asset, quantity="100").quantity == 100


@pytest.mark.spec("ORD-05", "AST-06", "RAT-01")
def test_what_is_not_for_sale():
    asset = asset_for_sale()
    with pytest.raises(NotForSale):
        quote(asset=asset, currency=currency("CHF"), quantity=Decimal(1))  # no rate
    with pytest.raises(NotForSale):
        quote(asset=currency(), currency=currency(), quantity=Decimal(1))  # money for money
    rate(asset, code="CHF")
    currency("CHF").__class__.objects.filter(code="CHF").update(status=AssetStatus.DEACTIVATED)
    with pytest.raises(NotForSale):
        quote(asset=asset, currency=asset.rates.get(currency__code="CHF").currency, quantity=Decimal(1))


@pytest.mark.spec("ORD-05", "CLI-04")
@pytest.mark.parametrize("status", [ClientStatus.BLOCKED, ClientStatus.FROZEN, ClientStatus.DEACTIVATED])
def test_who_cannot_order(status):
    client = buyer()
    type(client).objects.filter(pk=client.pk).update(status=status)
    with pytest.raises(ClientCannotOrder):
        order(client=client)


@pytest.mark.spec("WAL-03", "API-05")
def test_the_assets_need_an_open_wallet_of_the_client_and_of_its_mode():
    client, other = buyer(), buyer()
    with pytest.raises(NoOpenWallet):
        order(client=client, wallet_id=wallet_of(other).pk)
    close_wallet(wallet_id=wallet_of(client).pk, actor=TESTS, now=NOW)
    with pytest.raises(NoOpenWallet):
        order(client=client)
    with pytest.raises(NotForSale):
        order(client=buyer(is_test=True))
