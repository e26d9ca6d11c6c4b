"""Who holds an asset, how it moves, when it expires: figures on its page, each leading to a list (AST-09)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from assets.enums import Right as AssetRight
from assets.tests.factories import currency
from ledger.enums import OperationType, Right
from ledger.holders import holders, lot_buckets
from ledger.services.posting import local_date
from ledger.services.settling import settle
from ledger.tests.factories import buy, issuer_of, make_asset, make_wallet, move
from wallets.enums import Right as WalletRight
from wallets.enums import WalletOwner
from wallets.selectors import outside_wallet

pytestmark = [pytest.mark.django_db, pytest.mark.spec("AST-09")]
D = Decimal


@pytest.fixture
def browser():
    return sign_in(user(rights=[AssetRight.ASSETS_SEE, Right.OPERATIONS_SEE, WalletRight.WALLETS_SEE]))


def moved(**fields):
    """1000 issued, 30 burnt, 300 with clients, 45 with a shop, 5 with a system account."""
    asset, anna, bert = make_asset(issued=1000, **fields), make_wallet(), make_wallet()
    shop, fees = make_wallet(WalletOwner.ORGANISATION), make_wallet(WalletOwner.SYSTEM)
    buy(asset, anna, 200)
    buy(asset, bert, 150)
    move(OperationType.PAYMENT, asset, anna, shop, 50)
    move(OperationType.FEE, asset, shop, fees, 5)
    move(OperationType.BURNING, asset, issuer_of(asset), outside_wallet(), 30)
    return asset


@pytest.mark.parametrize("is_settled", [False, True])
def test_the_figures_are_right_before_and_after_the_settle_step(is_settled):
    asset = moved()
    if is_settled:
        settle()
    held = holders(asset)
    assert (held.issued, held.burnt, held.circulating) == (1000, 30, 350)
    owners = (WalletOwner.ISSUER, WalletOwner.CLIENT, WalletOwner.ORGANISATION, WalletOwner.SYSTEM)
    assert [held.of(owner) for owner in owners] == [620, 300, 45, 5]


def test_a_currency_and_a_test_asset_are_added_up_from_their_wallets():
    euro, trial = currency(), make_asset(issued=100, is_test=True)
    wallet = make_wallet()
    move(OperationType.TOP_UP, euro, outside_wallet(), wallet, 70)
    buy(trial, make_wallet(is_test=True), 40)
    assert (holders(euro).of(WalletOwner.CLIENT), holders(euro).is_counted) == (70, False)
    assert [holders(trial).of(owner) for owner in (WalletOwner.ISSUER, WalletOwner.CLIENT)] == [60, 40]


def test_every_figure_leads_to_the_list_behind_it(browser):
    asset = moved(expiration_days=20)
    settle()
    page = browser.get(f"/assets/{asset.code}/?tab=figures").content.decode()
    figures = dict(re.findall(r'<li class="card"><a href="([^"]+)"><span class="figure-label">([^<]+)', page))
    links = {label: url.replace("&amp;", "&") for url, label in figures.items()}
    assert set(links) == {
        "Issued", "Burnt", "Circulating", "Held by the issuer", "Held by merchants", "Held by clients", "Held by system accounts",
    }  # fmt: skip
    rows = {label: len(browser.get(url).context["slice"].rows) for label, url in links.items()}
    assert rows == {
        "Issued": 1, "Burnt": 1, "Circulating": 4, "Held by the issuer": 1, "Held by merchants": 1, "Held by clients": 2,
        "Held by system accounts": 1,
    }  # fmt: skip
    lots = re.search(r'<a class="row-link" href="(/lots/[^"]+)">In 8 to 30 days', page)[1].replace("&amp;", "&")
    listed = browser.get(lots)
    assert len(listed.context["slice"].rows) == 2
    assert "?tab=lots" in listed.content.decode()
    assert '"chart-asset"' in page
    for span in ("24h", "7d", "12m", "nonsense"):
        assert browser.get(f"/assets/{asset.code}/?tab=figures&span={span}").status_code == 200


def test_who_may_not_see_wallets_gets_the_figures_without_those_links():
    asset = moved(expiration_days=20)
    page = sign_in(user(rights=[AssetRight.ASSETS_SEE, Right.OPERATIONS_SEE])).get(f"/assets/{asset.code}/?tab=figures").content.decode()
    assert "Held by clients" in page
    assert "/wallets/?" not in page
    assert "/lots/" not in page
    blind = sign_in(user(rights=[AssetRight.ASSETS_SEE]))
    assert blind.get(f"/assets/{asset.code}/?tab=figures").status_code == 404


def test_lots_stand_in_buckets_by_when_they_expire():
    asset, anna = make_asset(issued=1000, expiration_days=400), make_wallet()
    now = timezone.now()
    today = local_date(now)
    for days, quantity in ((0, 1), (6, 2), (7, 4), (29, 8), (30, 16), (89, 32), (90, 64), (400, 128)):
        buy(asset, anna, quantity, expires_on=today + timedelta(days=days))
    assert [(one.quantity, one.lots) for one in lot_buckets(asset, today=today)] == [(0, 0), (3, 2), (12, 2), (48, 2), (192, 2)]
    later = lot_buckets(asset, today=today + timedelta(days=8))
    assert (later[0].quantity, later[0].lots) == (7, 3)


def test_few_statements(browser, django_assert_max_num_queries):
    asset = moved(expiration_days=20)
    with django_assert_max_num_queries(12):
        browser.get(f"/assets/{asset.code}/?tab=figures")


@pytest.mark.spec("AST-02")
def test_the_registration_stands_as_steps(browser):
    asset = make_asset()
    page = browser.get(f"/assets/{asset.code}/?tab=issuing").content.decode()
    assert "This asset isn't on the chain." in page  # made for the test, never registered
