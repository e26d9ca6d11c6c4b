"""Clients are found by every criterion, each by an index of its own (CLI-01)."""

import re

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from accounts.tests.factories import sign_in, user
from clients.enums import Right
from clients.issuer.views import ClientList
from clients.tests.factories import client_of_type
from ledger.tests.owner import owner
from wallets.tests.factories import client_wallet

pytestmark = pytest.mark.django_db

MANY = 8_000
# Names of few, by a word of the number; each hundredth client has a status, type or level of its own.
FILL = f"""
INSERT INTO clients_client (reference, type, status, email, phone, first_name, last_name, company_name, registration_number, language,
                            verification_level, is_test, created_at)
SELECT 'CLT-' || lpad(n::text, 8, '0'), CASE WHEN n % 100 = 0 THEN 'company' ELSE 'person' END,
       CASE WHEN n % 1000 = 1 THEN 'blocked' WHEN n % 1000 = 2 THEN 'frozen' ELSE 'active' END,
       'p' || md5(n::text) || '@example.com', '+3712' || lpad(n::text, 7, '0'),
       CASE WHEN n % 100 = 0 THEN '' ELSE 'F' || md5('f' || n) END, CASE WHEN n % 100 = 0 THEN '' ELSE 'L' || md5('l' || n) END,
       CASE WHEN n % 100 = 0 THEN 'C' || md5('c' || n) ELSE '' END, CASE WHEN n % 100 = 0 THEN n::text ELSE '' END, 'en',
       CASE WHEN n % 500 = 3 THEN 4 ELSE 0 END, false, timestamptz '2026-01-01' + n * interval '1 minute'
FROM generate_series(1, {MANY}) n
"""
WALLETS = """
INSERT INTO wallets_wallet (reference, uuid, name, owner_type, client_id, address, address_scheme, status, is_hot, is_test, created_at)
SELECT 'WAL-' || c.id, gen_random_uuid(), '', 'client', c.id, '0x' || md5('w' || c.id) || substr(md5('v' || c.id), 1, 8), 'create2-1', 'open',
       false, false, c.created_at
FROM clients_client c
"""


@pytest.fixture
def crowd(transactional_db):
    """Only the owner may gather statistics, of what has committed; without them the plans are guesses."""
    with owner() as connection:
        for statement in (FILL, "ANALYZE clients_client", WALLETS, "ANALYZE wallets_wallet"):
            connection.execute(statement)
        names = ("email", "phone", "first_name", "last_name", "reference")
        someone = connection.execute(f"SELECT {', '.join(names)} FROM clients_client WHERE phone = '+37120007337'").fetchone()
        firm = connection.execute("SELECT company_name FROM clients_client WHERE company_name <> '' LIMIT 1").fetchone()
        wallet = connection.execute("SELECT address FROM wallets_wallet WHERE client_id IS NOT NULL ORDER BY id LIMIT 1").fetchone()
    return dict(zip(names, someone, strict=True)) | {"firm": firm[0], "address": wallet[0]}


CRITERIA = {
    "q": ("q={reference}", "client_search"),
    "email": ("email={email:.12}", "client_search"),
    "first name": ("first_name={first_name:.10}", "client_search"),
    "last name": ("last_name={last_name:.10}", "client_search"),
    "company name": ("company_name={firm:.10}", "client_search"),
    "phone": ("phone=%2B{phone:.12}", "client_phone"),
    "address": ("address={address:.10}", "wallet_search"),
    "status": ("status=blocked&status=frozen", "client_by_status|client_newest"),
    "level": ("verification_level=4", "client_by_level"),
    "type": ("type=company", "client_by_type"),
    "date": ("created_at_from=2026-01-03&created_at_to=2026-01-03", "client_newest"),
}


@pytest.mark.spec("CLI-01")
def test_each_criterion_has_its_index(crowd):
    """What the list asks the database for rows and count reads no table from end to end."""
    assert get_resolver().url_patterns  # the addresses bring along what higher apps add to the list
    person = user(rights=[Right.CLIENTS_SEE])
    for name, (query, index) in CRITERIA.items():
        address = query.format(**crowd | {"phone": crowd["phone"].removeprefix("+")})
        page = ClientList()
        page.request = RequestFactory().get(f"/clients/?{address}")
        page.request.user = person
        with CaptureQueriesContext(connection) as asked:
            rows = page.read_list()["slice"].rows
        assert rows, name
        plans = "\n".join(plan_of(one["sql"]) for one in asked if re.search("clients_client|wallets_wallet", one["sql"]))
        assert re.search(index, plans), f"{name}\n{plans}"
        assert "Seq Scan" not in plans, f"{name}\n{plans}"


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql.rpartition('; ')[2]}")  # without the timeout before it
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.spec("CLI-01", "WAL-06")
def test_a_fragment_of_an_address_finds_whose_it_is(django_assert_max_num_queries):
    browser = sign_in(user(rights=[Right.CLIENTS_SEE]))
    anna, bert = client_of_type(), client_of_type()
    wallet = client_wallet(client=anna)
    client_wallet(client=bert, name=wallet.address[10:20])  # a name is no address
    for fragment in (wallet.address, wallet.address[10:16].upper(), wallet.address[-4:].lower()):
        with django_assert_max_num_queries(6):
            page = browser.get("/clients/", {"address": fragment})
        assert anna in page.context["slice"].rows
        assert not (len(fragment) > 4 and bert in page.context["slice"].rows)
    short = browser.get("/clients/", {"address": wallet.address[10:13]})
    assert short.context["slice"].rows == []
    assert "at least 4" in short.content.decode()
    assert "Blockchain address" in short.content.decode()


@pytest.mark.spec("CLI-01")
def test_a_fragment_of_many_addresses_is_met_on_the_way(crowd):
    browser = sign_in(user(rights=[Right.CLIENTS_SEE]))
    page = browser.get("/clients/", {"address": "0x1"})
    assert page.context["slice"].rows == []
    page = browser.get("/clients/", {"address": "0x1a", "created_at_from": "2026-01-02"})
    rows = page.context["slice"].rows
    assert rows
    assert all(row.wallets.get().address.startswith("0x1a") for row in rows)
