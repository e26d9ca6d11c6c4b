"""Assets, rates and wallets over the API (API-01 to API-03, RAT-01, WAL-01, WAL-02)."""

import json
from decimal import Decimal

import pytest
from django.utils import timezone

from assets.models import Asset, Rate, RateChange
from assets.services import set_image
from assets.tests.factories import currency, digital_asset, rate
from assets.tests.test_pages import upload
from core.images import store
from ledger.services.posting import Cause, reserve
from ledger.tests.factories import ACTOR, buy, make_asset
from orders.tests.api import Channel
from organisations.enums import Scope
from organisations.tests.factories import organisation
from wallets.models import Wallet
from wallets.selectors import issuer_wallet
from wallets.tests.factories import client_wallet, organisation_wallet

pytestmark = pytest.mark.django_db


def put(channel, path, body, *, key="k1", method="put"):
    headers = {"authorization": f"Bearer {channel.secret}", "idempotency-key": key}
    return getattr(channel.http, method)(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


@pytest.mark.spec("API-01", "API-03", "API-05")
def test_assets_are_listed_and_read_in_the_keys_own_mode():
    live, test = digital_asset(max_client_balance=Decimal("100.50"), expiration_days=3), digital_asset(is_test=True)
    currency()
    channel = Channel()
    body = channel.get(f"/assets/{live.code}").json()
    assert (body["max_client_balance"], body["expiration_days"], body["kind"], body["image"]) == ("100.5", 3, "digital", None)
    assert {asset["code"] for asset in channel.get("/assets").json()["items"]} == {live.code, "EUR"}
    assert [asset["code"] for asset in channel.get("/assets", kind="currency").json()["items"]] == ["EUR"]
    assert channel.get(f"/assets/{test.code}").status_code == 404
    assert [asset["code"] for asset in Channel(is_test=True).get("/assets").json()["items"]] == [test.code]
    first = channel.get("/assets", limit=1).json()
    second = channel.get("/assets", limit=1, cursor=first["next_cursor"]).json()
    assert {first["items"][0]["code"], second["items"][0]["code"]} == {live.code, "EUR"}
    assert second["next_cursor"] is None
    assert Channel(Scope.RATES_SEE).get("/assets").status_code == 403


@pytest.mark.spec("API-01", "AST-08")
def test_an_image_is_served_to_keys(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    asset = digital_asset()
    channel = Channel()
    assert channel.get(f"/assets/{asset.code}/image").status_code == 404
    set_image(asset_id=asset.pk, image=store(upload(), folder="assets"), actor=ACTOR, now=timezone.now())
    path = channel.get(f"/assets/{asset.code}").json()["image"]
    served = channel.get(path.removeprefix("/api/v1"))
    assert served["Content-Type"] == "image/png"
    assert b"".join(served.streaming_content).startswith(b"\x89PNG")
    assert channel.http.get(path).status_code == 401


@pytest.mark.spec("RAT-01", "RAT-03", "API-02")
def test_rates_are_set_read_and_deleted_by_the_issuers_channel():
    asset = digital_asset(code="WLC")
    currency()
    channel = Channel()
    path = "/assets/WLC/rates/EUR"
    assert channel.get(path).status_code == 404
    answers = [put(channel, path, {"rate": "1.50"}) for _ in range(2)]
    assert [answer.json()["rate"] for answer in answers] == ["1.5", "1.5"]
    assert RateChange.objects.count() == 1
    assert put(channel, path, {"rate": "2"}, key="k2").status_code == 200
    assert channel.get("/rates", asset="WLC").json()["items"][0] == channel.get(path).json()
    assert channel.get("/rates", limit=1, cursor="WLC-EUR").json() == {"items": [], "next_cursor": None}
    for number, wrong in enumerate(("0", "-1", "1e3", "NaN", 1.5, None, "1" * 40)):
        assert put(channel, path, {"rate": wrong}, key=f"wrong-{number}").status_code == 422
    assert put(channel, "/assets/WLC/rates/USD", {"rate": "1"}, key="k3").status_code == 404
    assert put(channel, "/assets/EUR/rates/EUR", {"rate": "1"}, key="k4").status_code == 422
    assert Rate.objects.get(asset=asset).actor_label == channel.key.reference
    reader = Channel(Scope.RATES_SEE)
    assert reader.get(path).status_code == 200
    assert put(reader, path, {"rate": "3"}).status_code == 403
    gone = put(channel, path, {}, key="k5", method="delete")
    assert (gone.status_code, gone.json()) == (200, {"asset": "WLC", "currency": "EUR", "rate": "2"})
    assert put(channel, path, {}, key="k6", method="delete").status_code == 404
    assert [change.event for change in RateChange.objects.order_by("id")] == ["added", "changed", "deleted"]


@pytest.mark.spec("API-01", "WAL-01", "WAL-06")
def test_wallets_are_found_and_show_what_they_hold(django_assert_max_num_queries):
    asset = make_asset(code="WLC", issued=1000, issuer=issuer_wallet(), transaction_count=3)
    wallet, other = client_wallet(), client_wallet()
    buy(asset, wallet, "120.5")
    reserve(wallet=wallet, asset=asset, quantity=Decimal(20), purpose=Cause("tests.thing", 1, "THING-1"), now=timezone.now())
    channel = Channel()
    body = channel.get(f"/wallets/{wallet.reference}").json()
    assert body["balances"] == [{"asset": "WLC", "quantity": "120.5", "reserved": "20", "available": "100.5", "remaining_count": 3}]
    assert (body["address"], body["client"], body["organisation"]) == (wallet.address, wallet.client.reference, None)
    for criteria in ({"client": wallet.client.reference}, {"address": wallet.address.lower()}, {"asset": "WLC", "owner_type": "client"}):
        assert [item["reference"] for item in channel.get("/wallets", **criteria).json()["items"]] == [wallet.reference]
    assert channel.get("/wallets", address=wallet.address[:20]).json()["items"] == []
    assert channel.get("/wallets", asset="NONE").status_code == 404
    with django_assert_max_num_queries(6):
        assert len(channel.get("/wallets", limit=10).json()["items"]) == 4  # the two needed ones are there too
    assert channel.get(f"/wallets/{other.reference}").json()["balances"] == []


@pytest.mark.spec("API-02", "WAL-02")
def test_wallets_are_created_once():
    shop, channel = organisation(), Channel()
    first, second = (channel.post("/wallets", {"organisation": shop.reference, "name": "Till 1"}, key="w1") for _ in range(2))
    assert (first.status_code, first.json()) == (201, second.json())
    wallet = Wallet.objects.get(organisation=shop)
    assert (wallet.name, wallet.is_hot, first.json()["balances"]) == ("Till 1", True, [])
    assert channel.post("/wallets", {"organisation": "ORG-NONE"}).status_code == 404
    assert channel.post("/wallets", {"name": "two\nlines"}).status_code == 422
    test = Channel(is_test=True).post("/wallets", {"organisation": shop.reference}).json()
    assert test["is_test"] is True


@pytest.mark.spec("API-03", "USR-04")
def test_a_merchants_key_sees_its_own_wallets_alone():
    own, foreign, _client = organisation_wallet(), organisation_wallet(), client_wallet()
    channel = Channel(Scope.WALLETS_SEE, Scope.RATES_SEE, organisation=own.organisation)
    assert [item["reference"] for item in channel.get("/wallets").json()["items"]] == [own.reference]
    assert channel.get(f"/wallets/{foreign.reference}").status_code == 404
    assert channel.get("/wallets", organisation=foreign.organisation.reference).json()["items"] == []
    rate(digital_asset())
    assert len(channel.get("/rates").json()["items"]) == 1
    assert Asset.objects.count() == 2
