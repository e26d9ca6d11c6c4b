"""What an administrator does with orders in the browser (ORD-01, ORD-02, ORD-07; C1)."""

import re
import threading
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.html import escape
from openpyxl import load_workbook

from accounts.tests.factories import sign_in, user
from assets.tests.factories import currency
from ledger.models import Operation
from orders import services
from orders.enums import OrderStatus, PaymentState
from orders.issuer.resources import OrderResource
from orders.models import Order
from orders.tests.factories import TESTS, asset_for_sale, buyer, held, order, paid_order, pay, stock

KEY = re.compile(r'name="operation_key" value="([^"]+)"')


@pytest.fixture
def browser():
    return sign_in(user(rights=None))


def send(browser, url, **data):
    """Open the form, fill it in, send it."""
    form = browser.get(url)
    assert form.status_code == 200, (url, form.status_code)
    return browser.post(url, {"operation_key": KEY.search(form.content.decode())[1], **data})


def listed(browser, **query):
    answer = browser.get("/orders/", query)
    assert answer.status_code == 200
    return set(re.findall(r"/orders/(ORD-[0-9A-Z]{10})/", answer.content.decode()))


@pytest.mark.spec("ORD-01", "UIX-02")
@pytest.mark.django_db
def test_every_criterion_finds_its_orders_and_no_others(browser):
    asset, client = stock(asset_for_sale("2")), buyer(first_name="Zelma", last_name="Kļaviņa")
    one, other = order(asset=asset, client=client, quantity="7"), order(quantity="500")
    pay(one)
    services.complete_order(order_id=one.pk, actor=TESTS, now=timezone.now())
    Order.objects.filter(pk=other.pk).update(created_at=timezone.now() - timedelta(days=40))
    operation = Operation.objects.get(cause_id=one.pk)
    yesterday = (timezone.now() - timedelta(days=1)).date().isoformat()
    only_one = [
        {"reference": one.reference}, {"reference": one.reference.lower()}, {"reference": one.payment_reference}, {"client": "kļavi"},
        {"client": client.email}, {"client": client.reference}, {"status": "completed"}, {"status": ["completed", "on_hold"]},
        {"created_at_from": yesterday}, {"asset": asset.code}, {"quantity_from": "6.99", "quantity_to": "7"}, {"total_to": "14"},
        {"payment_state": "paid"}, {"wallet": one.wallet.address}, {"wallet": one.wallet.address[10:20].lower()},
        {"transaction": operation.reference}, {"currency": currency().code, "status": "completed"},
    ]  # fmt: skip
    assert listed(browser) == {one.reference, other.reference}
    for query in only_one:
        assert listed(browser, **query) == {one.reference}, query
    for query in ({"reference": "ORD-ZZZZZZZZ"}, {"transaction": "0x" + "0" * 64}, {"transaction": "nonsense"}, {"status": "paid"}):
        assert listed(browser, **query) == set(), query


@pytest.mark.spec("UIX-01", "API-04")
@pytest.mark.django_db
@pytest.mark.parametrize("text", ["'", '"; DROP', "%", "_", "\\", "\x00", "💶", "a" * 100_000, "__", "{}", "<script>alert(1)</script>"])
@pytest.mark.parametrize(
    "name", ["reference", "client", "wallet", "transaction", "asset", "total_from", "created_at_from", "status", "sort"]
)
def test_odd_criteria_are_answered(browser, name, text):
    """U7, U8."""
    order()
    answer = browser.get("/orders/", {name: text})
    assert answer.status_code in {200, 400, 414}
    assert b"<script>alert(1)" not in answer.content


@pytest.mark.spec("UIX-01")
@pytest.mark.django_db
def test_the_list_takes_at_most_six_statements(browser, django_assert_max_num_queries):
    for _ in range(3):
        order()
    browser.get("/orders/")
    with django_assert_max_num_queries(6):
        browser.get("/orders/")


@pytest.mark.spec("ORD-07", "UIX-03")
@pytest.mark.django_db
def test_an_administrator_orders_for_a_client(browser):
    asset, client = asset_for_sale("2"), buyer()
    answer = send(browser, "/orders/new/", client=client.email, asset=asset.pk, quantity="12.5", currency=currency().pk,
                  payment_method="bank_transfer", comment="By phone")  # fmt: skip
    one = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/orders/{one.reference}/")
    assert (one.client, one.quantity, one.total, one.creator_type) == (client, Decimal("12.5"), 25, "user")

    wrong = send(browser, "/orders/new/", client="nobody@x.example", asset=asset.pk, quantity="1e3", currency=currency().pk,
                 payment_method="bank_transfer")  # fmt: skip
    assert wrong.status_code == 422
    assert b"No client has this" in wrong.content
    assert b"Write the amount with digits" in wrong.content
    assert Order.objects.count() == 1


@pytest.mark.spec("ORD-02", "ORD-04", "UIX-02")
@pytest.mark.django_db
def test_an_orders_life_by_hand(browser):
    one = order(asset=stock(asset_for_sale()))
    page = f"/orders/{one.reference}/"
    assert send(browser, page + "hold/", comment="").status_code == 422  # a reason is asked for
    for verb, data, status in [
        ("hold", {"comment": "Wait"}, "on_hold"),
        ("release", {}, "created"),
        ("payment", {"amount": "150", "bank_reference": "B1", "received_date": timezone.localdate().isoformat()}, "paid"),
        ("complete", {"comment": "Checked"}, "completed"),
    ]:
        answer = send(browser, f"{page}{verb}/", **data)
        one.refresh_from_db()
        assert (answer.status_code, one.status) == (302, status), answer.content.decode()[:3000]
    assert held(one.wallet, one.asset) == 100

    shown = browser.get(page).content.decode()
    operation = Operation.objects.get(cause_id=one.pk)
    for text in (
        "Completed",
        one.client.reference,
        one.wallet.reference,
        operation.reference,
        "Posted",
        "Queued",
        "B1",
        "Order released",
        "Wait",
    ):
        assert text in shown, text
    for address in (f"/clients/{one.client.reference}/?tab=orders", f"/wallets/{one.wallet.reference}/?tab=orders"):  # and back
        assert page in browser.get(address).content.decode()
    for address in (f"/transactions/{operation.reference}/", f"/clients/{one.client.reference}/", f"/wallets/{one.wallet.reference}/"):
        assert address in shown
    assert page in browser.get(f"/transactions/{operation.reference}/").content.decode()
    for verb in ("hold", "release", "complete", "cancel", "refuse"):  # final: the buttons are gone, and the doors are shut
        assert f"{page}{verb}/" not in shown
        assert send(browser, f"{page}{verb}/", comment="Again").status_code == 422


@pytest.mark.spec("ORD-02", "ORD-05")
@pytest.mark.django_db
def test_a_refusal_and_its_refund(browser):
    one = paid_order()
    send(browser, f"/orders/{one.reference}/refuse/", comment="Third party's account")
    refund = one.refunds.get()
    shown = browser.get(f"/orders/{one.reference}/").content.decode()
    assert f"/refunds/{refund.reference}/paid-back/" in shown
    assert shown.count(f"{refund.amount:.2f} <small>{one.currency.code}</small>") >= 2  # in the table of payments and of refunds
    assert listed(browser, refund="due") == {one.reference}
    assert send(browser, f"/refunds/{refund.reference}/paid-back/", bank_reference="SEPA-1").status_code == 302
    refund.refresh_from_db()
    assert refund.status == "paid_back"
    assert (listed(browser, refund="due"), listed(browser, refund="paid_back")) == (set(), {one.reference})


@pytest.mark.spec("ORD-02", "UIX-02")
@pytest.mark.django_db
def test_the_primary_button_is_what_one_does_next(browser):
    one = order(asset=stock(asset_for_sale()))
    page = f"/orders/{one.reference}/"

    def primary():
        return re.findall(rf'btn-primary" href="{page}(\w+)/"', browser.get(page).content.decode())

    assert primary() == ["payment"]
    services.hold_order(order_id=one.pk, comment="Wait", actor=TESTS, now=timezone.now())
    assert primary() == ["release"]
    services.release_order(order_id=one.pk, actor=TESTS, now=timezone.now())
    pay(one)
    assert primary() == ["complete"]
    services.complete_order(order_id=one.pk, actor=TESTS, now=timezone.now())
    assert primary() == []


@pytest.mark.spec("ORD-05")
@pytest.mark.django_db
def test_what_an_order_waits_for_is_said(browser):
    one = paid_order(asset=asset_for_sale())
    services.try_completion(order_id=one.pk, now=timezone.now())
    shown = browser.get(f"/orders/{one.reference}/").content.decode()
    assert "Waits:" in shown
    refused = send(browser, f"/orders/{one.reference}/complete/", comment="")
    assert refused.status_code == 422
    one.refresh_from_db()
    assert escape(one.blocked_reason) in refused.content.decode()


@pytest.mark.spec("UIX-03", "ORD-02")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["new", "payment", "complete", "refuse", "paid-back"])
def test_the_same_form_twice_and_twenty_times_at_once_happens_once(verb):
    """C1."""
    someone = user(rights=None)
    asset, client = stock(asset_for_sale()), buyer()
    one = order(asset=asset, client=client)
    if verb in ("complete", "refuse", "paid-back"):
        pay(one)
    if verb == "paid-back":
        services.refuse_order(order_id=one.pk, actor=TESTS, now=timezone.now(), comment="No")
    data = {
        "new": {"client": client.reference, "asset": asset.pk, "quantity": "1", "currency": currency().pk, "payment_method": "provider"},
        "payment": {"amount": "150", "bank_reference": "B1", "received_date": timezone.localdate().isoformat()},
        "complete": {},
        "refuse": {"comment": "No"},
        "paid-back": {"bank_reference": "S1"},
    }[verb]
    url = {"new": "/orders/new/", "paid-back": f"/refunds/{one.refunds.first().reference if one.refunds.exists() else ''}/paid-back/"}.get(
        verb, f"/orders/{one.reference}/{verb}/"
    )
    data["operation_key"] = KEY.search(sign_in(someone).get(url).content.decode())[1]
    browsers = [sign_in(someone) for _ in range(10)]
    start, answers = threading.Barrier(10), []

    def submit(browser):
        start.wait()
        answers.append(browser.post(url, data))
        connection.close()

    threads = [threading.Thread(target=submit, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.append(sign_in(someone).post(url, data))

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, answers[0]["Location"])}
    one.refresh_from_db()
    match verb:
        case "new":
            assert Order.objects.count() == 2
        case "payment":
            assert (one.payments.count(), one.received, one.payment_state) == (1, 150, PaymentState.PAID)
        case "complete":
            assert held(one.wallet, asset) == 100
            assert Operation.objects.filter(cause_id=one.pk).count() == 1
        case "refuse":
            assert (one.status, one.refunds.count()) == (OrderStatus.REFUSED, 1)
        case "paid-back":
            assert one.refunds.get().status == "paid_back"


@pytest.mark.spec("USR-01", "USR-04")
@pytest.mark.django_db
def test_who_sees_and_who_acts():
    one = order()
    reader = sign_in(user(rights=["orders.see"]))
    assert reader.get(f"/orders/{one.reference}/").status_code == 200
    assert f"/orders/{one.reference}/cancel/" not in reader.get(f"/orders/{one.reference}/").content.decode()
    assert reader.get(f"/orders/{one.reference}/cancel/").status_code == 403
    assert reader.post("/orders/new/", {}).status_code == 403
    assert sign_in(user(rights=[])).get("/orders/").status_code == 403
    assert sign_in(user(face="merchant")).get(f"/orders/{one.reference}/").status_code == 404


@pytest.mark.spec("ORD-03", "EXP-X1")
@pytest.mark.django_db
def test_the_export_holds_all_data_stored_of_what_is_filtered(browser):
    done, other = paid_order(asset=stock(asset_for_sale())), order()
    services.complete_order(order_id=done.pk, actor=TESTS, now=timezone.now())
    answer = browser.post("/orders/?status=completed", {"export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content)), read_only=True).worksheets[0]
    heads, *lines = sheet.iter_rows(values_only=True)
    row = dict(zip(heads, lines[0], strict=True))

    assert len(lines) == 1
    assert OrderResource.unexplained() == []
    assert (row["reference"], row["quantity"], row["total"], row["status"]) == (done.reference, 100, 150, "completed")
    assert (row["client_reference"], row["asset_code"], row["wallet_address"]) == (
        done.client.reference,
        done.asset.code,
        done.wallet.address,
    )
    assert row["operation_reference"] == Operation.objects.get(cause_id=done.pk).reference
    assert other.reference not in {line[0] for line in lines}
