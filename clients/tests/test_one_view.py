"""A client's page is one view of everything: each tab loads when opened, links lead both ways (CLI-08)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from audit.enums import Right as AuditRight
from clients.enums import Right
from clients.services import deactivate_client
from ledger.enums import OperationType
from ledger.enums import Right as LedgerRight
from ledger.services.posting import Cause, local_date, reserve
from ledger.tests.factories import buy, make_asset, make_wallet, move
from messaging.enums import Right as MailRight
from orders.enums import Right as OrderRight
from orders.services import complete_order
from orders.tests.factories import TESTS, asset_for_sale, buyer, paid_order, stock, wallet_of
from wallets.enums import Right as WalletRight
from wallets.enums import WalletOwner

pytestmark = [pytest.mark.django_db, pytest.mark.spec("CLI-08")]
EVERYTHING = [
    Right.CLIENTS_SEE, WalletRight.WALLETS_SEE, LedgerRight.OPERATIONS_SEE, OrderRight.ORDERS_SEE, MailRight.SEE_MAIL, AuditRight.SEE,
]  # fmt: skip


@pytest.fixture
def browser():
    return sign_in(user(rights=EVERYTHING))


def tab(browser, client, name):
    """What htmx loads when the tab is opened."""
    response = browser.get(f"/clients/{client.reference}/?tab={name}", headers={"HX-Request": "true", "HX-Target": "tabbed"})
    assert response.status_code == 200
    return response.content.decode()


def test_everything_of_a_client_stands_behind_its_tabs(browser):
    now = timezone.now()
    one = paid_order(asset=stock(asset_for_sale()))
    complete_order(order_id=one.pk, actor=TESTS, now=now)
    client, wallet = one.client, wallet_of(one.client)
    deactivate_client(client=client, actor=TESTS, now=now, reason="On request")
    first = browser.get(f"/clients/{client.reference}/").content.decode()
    for name in ("wallets", "operations", "orders", "messages", "audit"):
        assert f"tab={name}" in first
    assert wallet.reference not in first  # not before its tab is opened
    wallets = tab(browser, client, "wallets")
    assert f"/wallets/{wallet.reference}/" in wallets
    assert one.asset.code in wallets
    operations = tab(browser, client, "operations")
    reference = wallet.received.get().reference
    assert f"/transactions/{reference}/" in operations
    assert f"/orders/{one.reference}/" in tab(browser, client, "orders")
    assert client.email in tab(browser, client, "messages")
    assert "Client deactivated" in tab(browser, client, "audit")
    back = browser.get(f"/transactions/{reference}/").content.decode()
    for address in (f"/clients/{client.reference}/", f"/wallets/{wallet.reference}/", f"/orders/{one.reference}/"):
        assert address in back
    assert f"/clients/{client.reference}/" in browser.get(f"/wallets/{wallet.reference}/").content.decode()
    order = browser.get(f"/orders/{one.reference}/").content.decode()
    assert f"/transactions/{reference}/" in order
    assert f"/clients/{client.reference}/" in order


def test_balances_of_all_wallets_with_what_is_reserved_and_expires_first(browser):
    asset, wallet, now = make_asset(issued=1000, expiration_days=90), make_wallet(), timezone.now()
    second = make_wallet(client=wallet.client)
    today = local_date(now)
    buy(asset, wallet, 100, expires_on=today + timedelta(days=30))
    buy(asset, second, 20, expires_on=today + timedelta(days=5))
    with transaction.atomic():
        reserve(wallet=wallet, asset=asset, quantity=Decimal(40), purpose=Cause("redemption", 1, "RED-1"), now=now)
    shown = tab(browser, wallet.client, "wallets")
    for figure in ("120.00", "40.00", "80.00", "20.00", f"{today + timedelta(days=5):%Y/%m/%d}"):
        assert figure in shown
    assert "Reservations" in shown


def test_transactions_are_seen_from_the_client_and_lead_on_to_all_of_them(browser):
    asset, wallet = make_asset(issued=10_000), make_wallet()
    own, shop = make_wallet(client=wallet.client), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, wallet, 500)
    move(OperationType.PAYMENT, asset, wallet, shop, "12.5")
    move(OperationType.MANUAL_TRANSFER, asset, wallet, own, 7)
    shown = tab(browser, wallet.client, "operations")
    assert "−12.50" in shown
    assert "−7.00" not in shown  # it stays with the client
    for _number in range(30):
        buy(asset, wallet, 1)
    address = f"/transactions/all/?party={wallet.client.reference}"
    assert address in tab(browser, wallet.client, "operations")
    assert len(browser.get(address).context["slice"].rows) == 33


def test_a_tab_needs_its_right():
    client = buyer()
    reader = sign_in(user(rights=[Right.CLIENTS_SEE]))
    page = reader.get(f"/clients/{client.reference}/").content.decode()
    for name in ("wallets", "operations", "orders", "messages", "audit"):
        assert f"tab={name}" not in page
        assert reader.get(f"/clients/{client.reference}/?tab={name}").status_code == 404


def test_an_empty_client_says_so_everywhere(browser):
    client = buyer()
    assert "No transactions yet." in tab(browser, client, "operations")
    assert "No message was sent yet." in tab(browser, client, "messages")
