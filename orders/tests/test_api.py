"""The channel's API: clients and orders, idempotency, problems, paging, scopes, modes, limits, description (API-01 to API-03)."""

import threading
from decimal import Decimal

import pytest
import redis
from django.db import connection
from django.test import Client
from django.utils import timezone

from clients.models import Client as EndUser
from core import valkey
from orders.enums import OrderStatus
from orders.models import Order
from orders.services import complete_order
from orders.tests.api import Channel
from orders.tests.factories import TESTS, asset_for_sale, buyer, held, order, pay, stock, wallet_of
from organisations.api_keys import revoke
from organisations.tests.factories import organisation
from tiers.tests.factories import default_price_list, operation_fee
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
ANNA = {"type": "person", "email": "anna@post.example", "first_name": "Anna", "last_name": "Liepiņa", "phone": "+37120000001"}


def wanted(client, asset, **fields):
    return {"client": client.reference, "asset": asset.code, "currency": "EUR", "quantity": "12.50", **fields}


@pytest.mark.spec("FEE-04", "ORD-05")
def test_a_quote_says_what_is_taken_out_of_what_the_client_receives():
    channel, asset, anna = Channel(), asset_for_sale("2"), buyer()
    asked = {"asset": asset.code, "quantity": "12.50"}
    assert channel.post("/quotes", asked, key=None).json()["asset_fee"] == "0"
    operation_fee(asset, "purchase", payer="receiver", percentage="2")
    operation_fee(asset, "purchase", payer="receiver", percentage="1", price_list=default_price_list())
    assert channel.post("/quotes", asked, key=None).json()["asset_fee"] == "0.25"
    mine = channel.post("/quotes", {**asked, "client": anna.reference}, key=None).json()
    assert (mine["asset_fee"], mine["total"]) == ("0.12", "25")
    one = Order.objects.get(reference=channel.post("/orders", wanted(anna, stock(asset))).json()["reference"])
    pay(one)
    complete_order(order_id=one.pk, actor=TESTS, now=timezone.now())
    assert held(wallet_of(anna), asset) == one.quantity - Decimal("0.12")
    assert channel.post("/quotes", {**asked, "client": "CLT-00000000"}, key=None).status_code == 404


@pytest.mark.spec("API-01", "CLI-05", "WAL-02", "ORD-07")
def test_a_client_signs_up_gets_a_wallet_and_orders():
    channel, asset = Channel(), asset_for_sale("2")
    made = channel.post("/clients", ANNA)
    assert made.status_code == 201, made.content
    anna = EndUser.objects.get(reference=made.json()["reference"])
    assert (anna.status, anna.verification_level, Wallet.objects.filter(client=anna).count()) == ("created", 0, 1)
    assert channel.get(f"/clients/{anna.reference}").json() == made.json()

    quote = channel.post("/quotes", {"asset": asset.code, "quantity": "12.50"}, key=None).json()
    assert (quote["rate"], quote["price"], quote["fee"], quote["total"]) == ("2", "25", "0", "25")
    bought = channel.post("/orders", wanted(anna, asset, external_reference="cart 7"))
    assert bought.status_code == 201, bought.content
    body = bought.json()
    assert (body["quantity"], body["total"], body["status"], body["operation"]) == ("12.5", "25", "created", None)
    one = Order.objects.get(reference=body["reference"])
    assert (one.creator_type, one.creator_label, one.external_reference) == ("api_key", channel.key.reference, "cart 7")
    assert channel.get(f"/orders/{one.reference}").json() == body

    cancelled = channel.post(f"/orders/{one.reference}/cancel", {"comment": "Changed my mind"})
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    again = channel.post(f"/orders/{one.reference}/cancel", {})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


@pytest.mark.spec("API-02")
def test_the_same_key_gets_the_first_answer_and_other_content_a_refusal():
    channel, asset, client = Channel(), asset_for_sale(), buyer()
    first = channel.post("/orders", wanted(client, asset), key="k1")
    second = channel.post("/orders", wanted(client, asset), key="k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"

    other = channel.post("/orders", wanted(client, asset, quantity="13"), key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    missing = channel.post("/orders", wanted(client, asset), key=None)
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    refused = channel.post("/orders", wanted(client, asset, quantity="0.001"), key="k2")
    assert refused.status_code == 422
    assert channel.post("/orders", wanted(client, asset), key="k2").status_code == 201  # a refusal uses no key up
    assert Order.objects.count() == 2


@pytest.mark.spec("API-02")
@pytest.mark.django_db(transaction=True)
def test_the_same_key_ten_times_at_once_makes_one_order():
    channel, asset, client = Channel(), asset_for_sale(), buyer()
    start, answers = threading.Barrier(10), []

    def send():
        start.wait()
        answers.append(channel.post("/orders", wanted(client, asset), key="same").json()["reference"])
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert Order.objects.count() == 1


@pytest.mark.spec("API-02")
def test_every_refusal_is_a_problem_with_a_stable_code():
    channel, asset, client = Channel(), asset_for_sale(), buyer()
    answers = {
        "not_found": channel.get("/orders/ORD-00000000"),
        "invalid_request": channel.post("/orders", {"client": client.reference}),
        "illegal_transition": None,
        "not_for_sale": channel.post("/orders", wanted(client, asset_for_sale(status="deactivated"))),
        "invalid_cursor": channel.get("/orders", cursor="ORD-00000000"),
        "method_not_allowed": channel.http.delete("/api/v1/orders", headers={"authorization": f"Bearer {channel.secret}"}),
        "not_authenticated": Client().get("/api/v1/orders"),
    }
    answers["illegal_transition"] = channel.post(f"/orders/{paid(asset, client).reference}/cancel", {})
    answers["not_found "] = Client().get("/api/v1/no-such-thing")
    for code, answer in answers.items():
        body = answer.json()
        assert answer["Content-Type"] == "application/problem+json", code
        assert (body["code"], body["status"], body["type"]) == (code.strip(), answer.status_code, f"urn:problem:{code.strip()}")
    assert channel.post("/orders", b"{").json()["code"] == "invalid_request"
    field = channel.post("/orders", wanted(client, asset, quantity="1e3")).json()["errors"][0]
    assert (field["field"], field["code"]) == ("wanted.quantity", "invalid_quantity")


def paid(asset, client):
    one = order(asset=asset, client=client)
    pay(one)
    return one


@pytest.mark.spec("LED-04", "API-04")
@pytest.mark.parametrize(
    "quantity",
    ["NaN", "Infinity", "-0", "1e3", "1E+400", "1_000", "１２", "٣", "1,5", "9" * 40, "0", "-1", "", " 1", 1, 1.5, True, None, [], {}],
)
def test_quantities_that_nobody_may_send(quantity):
    channel, asset, client = Channel(), asset_for_sale(), buyer()
    answer = channel.post("/orders", wanted(client, asset, quantity=quantity))
    assert answer.status_code == 422, answer.content
    assert not Order.objects.exists()


@pytest.mark.spec("API-02")
def test_pages_follow_each_other_without_a_gap():
    channel, asset, client = Channel(), asset_for_sale(), buyer()
    made = [order(asset=asset, client=client).reference for _ in range(5)]
    found, cursor = [], ""
    for _ in range(3):
        page = channel.get("/orders", limit=2, cursor=cursor).json()
        found += [item["reference"] for item in page["items"]]
        cursor = page["next_cursor"] or ""
    assert found == made[::-1]
    assert cursor == ""
    assert [item["reference"] for item in channel.get("/orders", status="paid").json()["items"]] == []
    assert len(channel.get("/orders", client=client.reference, asset=asset.code).json()["items"]) == 5


@pytest.mark.spec("API-01", "API-03")
def test_scopes_revocation_and_merchants():
    one = order()
    reader = Channel("orders.see")
    assert reader.get(f"/orders/{one.reference}").status_code == 200
    refused = reader.post(f"/orders/{one.reference}/cancel", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert reader.get("/clients").status_code == 403
    revoke(key=reader.key, actor=reader.key, now=one.created_at)
    assert reader.get(f"/orders/{one.reference}").status_code == 401
    merchant = Channel("wallets.see", organisation=organisation())
    assert merchant.get("/orders").status_code == 403


@pytest.mark.spec("API-03", "API-05")
def test_a_test_key_never_meets_live_objects():
    live, test = order(), order(client=buyer(is_test=True), asset=asset_for_sale(is_test=True))
    channel = Channel(is_test=True)
    assert [item["reference"] for item in channel.get("/orders").json()["items"]] == [test.reference]
    assert channel.get(f"/orders/{live.reference}").status_code == 404
    assert channel.post(f"/orders/{live.reference}/cancel", {}).status_code == 404
    assert channel.get(f"/clients/{live.client.reference}").status_code == 404
    assert channel.post("/orders", wanted(live.client, test.asset)).status_code == 404
    assert channel.post("/orders", wanted(test.client, live.asset)).status_code == 404
    assert channel.post("/orders", wanted(test.client, test.asset, wallet=wallet_of(live.client).reference)).status_code == 404
    assert channel.post("/clients", ANNA).json()["is_test"] is True
    assert Channel().get(f"/orders/{test.reference}").status_code == 404
    live.refresh_from_db()
    assert live.status == OrderStatus.CREATED


@pytest.mark.spec("API-02")
def test_limits_are_said_and_kept(settings):
    settings.API_REQUESTS_PER_MINUTE = 3
    channel = Channel()
    answers = [channel.get("/orders") for _ in range(5)]
    if len({answer["RateLimit-Reset"] for answer in answers}) == 1:  # the minute didn't turn in between
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
        assert answers[-1].json()["code"] == "too_many_requests"
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert Channel().get("/orders").status_code == 200  # another key


@pytest.mark.spec("API-02")
def test_without_valkey_nothing_fails(settings, monkeypatch):
    settings.API_REQUESTS_PER_MINUTE = 1
    down = redis.Redis.from_url("unix:///nowhere/valkey.sock", socket_timeout=0.2)
    monkeypatch.setattr(valkey, "client", lambda: down)
    channel = Channel()
    assert [channel.get("/orders").status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.spec("API-01")
def test_the_description_and_its_page_are_served_here():
    schema = Client().get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/orders", "/api/v1/clients", "/api/v1/quotes"} <= schema["paths"].keys()
    post = schema["paths"]["/api/v1/orders"]["post"]
    assert any(parameter["name"] == "Idempotency-Key" and parameter["required"] for parameter in post["parameters"])
    assert "application/problem+json" in post["responses"]["409"]["content"]

    page = Client().get("/api/v1/docs")
    html = page.content.decode()
    assert page.status_code == 200
    assert "http" not in html.replace("http-equiv", "").lower().split("<body")[0]  # nothing from elsewhere
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    assert "<style" not in html
    assert all('src="' in tag or 'type="application/json"' in tag for tag in html.split("<script")[1:])


@pytest.mark.spec("API-04")
@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain", "x"]
)
def test_bodies_of_another_kind_are_refused(kind):
    channel, asset, client = Channel(), asset_for_sale(), buyer()
    headers = {"authorization": f"Bearer {channel.secret}", "idempotency-key": "k"}
    for path in ("/orders", f"/orders/{order(asset=asset, client=client).reference}/cancel"):
        answer = channel.http.post(f"/api/v1{path}", b"\xff", content_type=kind, headers=headers)
        assert answer.status_code in {400, 415, 422}, answer.content
    gone = channel.http.delete(f"/api/v1/assets/{asset.code}/rates/EUR", b"\xff", content_type=kind, headers=headers)
    assert gone.status_code in {200, 204, 400, 403}, gone.content
