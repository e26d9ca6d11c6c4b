"""The pages of wallets (WAL-01, WAL-02, WAL-03, WAL-06)."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from assets.tests.test_pages import key, send
from ledger.enums import OperationType
from ledger.issuer.wallets.resources import WalletResource
from ledger.models import Reservation
from ledger.services.posting import Cause, available, reserve
from ledger.services.refusals import WalletClosed
from ledger.tests.factories import buy, issuer_of, make_asset, move
from organisations.tests.factories import organisation
from wallets.enums import Right, WalletOwner, WalletStatus
from wallets.models import Wallet
from wallets.selectors import issuer_wallet
from wallets.tests.factories import client_wallet, organisation_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return sign_in(user(Face.ISSUER))


def found(browser, **criteria):
    """The references of the wallets that a search finds."""
    page = browser.get("/wallets/", criteria)
    assert page.status_code == 200
    body = page.content.decode()
    return {wallet.reference for wallet in Wallet.objects.all() if f"/wallets/{wallet.reference}/" in body}


@pytest.mark.spec("WAL-01", "WAL-06")
def test_each_criterion_finds_its_wallets(browser):
    asset, other = make_asset(issued=1000, issuer=issuer_wallet()), make_asset(issued=1000, issuer=issuer_wallet())
    rich, poor, shop = client_wallet(), client_wallet(), organisation_wallet(organisation(name="Kafejnīca Zīle"))
    buy(asset, rich, "500")
    buy(asset, poor, "10")
    buy(other, poor, "500")
    Wallet.objects.filter(pk=poor.pk).update(status=WalletStatus.CLOSED, closed_at=timezone.now())
    assert found(browser, q=rich.address.lower()) == {rich.reference}
    assert found(browser, q=rich.address.upper()[10:30]) == {rich.reference}
    assert found(browser, q=shop.reference) == {shop.reference}
    assert found(browser, q="0x") == set()  # too short: the field says so
    assert found(browser, owner="zīle") == {shop.reference}
    assert found(browser, owner=rich.client.last_name) == {rich.reference}
    assert found(browser, owner_type="client") == {rich.reference, poor.reference}
    assert found(browser, status="closed") == {poor.reference}
    assert found(browser, organisation=shop.organisation.reference) == {shop.reference}
    assert {rich.reference, poor.reference} <= found(browser, asset=asset.code)
    assert found(browser, asset=asset.code, balance_from="495", balance_to="600") == {rich.reference}
    assert found(browser, balance_from="9.99", balance_to="10") == {poor.reference}
    assert found(browser, asset=other.code, owner_type="client", balance_from="100") == {poor.reference}
    for nonsense in (
        {"balance_from": "NaN"},
        {"balance_from": "9", "balance_to": "1"},
        {"asset": "x"},
        {"q": "%_%_'\"--"},
        {"sort": "client__email"},
    ):
        found(browser, **nonsense)


@pytest.mark.spec("WAL-01")
def test_the_list_takes_few_statements_whatever_it_shows(browser, django_assert_max_num_queries):
    asset = make_asset(issued=1000)
    for _number in range(30):
        buy(asset, client_wallet(), "10")
    browser.get("/wallets/?size=25")
    with django_assert_max_num_queries(6):
        page = browser.get("/wallets/?size=25")
    assert page.content.decode().count(asset.code) >= 25


@pytest.mark.spec("WAL-01", "WAL-06")
def test_the_page_shows_what_the_wallet_holds(browser):
    asset = make_asset(issued=1000, expiration_days=30, transaction_count=3)
    wallet = client_wallet()
    buy(asset, wallet, "120.5")
    reserve(wallet=wallet, asset=asset, quantity=Decimal("20.5"), purpose=Cause("tests.thing", 1, "THING-1"), now=timezone.now())
    summary = browser.get(f"/wallets/{wallet.reference}/").content.decode()
    for shown in (wallet.address, f'data-copy="{wallet.address}"', "120.50", "20.50", "100.00", str(wallet.client)):
        assert shown in summary
    lots = browser.get(f"/wallets/{wallet.reference}/?tab=lots").content.decode()
    assert "120.50" in lots
    operations = browser.get(f"/wallets/{wallet.reference}/?tab=operations").content.decode()
    assert "Purchase" in operations
    assert "Queued" in operations
    sold = browser.get(f"/wallets/{issuer_of(asset).reference}/?tab=operations").content.decode()
    assert "−120.50" in sold
    assert "879.50" in browser.get(f"/wallets/{issuer_of(asset).reference}/").content.decode()


@pytest.mark.spec("WAL-01", "UIX-02")
def test_its_owners_page_leads_to_it_and_back(browser):
    asset, wallet, till = make_asset(issued=1000), client_wallet(), organisation_wallet(organisation(), name="Till 1")
    buy(asset, wallet, "120.5")
    for one, page in ((wallet, f"/clients/{wallet.client.reference}/"), (till, f"/organisations/{till.organisation.reference}/")):
        tab = browser.get(f"{page}?tab=wallets").content.decode()
        assert f"/wallets/{one.reference}/" in tab
        assert page in browser.get(f"/wallets/{one.reference}/").content.decode()
        assert ("120.50" in tab) == (one == wallet)


@pytest.mark.spec("WAL-02")
def test_wallets_are_created_for_organisations_and_the_issuer(browser):
    shop = organisation()
    send(browser, "/wallets/new/", owner_type="organisation", organisation=shop.reference, name="Till 1")
    send(browser, "/wallets/new/", owner_type="issuer", name="Reserve", organisation=shop.reference)
    till, reserve_wallet = Wallet.objects.get(name="Till 1"), Wallet.objects.get(name="Reserve")
    assert (till.organisation, till.is_hot) == (shop, True)
    assert (reserve_wallet.owner_type, reserve_wallet.organisation) == (WalletOwner.ISSUER, None)
    for wrong in (
        {"owner_type": "client"},
        {"owner_type": "organisation"},
        {"owner_type": "system"},
        {"owner_type": "organisation", "organisation": "x"},
    ):
        assert send(browser, "/wallets/new/", **wrong).status_code == 422
    send(browser, f"/wallets/{till.reference}/rename/", name="Front till")
    till.refresh_from_db()
    assert till.name == "Front till"


@pytest.mark.spec("WAL-03", "UIX-03")
def test_closing_says_what_is_left_and_releases_what_is_reserved(browser):
    asset = make_asset(issued=1000)
    wallet = client_wallet()
    buy(asset, wallet, "100")
    reserve(wallet=wallet, asset=asset, quantity=Decimal(30), purpose=Cause("tests.thing", 1, "THING-1"), now=timezone.now())
    url = f"/wallets/{wallet.reference}/close/"
    dialog = browser.get(url).content.decode()
    assert "100.00" in dialog
    assert "30.00" in dialog
    assert send(browser, url, reason="Lost phone").status_code == 422
    wallet.refresh_from_db()
    assert wallet.is_open
    send(browser, url, reason="Lost phone", release_reserved="on")
    wallet.refresh_from_db()
    assert not wallet.is_open
    assert not Reservation.objects.filter(is_open=True).exists()
    assert available(wallet, asset, now=timezone.now()) == 100
    for sender, receiver in ((wallet, client_wallet()), (issuer_of(asset), wallet)):
        with pytest.raises(WalletClosed), transaction.atomic():
            move(OperationType.MANUAL_TRANSFER, asset, sender, receiver, 1)
    move(OperationType.MANUAL_TRANSFER, asset, wallet, issuer_of(asset), 40)
    page = browser.get(f"/wallets/{wallet.reference}/").content.decode()
    assert "60.00" in page
    assert "Lost phone" in page
    send(browser, f"/wallets/{wallet.reference}/reopen/", reason="Found again")
    move(OperationType.MANUAL_TRANSFER, asset, wallet, client_wallet(), 60)


@pytest.mark.spec("WAL-03")
def test_wallets_that_are_needed_can_not_be_closed(browser):
    page = browser.get(f"/wallets/{issuer_wallet().reference}/").content.decode()
    assert "/close/" not in page
    assert send(browser, f"/wallets/{issuer_wallet().reference}/close/", reason="Why not").status_code == 422
    assert issuer_wallet().is_open


@pytest.mark.spec("WAL-01", "USR-01", "USR-04")
def test_right_and_row_scope_hold():
    own, foreign = organisation_wallet(), organisation_wallet()
    confined = sign_in(user(Face.ISSUER, organisations=[own.organisation]))
    assert found(confined) == {own.reference}
    for url in ("", "rename/", "close/", "reopen/"):
        assert confined.get(f"/wallets/{foreign.reference}/{url}").status_code == 404
        assert confined.post(f"/wallets/{foreign.reference}/{url}", {}).status_code in (404, 405)
    assert send(confined, "/wallets/new/", owner_type="organisation", organisation=foreign.organisation.reference).status_code == 422
    assert send(confined, "/wallets/new/", owner_type="issuer").status_code == 422
    reader = sign_in(user(Face.ISSUER, [Right.WALLETS_SEE]))
    for url in (f"/wallets/{own.reference}/rename/", f"/wallets/{own.reference}/close/", "/wallets/new/"):
        assert reader.get(url).status_code == 403
        assert reader.post(url, {}).status_code == 403
    assert "/close/" not in reader.get(f"/wallets/{own.reference}/").content.decode()


@pytest.mark.spec("WAL-03")
def test_a_form_sent_twice_closes_once_and_lands_on_the_same_page(browser):
    wallet = organisation_wallet()
    url = f"/wallets/{wallet.reference}/close/"
    values = {"operation_key": key(browser.get(url)), "reason": "Shop closed"}
    first, second = (browser.post(url, values) for _ in range(2))
    assert (first.status_code, first.url) == (second.status_code, second.url) == (302, f"/wallets/{wallet.reference}/")


def table(response):
    """What a CSV export holds, by column name."""
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline="")))


@pytest.mark.spec("EXP-X1", "USR-04")
def test_an_export_holds_what_the_search_finds_with_all_that_is_stored():
    asset = make_asset(code="WLC", issued=1000)
    own, foreign = organisation_wallet(), organisation_wallet()
    move(OperationType.MANUAL_TRANSFER, asset, issuer_of(asset), own, "12.5")
    rows = {row["reference"]: row for row in table(sign_in(user(Face.ISSUER)).post("/wallets/", {"export": "csv-all"}))}
    assert set(rows) == set(Wallet.objects.filter(is_test=False).values_list("reference", flat=True))
    row = rows[own.reference]
    assert (row["address"], row["organisation_reference"], row["owner_type"]) == (own.address, own.organisation.reference, "organisation")
    assert json.loads(row["balances"]) == [["WLC", 2, "12.500000000000000000"]]
    found = table(sign_in(user(Face.ISSUER)).post(f"/wallets/?q={foreign.reference}", {"export": "csv"}))
    assert [row["reference"] for row in found] == [foreign.reference]
    confined = sign_in(user(Face.ISSUER, organisations=[own.organisation]))
    assert [row["reference"] for row in table(confined.post("/wallets/", {"export": "csv-all"}))] == [own.reference]
    assert sign_in(user(Face.ISSUER, [Right.WALLETS_SEE])).post("/wallets/", {"export": "csv"}).status_code == 403


@pytest.mark.spec("EXP-X1")
def test_every_stored_field_is_exported_or_left_out_for_a_reason():
    assert WalletResource.unexplained() == []
