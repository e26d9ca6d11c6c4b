"""The pages of assets, rates and wallets in a real browser, with long names and the largest amounts: wide and phone, light and
dark, no console, script or CSP error, nothing wider than the window."""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.tests.factories import PASSWORD, TOTP_SECRET, user
from assets.services import NewAsset, deactivate_asset, set_rate
from assets.tests.factories import currency, digital_asset
from ledger.services import issuing
from ledger.services.posting import Cause, reserve
from ledger.tests.factories import ACTOR, buy
from organisations.tests.factories import organisation
from wallets.selectors import issuer_wallet
from wallets.tests.factories import client_wallet, organisation_wallet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LARGEST = Decimal("99999999999999999999.123456789012345678")


@pytest.fixture(autouse=True)
def browser_beside_the_database(monkeypatch):
    # Playwright's own loop makes Django think that this code is asynchronous; it isn't.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


def create(code, quantity, **fields):
    own = issuer_wallet()
    new = NewAsset(**({"code": code, "name": "Welcome coin", "label": "Welcome", "decimals": 2} | fields))
    options = {"issuing_wallet": own, "beneficiary_wallet": own, "actor": ACTOR, "now": timezone.now()}
    return issuing.create_asset(new=new, quantity=Decimal(quantity), **options)[0]


@pytest.mark.spec("UIX-02", "AST-01", "RAT-01", "WAL-01")
def test_no_page_makes_the_browser_complain(live_server):
    from kit.browser import walk  # noqa: PLC0415 - Playwright is there for this test alone

    now, euro = timezone.now(), currency(name="Euro", label="Euro")
    coin = create(
        "WLC", "100000", reissuable=True, reissue_below=Decimal(1000), reissue_quantity=Decimal(50000), expiration_days=30,
        transaction_count=3, max_client_balance=Decimal(5000),
    )  # fmt: skip
    create(
        "HUGE1",
        str(LARGEST),
        decimals=18,
        name="Šķērsvērtību-Bērziņkalniņa lojalitātes programmas punkti 26",
        label="Šķērsvērtību-Bērziņk",
    )
    deactivate_asset(asset_id=digital_asset(code="OLD").pk, reason="Contract ended", actor=ACTOR, now=now)
    for value in ("1.5", "1.75"):
        set_rate(asset_id=coin.pk, currency_id=euro.pk, rate=Decimal(value), actor=ACTOR, now=now)
    for index in range(8):
        buy(coin, client_wallet(), f"{100 + index}.25")
    wallet = client_wallet()
    buy(coin, wallet, "120.5")
    reserve(wallet=wallet, asset=coin, quantity=Decimal("20.5"), purpose=Cause("cashout.request", 7, "CSH-1"), now=now)
    organisation_wallet(
        organisation(name="SIA “Wilhelmina-Aleksandra Konstantīna un Šķērsvērtību-Bērziņkalniņa kafejnīcas”"), name="Till 1"
    )
    own = f"/wallets/{issuer_wallet().reference}/"
    addresses = [
        "/assets/", "/assets/new/", "/assets/WLC/", "/assets/WLC/?tab=rates", "/assets/HUGE1/?tab=issuing", "/assets/WLC/burn/",
        "/rates/history/", "/wallets/", f"/wallets/{wallet.reference}/", f"/wallets/{wallet.reference}/?tab=lots", f"{own}?tab=operations",
    ]  # fmt: skip
    person = user()
    seen = walk.Walk(live_server.url)
    seen.pages = {
        f"/{number:02}{address.split('?q=')[0].replace('WAL-', '')}": f"{live_server.url}{address}"
        for number, address in enumerate(addresses)
    }
    pictures = Path(os.environ["SHOTS"]) if "SHOTS" in os.environ else None
    with walk.chromium() as browser:
        context = browser.new_context()
        walk.sign_in(context, live_server.url, email=person.email, password=PASSWORD, totp_secret=TOTP_SECRET)
        walk.look(browser, seen, storage=context.storage_state(), into=pictures)
    assert seen.complaints == []
