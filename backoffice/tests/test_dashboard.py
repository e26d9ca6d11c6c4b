"""The figures of the issuer's first page equal the lists that they lead to, whatever moved when (DSH-01, DSH-02, DSH-04, DSH-05)."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from assets.enums import Right as AssetRight
from clients.enums import Right as ClientRight
from clients.issuer.views import ClientList
from clients.models import LifecycleFigure
from clients.services import activate_client, create_client
from core.actors import SystemActor
from kit.cells import THIN_SPACE
from ledger.enums import OperationType
from ledger.enums import Right as LedgerRight
from ledger.figures import SPANS
from ledger.issuer.operations import OperationList
from ledger.models import Operation
from ledger.services.settling import settle
from ledger.tests.factories import buy, make_asset, make_wallet, move
from organisations.tests.factories import organisation
from wallets.enums import WalletOwner

TESTS = SystemActor("tests")
NOW = datetime(2026, 11, 25, 14, 5, tzinfo=UTC)
LISTS = {"/transactions/": OperationList, "/clients/": ClientList}


def number(text):
    return int(text.replace(THIN_SPACE, "").replace(",", ""))


def rows_behind(url, person):
    """The rows of the list that a figure leads to, as that list finds them."""
    parts = urlsplit(url)
    request = RequestFactory().get(url)
    request.user, request.GET = person, QueryDict(parts.query)
    page = LISTS[parts.path]()
    page.setup(request)
    assert page.criteria is None or page.criteria.form.is_valid(), page.criteria.form.errors
    return page.rows()


def random_ledger(seed):
    """Three live assets and a test one, moved at random times of the last two years, most of them lately."""
    chance = random.Random(seed)
    long_ago = NOW - timedelta(days=900)
    with time_machine.travel(long_ago, tick=False):
        live = [make_asset(issued=1_000_000, now=long_ago) for _number in range(3)]
        tested = make_asset(issued=1_000_000, is_test=True, now=long_ago)
        anna, tester = make_wallet(), make_wallet(is_test=True)
        shop = make_wallet(WalletOwner.ORGANISATION)
    edges = [NOW.replace(minute=0) - timedelta(hours=hours) for hours in (0, 24, 48, 7 * 24)]
    moments = [
        NOW - timedelta(minutes=chance.choice([chance.randint(0, 3 * 1440), chance.randint(0, 700 * 1440)])) for _number in range(60)
    ]
    for moment in sorted([*moments, *edges, *(edge - timedelta(microseconds=1) for edge in edges)]):
        with time_machine.travel(moment, tick=False):
            asset = chance.choice([*live, tested])
            if asset == tested:
                buy(asset, tester, chance.randint(1, 50), now=moment)
            elif chance.random() < 0.7:
                buy(asset, anna, f"{chance.randint(100, 9999) / 100:.2f}", now=moment)
                if chance.random() < 0.5:
                    move(OperationType.PAYMENT, asset, anna, shop, "1.00", now=moment)
    settle()
    return live


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("DSH-02", "API-05")
@pytest.mark.parametrize("seed", [1, 2])
def test_each_figure_is_the_number_of_rows_behind_it(seed):
    live = random_ledger(seed)
    person = user(Face.ISSUER)
    with time_machine.travel(NOW, tick=False):
        browser = sign_in(person)
        for code, span in SPANS.items():
            dashboard = browser.get("/", {"period": code}).context["dashboard"]
            total, spanned = dashboard.of_operations()
            assert number(total.value) == rows_behind(total.url, person).count()
            found = rows_behind(spanned.url, person)
            assert number(spanned.value) == found.count()
            assert not found.filter(is_test=True).exists()
            for block in dashboard.blocks():
                for url, moved in ((block.total_url, block.figures.total), (block.span_url, block.figures.span)):
                    rows = list(rows_behind(url, person))
                    assert moved.count == len(rows)
                    assert moved.quantity == sum((row.quantity for row in rows), Decimal(0))
                assert block.figures.issued == sum(row.quantity for row in rows_behind(block.issued_url, person))
                before = Operation.objects.filter(
                    asset=block.asset, posted_at__gte=dashboard.before.start, posted_at__lt=dashboard.before.end, status="posted"
                )
                assert block.figures.before.count == before.count()
                since = Operation.objects.filter(asset=block.asset, posted_at__gte=dashboard.period.end)
                assert block.figures.since.count == since.count()
                assert sum(block.figures.bins.values()) == block.figures.span.count
            assert {block.asset.pk for block in dashboard.blocks()} == {asset.pk for asset in live}
            assert len(span.starts(NOW)) == span.bins


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("DSH-01")
def test_sign_ups_and_activations_are_those_of_the_clients_behind_them():
    admin = user(Face.ISSUER)
    for hours, is_test in ((0.02, False), (1, False), (2, True), (23, False), (26, False), (30, False), (24 * 20, False)):
        moment = NOW - timedelta(hours=hours)
        client = create_client(
            type="person", email=f"p{hours}{is_test}@example.com", first_name="Ieva", last_name="Liepa", is_test=is_test, actor=admin, now=moment
        )  # fmt: skip
        if hours < 25:
            activate_client(client=client, actor=admin, now=moment + timedelta(minutes=1))
    with time_machine.travel(NOW, tick=False):
        signed_up, activated, deleted = sign_in(admin).get("/").context["dashboard"].of_clients()
    assert (signed_up.value, activated.value, deleted.value) == ("2", "2", "0")
    assert signed_up.difference.icon == ""
    assert "1 more since" in signed_up.note
    assert "6 in all" in signed_up.note
    assert "3 active now" in activated.note
    for figure in (signed_up, activated):
        assert rows_behind(figure.url, admin).count() == number(figure.value)
    assert sum(LifecycleFigure.objects.filter(type="signed_up").values_list("count", flat=True)) == 6


@pytest.mark.django_db
@pytest.mark.spec("DSH-02", "USR-01", "USR-04")
def test_only_blocks_whose_right_the_person_holds():
    make_asset(issued=10)
    settle()
    labels = {}
    people = {
        "ledger": user(rights=[LedgerRight.OPERATIONS_SEE, AssetRight.ASSETS_SEE]),
        "clients": user(rights=[ClientRight.CLIENTS_SEE]),
        "nobody": user(rights=[]),
        "confined": user(organisations=[organisation()]),
    }
    for name, person in people.items():
        page = sign_in(person).get("/")
        labels[name] = {figure.label for figure in page.context["dashboard"].figures()}
        assert ("asset-blocks" in page.content.decode()) == (name == "ledger")
    assert labels["ledger"] == {"Transactions, all time", "Transactions"}
    assert labels["clients"] == {"Sign-ups", "Activations", "Deletions"}
    assert labels["nobody"] == labels["confined"] == set()


@pytest.mark.django_db
@pytest.mark.spec("DSH-02")
def test_a_difference_is_an_arrow_a_number_and_no_percentage_of_nothing():
    asset, anna = make_asset(issued=1000, now=NOW - timedelta(days=3)), make_wallet()
    for hours in (26, 5, 4, 3):
        buy(asset, anna, 10, now=NOW - timedelta(hours=hours))
    settle()
    with time_machine.travel(NOW, tick=False):
        page = sign_in(user()).get("/")
    text = page.content.decode()
    (block,) = page.context["dashboard"].blocks()
    assert (block.difference.number, block.difference.percent) == ("2", "200 %")
    assert "2 (200 %) more than in the 24 hours before" in text
    for figure in page.context["dashboard"].of_clients():
        assert figure.difference.percent == ""
    assert "16:00" in text, "the last full hour in the instance's zone"
    data = json.loads(re.search(r'<script id="chart-time" type="application/json">(.*?)</script>', text)[1])
    assert len(data["labels"]) == 24
    assert sum(data["series"][0]["values"]) == 3


@pytest.mark.django_db
@pytest.mark.spec("DSH-02")
def test_a_new_instance_says_what_comes_first():
    text = sign_in(user()).get("/").content.decode()
    assert "Nothing has moved yet" in text
    assert "/assets/new/" in text
    assert "canvas" not in text
    assert "Create an asset" not in sign_in(user(rights=[LedgerRight.OPERATIONS_SEE, AssetRight.ASSETS_SEE])).get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.spec("DSH-05")
@pytest.mark.parametrize("period", [*SPANS, "nonsense", "\x00", ""])
def test_it_is_read_from_totals_alone(period):
    for _number in range(3):
        make_asset(issued=10)
    settle()
    browser = sign_in(user())
    browser.get("/")
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get("/", {"period": period})
    assert answer.status_code == 200
    assert not [query["sql"] for query in captured if re.search(r'FROM "?ledger_(operation|entry)\b', query["sql"])]
    assert len(captured) <= 22


@pytest.mark.django_db
@pytest.mark.spec("DSH-02")
@pytest.mark.parametrize(
    "period",
    ["x", "2026-11-24T12:00Z", "2026-11-25T12:00Z/2026-11-24T12:00Z", "2026-11-24T12:00Z/9999-11-25T12:00Z", "/", "٢026-11-24T12:00Z/x"],
)
def test_a_period_that_can_not_be_read_is_said(period):
    browser = sign_in(user())
    for address in ("/transactions/", "/clients/"):
        name = "period" if address == "/transactions/" else "lifecycle"
        for value in (period, f"signed_up/{period}", "signed_up/"):
            answer = browser.get(address, {name: value})
            assert answer.status_code == 200
            assert answer.context["slice"].rows == []
