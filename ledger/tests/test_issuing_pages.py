"""Creating, issuing and burning through the pages (AST-01, AST-02, AST-04, AST-05, UIX-03)."""

import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from approvals.models import ApprovalPolicy
from assets.enums import Right
from assets.models import Asset
from assets.tests.test_pages import key, send, upload
from ledger.models import Operation
from ledger.services.posting import available
from ledger.tests.factories import issuer_of, make_asset
from wallets.models import AssetWallets, Wallet
from wallets.selectors import issuer_wallet
from wallets.tests.factories import client_wallet, organisation_wallet, own_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return sign_in(user(Face.ISSUER))


def stock(asset):
    return available(issuer_of(asset), asset, now=timezone.now())


def new_asset(**changes):
    own = issuer_wallet().reference
    values = {
        "code": "wlc", "name": "Welcome coin", "label": "Welcome", "decimals": "2", "quantity": "1000.50",
        "issuing_wallet": own, "beneficiary_wallet": own,
    }  # fmt: skip
    return values | changes


@pytest.mark.spec("AST-01", "AST-02")
def test_an_asset_is_created_and_its_page_shows_the_settlement(browser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    beneficiary = own_wallet("Stock")
    sent = send(
        browser, "/assets/new/",
        **new_asset(
            beneficiary_wallet=beneficiary.reference, max_client_balance="500", reissuable="on", reissue_below="10", reissue_quantity="100",
            expires="on", expiration_days="30", limits_transactions="on", transaction_count="5", image=upload(),
        ),
    )  # fmt: skip
    assert (sent.status_code, sent.url) == (302, "/assets/WLC/")
    asset = Asset.objects.get()
    assert (asset.expiration_days, asset.transaction_count, asset.max_client_balance, asset.reissue_quantity) == (30, 5, 500, 100)
    assert asset.image.name
    assert AssetWallets.objects.get().beneficiary_wallet == beneficiary
    summary = browser.get("/assets/WLC/").content.decode()
    assert f"/wallets/{beneficiary.reference}/" in summary
    tab = browser.get("/assets/WLC/?tab=issuing").content.decode()
    assert Operation.objects.get().reference in tab
    assert tab.count("Queued") == 2


@pytest.mark.spec("AST-01")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "ab"), ("code", "USED"), ("name", ""), ("label", "x" * 21), ("decimals", "19"), ("decimals", "-1"), ("quantity", "0"),
        ("quantity", "1.001"), ("quantity", "1e3"), ("quantity", "9" * 21), ("max_client_balance", "0"), ("expiration_days", "5"),
        ("expires", "on"), ("transaction_count", "0"), ("limits_transactions", "on"), ("reissue_below", "5"),
        ("issuing_wallet", "organisation"), ("beneficiary_wallet", "client"), ("image", "svg"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_and_leaves_nothing(browser, field, value, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make_asset(code="USED")
    if value in ("organisation", "client"):
        value = {"organisation": organisation_wallet, "client": client_wallet}[value]().reference
    response = send(
        browser, "/assets/new/", **new_asset(**{field: upload() if value == "svg" else value, **({"code": "A"} if value == "svg" else {})})
    )
    assert response.status_code == 422
    assert 'class="field-error"' in response.content.decode()
    assert Asset.objects.count() == 1
    assert not list(tmp_path.rglob("*.png"))


@pytest.mark.spec("AST-01", "AST-08")
def test_a_refused_creation_keeps_no_image(browser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make_asset(code="USED")
    assert send(browser, "/assets/new/", **new_asset(code="USED", image=upload())).status_code == 422
    assert not list(tmp_path.rglob("*.png"))


@pytest.mark.spec("AST-04", "AST-05", "UIX-03")
def test_issued_and_burnt_after_saying_what_will_happen(browser):
    asset = make_asset(code="WLC", issued=100, reissuable=True)
    wallet = issuer_of(asset).reference
    dialog = browser.get("/assets/WLC/issue/").content.decode()
    assert "100.00" in dialog
    assert "quantity" in dialog
    send(browser, "/assets/WLC/issue/", wallet=wallet, quantity="50.5", reason="More demand")
    assert stock(asset) == Decimal("150.5")
    assert "be undone" in browser.get("/assets/WLC/burn/").content.decode()
    send(browser, "/assets/WLC/burn/", wallet=wallet, quantity="0.5", reason="Contract ended")
    assert stock(asset) == 150
    for wrong in ({"quantity": "151"}, {"quantity": "0"}, {"quantity": "0.001"}, {"reason": ""}, {"wallet": client_wallet().reference}):
        values = {"wallet": wallet, "quantity": "1", "reason": "Contract ended"} | wrong
        assert send(browser, "/assets/WLC/burn/", **values).status_code == 422
    assert stock(asset) == 150
    operations = browser.get("/assets/WLC/?tab=issuing").content.decode()
    assert "More demand" in operations
    assert "Contract ended" in operations


@pytest.mark.spec("AST-04")
def test_what_is_not_reissuable_shows_no_button_and_refuses(browser):
    asset = make_asset(code="WLC", issued=100)
    assert "/assets/WLC/issue/" not in browser.get("/assets/WLC/").content.decode()
    assert send(browser, "/assets/WLC/issue/", wallet=issuer_of(asset).reference, quantity="1", reason="More demand").status_code == 422
    assert stock(asset) == 100


@pytest.mark.spec("AST-05", "USR-01", "USR-05")
def test_burning_needs_the_right_and_passes_the_gate(browser):
    asset = make_asset(code="WLC", issued=100, reissuable=True)
    reader = sign_in(user(Face.ISSUER, [Right.ASSETS_SEE, Right.ASSETS_EDIT]))
    for url in ("/assets/WLC/burn/", "/assets/WLC/issue/"):
        assert reader.get(url).status_code == 403
        assert reader.post(url, {"quantity": "1"}).status_code == 403
    ApprovalPolicy.objects.create(action="ledger.burn", is_required=True, changed_at=timezone.now())
    refused = send(browser, "/assets/WLC/burn/", wallet=issuer_of(asset).reference, quantity="1", reason="Contract ended")
    assert refused.status_code == 422
    assert "second person" in refused.content.decode()
    assert stock(asset) == 100


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("AST-05", "UIX-03")
def test_one_form_sent_twenty_times_at_once_burns_once():
    """C1."""
    person = user(Face.ISSUER)
    asset = make_asset(code="WLC", issued=100)
    browser = sign_in(person)
    values = {
        "operation_key": key(browser.get("/assets/WLC/burn/")),
        "wallet": issuer_of(asset).reference,
        "quantity": "7",
        "reason": "Once",
    }
    browsers = [sign_in(person) for _number in range(20)]

    def press(one):
        try:
            response = one.post("/assets/WLC/burn/", values)
            return response.status_code, response.get("Location")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(press, browsers))
    assert answers == {(302, "/assets/WLC/?tab=issuing")}
    assert stock(asset) == 93
    assert Operation.objects.filter(type="burning").count() == 1


@pytest.mark.spec("AST-02")
def test_the_page_of_a_currency_says_that_it_is_not_on_the_chain(browser):
    send(browser, "/assets/currencies/new/", code="EUR")
    page = browser.get("/assets/EUR/?tab=issuing").content.decode()
    assert re.search(r"isn(&#x27;|')t on the chain", page)
    assert "/assets/EUR/burn/" not in page
    assert Wallet.objects.filter(code="issuer").exists()
