"""All transactions: every operation and attempt, found by every criterion, each by an index (TXN-04)."""

import csv
import io
import re

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from assets.tests.factories import currency
from chain.models import ChainOp
from kit.enums import Right as KitRight
from ledger.enums import OperationStatus, OperationType, Right
from ledger.issuer.operations import TransactionList
from ledger.models import Entry, HourlyFigure, Operation
from ledger.services.posting import local_date
from ledger.services.proof import verify
from ledger.services.settling import settle
from ledger.tests.factories import buy, issuer_of, make_asset, make_wallet, move
from ledger.tests.owner import owner
from orders.services import cancel_if_unpaid, cancel_order, hold_order, refuse_order
from orders.tests.factories import TESTS, asset_for_sale, order, pay
from wallets.enums import WalletOwner
from wallets.selectors import outside_wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return sign_in(user(rights=[Right.OPERATIONS_SEE, KitRight.EXPORTS_MAKE]))


def found(browser, **criteria):
    page = browser.get("/transactions/all/", criteria)
    assert page.status_code == 200
    return {row.pk for row in page.context["slice"].rows}


@pytest.mark.spec("TXN-04")
def test_what_an_order_tried_stands_there_with_the_reason_and_moved_nothing(browser):
    asset, now = asset_for_sale(), timezone.now()
    refused, cancelled, unpaid, late = (order(asset=asset) for _ in range(4))
    hold_order(order_id=refused.pk, actor=TESTS, now=now, comment="Looks odd")
    refuse_order(order_id=refused.pk, actor=TESTS, now=now, comment="Papers are missing")
    cancel_order(order_id=cancelled.pk, actor=TESTS, now=now)
    pay(late, at=late.expires_at + timezone.timedelta(hours=1))
    cancel_if_unpaid(order_id=unpaid.pk, now=unpaid.expires_at + timezone.timedelta(minutes=1))
    tried = {one.cause_reference: one for one in Operation.objects.all()}
    assert {reference: (one.status, one.refused_reason) for reference, one in tried.items()} == {
        refused.reference: ("refused", "refused_by_hand"),
        cancelled.reference: ("cancelled", "cancelled_by_hand"),
        unpaid.reference: ("cancelled", "not_paid"),
        late.reference: ("cancelled", "not_paid"),
    }
    one = tried[refused.reference]
    assert (one.type, one.asset, one.quantity, one.receiver, one.comment) == (
        "purchase", asset, refused.quantity, refused.wallet, "Papers are missing",
    )  # fmt: skip
    settle()
    assert not Entry.objects.exists()
    assert not ChainOp.objects.exists()
    assert not HourlyFigure.objects.exists()
    assert list(verify(now)) == []
    page = browser.get(f"/transactions/{one.reference}/").content.decode()
    assert "Refused by the issuer" in page
    assert f"/orders/{refused.reference}/" in page
    assert "Confirmed" not in page
    listed = browser.get("/transactions/all/").content.decode()
    assert "Not paid in time" in listed
    assert one.reference not in browser.get("/transactions/").content.decode()  # those of the chain moved something
    assert one.reference not in browser.get(f"/orders/{refused.reference}/").content.decode()


@pytest.mark.spec("TXN-04")
def test_each_criterion_finds_what_it_names_and_nothing_else(browser):
    asset, anna, shop = make_asset(issued=1000), make_wallet(), make_wallet(WalletOwner.ORGANISATION)
    buy(asset, anna, 50)
    paid = move(OperationType.PAYMENT, asset, anna, shop, "12.34").operations[0]
    euro = currency()
    topped = move(OperationType.TOP_UP, euro, outside_wallet(), make_wallet(WalletOwner.ISSUER), 700).operations[0]
    lapsed = order()
    cancel_order(order_id=lapsed.pk, actor=TESTS, now=timezone.now())
    everything = set(Operation.objects.values_list("pk", flat=True))
    assert found(browser) == everything
    for criteria in (
        {"transaction": paid.reference}, {"transaction": paid.reference.lower()}, {"type": "payment"}, {"party": shop.address[8:18].upper()},
        {"receiver": shop.organisation.name}, {"receiver": shop.organisation.name, "sender": anna.client.email},
        {"quantity_from": "12.34", "quantity_to": "12.34"}, {"sender": anna.client.last_name},
    ):  # fmt: skip
        assert found(browser, **criteria) == {paid.id}, criteria
    assert found(browser, asset="EUR") == found(browser, type="top_up") == {topped.id}
    assert found(browser, status="cancelled") == {Operation.objects.get(status=OperationStatus.CANCELLED).pk}
    assert found(browser, status="posted") == everything - found(browser, status="cancelled")
    assert found(browser, status="settlement_failed") == set()
    ChainOp.objects.filter(operation_id=paid.id).update(status="rejected", sequence=1)
    assert found(browser, status="settlement_failed") == {paid.id}
    assert found(browser, status=["settlement_failed", "cancelled"]) == {paid.id} | found(browser, status="cancelled")
    assert "Settlement failed" in browser.get("/transactions/all/", {"type": "payment"}).content.decode()
    today = local_date(timezone.now()).isoformat()  # of the people's time zone
    assert found(browser, posted_at_from=today, posted_at_to=today) == everything
    assert found(browser, posted_at_to="2020-01-01") == set()


@pytest.mark.spec("TXN-04", "UIX-01")
def test_the_list_takes_few_statements_and_little_html(browser, django_assert_max_num_queries):
    asset, anna = make_asset(issued=100_000), make_wallet()
    for _number in range(60):
        buy(asset, anna, 1)
    for query in ("", "?status=settlement_failed&status=refused", f"?party={anna.address}&type=purchase"):
        with django_assert_max_num_queries(6):
            page = browser.get(f"/transactions/all/{query}")
        assert len(page.content) < 60_000


@pytest.mark.spec("TXN-04", "EXP-X1")
def test_the_export_holds_what_the_criteria_match_with_the_reason(browser):
    lapsed = order()
    cancel_order(order_id=lapsed.pk, actor=TESTS, now=timezone.now(), comment="Changed their mind")
    answer = browser.post("/transactions/all/?status=cancelled", {"export": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"), newline="")))
    assert [(row["status"], row["refused_reason"], row["comment"], row["cause_reference"]) for row in rows] == [
        ("cancelled", "cancelled_by_hand", "Changed their mind", lapsed.reference)
    ]


# Nine of ten are purchases, one in a thousand is something rare; the wallets of one client took part in few.
FILL = """
INSERT INTO ledger_operation (reference, group_id, type, status, refused_reason, asset_id, quantity, sender_id, receiver_id, count_debit,
    count_credit, actor_type, actor_id, actor_label, comment, cause_type, cause_reference, is_test, posted_at, salt)
SELECT 'TXN-' || lpad(n::text, 12, '0'), 1, CASE WHEN n % 1000 = 7 THEN 'burning' WHEN n % 10 = 1 THEN 'payment' ELSE 'purchase' END,
    CASE WHEN n % 1000 = 8 THEN 'refused' ELSE 'posted' END, CASE WHEN n % 1000 = 8 THEN 'client_frozen' ELSE '' END,
    CASE WHEN n % 500 = 3 THEN %(rare)s ELSE %(asset)s END, n, %(sender)s, CASE WHEN n % 1000 = 9 THEN %(anna)s ELSE %(bert)s END, 0, 0,
    'system', 'tests', 'tests', '', '', '', false, timestamptz '2026-01-01' + n * interval '1 minute', '\\x00'
FROM generate_series(1, 30000) n
"""
CRITERIA = {
    "reference": ("transaction=TXN-000000000777", "operation_reference_once"),
    "type": ("type=burning", "operation_type"),
    "status": ("status=refused&status=cancelled", "operation_unposted"),
    "asset": ("asset={rare}", "operation_asset"),
    "receiver": ("receiver={anna}", "operation_receiver"),
    "party": ("party={anna}", "operation_receiver"),
    "date": ("posted_at_from=2026-01-05&posted_at_to=2026-01-05", "operation_newest"),
    "quantity": ("quantity_from=29000&quantity_to=29500", "operation_quantity"),
}


@pytest.mark.spec("TXN-04")
def test_each_criterion_has_its_index(transactional_db):
    """What the list asks for rows and count reads no table of operations from end to end."""
    asset, rare, anna, bert = make_asset(), make_asset(), make_wallet(), make_wallet()
    person = user(rights=[Right.OPERATIONS_SEE])
    values = {"rare": rare.pk, "asset": asset.pk, "sender": issuer_of(asset).pk, "anna": anna.pk, "bert": bert.pk}
    with owner() as admin:
        admin.execute("ALTER TABLE ledger_operation DISABLE TRIGGER USER")  # what is balanced is not the question here
        admin.execute(FILL.replace("% ", "%% "), values)
        admin.execute("ANALYZE ledger_operation")
    for name, (query, index) in CRITERIA.items():
        page = TransactionList()
        page.request = RequestFactory().get(f"/transactions/all/?{query.format(rare=rare.code, anna=anna.address)}")
        page.request.user = person
        with CaptureQueriesContext(connection) as asked:
            rows = page.read_list()["slice"].rows
        assert rows, name
        plans = "\n".join(plan_of(one["sql"]) for one in asked if 'FROM "ledger_operation"' in one["sql"])
        assert re.search(index, plans), f"{name}\n{plans}"
        assert "Seq Scan on ledger_operation" not in plans, f"{name}\n{plans}"


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql.rpartition('; ')[2]}")
        return "\n".join(line for (line,) in cursor.fetchall())
