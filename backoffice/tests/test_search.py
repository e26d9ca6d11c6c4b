"""The global search: everything that has a reference is found by it, by whoever may see it, and by nobody else (UIX-04)."""

import os
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from audit.services.runs import request_verification
from backoffice.search import finding
from backoffice.tests.makers import (
    MAKERS,
    TESTS,
    _alert,
    _chain_operation,
    _chain_transaction,
    _event,
    _export,
    _mail,
    _operation,
    _refund,
    _run,
    _schedule,
)
from chain.models import ChainOp
from chain.services.comparing import request_comparison
from clients.enums import ClientType
from clients.tests.factories import client_of_type
from core.finding import search_sources
from core.question import Question
from ledger.services.proof import request_proof
from orders.models import Order
from orders.tests.factories import order, paid_order, pay
from organisations.api_keys import create_key
from organisations.tests.factories import organisation
from wallets.tests.factories import client_wallet, organisation_wallet

pytestmark = pytest.mark.django_db
PALETTE = {"HX-Target": "palette-found", "HX-Request": "true"}
Made = tuple[str, str]  # what is typed, the address it leads to


def palette(browser: Client, text: str) -> Any:
    return browser.get("/search/", {"q": text}, headers=PALETTE).context["found"]


def found_urls(browser: Client, text: str) -> list[str]:
    return [hit.url for group in palette(browser, text).groups for hit in group.hits]


def by_reference(thing: Any, address: str) -> Made:
    return thing.reference, address.format(thing.reference)


def key() -> Any:
    return create_key(actor=TESTS, now=timezone.now(), name="Channel", scopes=["orders.see"])[0]


THINGS: dict[str, Callable[[Any], Made]] = {
    "order": lambda owner: by_reference(order(), "/orders/{}/"),
    "payment reference": lambda owner: ((one := order()).payment_reference, f"/orders/{one.reference}/"),
    "refund": lambda owner: ((one := _refund()).reference, f"/orders/{one.order.reference}/"),
    "bank's reference": lambda owner: (pay(one := order(), reference="E2E-2026-778812").provider_reference, f"/orders/{one.reference}/"),
    "client's own order number": lambda owner: (
        (one := order(external_reference="shop-10042")).external_reference,
        f"/orders/{one.reference}/",
    ),
    "client": lambda owner: by_reference(client_of_type(), "/clients/{}/"),
    "client's login": lambda owner: ((one := client_of_type(email="liga@example.lv")).email, f"/clients/{one.reference}/"),
    "client's phone": lambda owner: ("+371 2600-1122", f"/clients/{client_of_type(phone='+37126001122').reference}/"),
    "client's phone without +": lambda owner: ("00371 26001122", f"/clients/{client_of_type(phone='+37126001122').reference}/"),
    "company's name": lambda owner: (
        (one := client_of_type(ClientType.COMPANY, company_name="Zeltkalni SIA")).company_name,
        f"/clients/{one.reference}/",
    ),
    "user": lambda owner: by_reference(user(), "/users/{}/"),
    "user's login": lambda owner: ((one := user(email="Ieva@example.lv")).email.upper(), f"/users/{one.reference}/"),
    "organisation": lambda owner: by_reference(organisation(), "/organisations/{}/"),
    "API key": lambda owner: by_reference(key(), "/keys/{}/"),
    "asset": lambda owner: ((one := order()).asset.code.lower(), f"/assets/{one.asset.code}/"),
    "wallet": lambda owner: by_reference(client_wallet(), "/wallets/{}/"),
    "address": lambda owner: ((one := client_wallet()).address, f"/wallets/{one.reference}/"),
    "address in small letters": lambda owner: ((one := client_wallet()).address.lower(), f"/wallets/{one.reference}/"),
    "address without 0x": lambda owner: ((one := client_wallet()).address[2:].upper(), f"/wallets/{one.reference}/"),
    "operation": lambda owner: by_reference(_operation(), "/transactions/{}/"),
    "operation on the chain": lambda owner: by_reference(_chain_operation(), "/settlement/operations/{}/"),
    "comparison": lambda owner: by_reference(request_comparison(actor=owner, now=timezone.now()), "/settlement/comparisons/{}/"),
    "proof": lambda owner: by_reference(request_proof(actor=owner, now=timezone.now()), "/proofs/{}/"),
    "audit event": lambda owner: by_reference(_event(owner), "/audit/events/{}/"),
    "verification": lambda owner: (request_verification(actor=owner, now=timezone.now()).reference, "/audit/verifications/"),
    "transaction's hash": lambda owner: ((one := _chain_transaction().reference), f"/settlement/transactions/{one}/"),
    "profile": lambda owner: by_reference(user().profiles.get(), "/profiles/{}/"),
    "scheduled export": lambda owner: by_reference(_schedule(owner), "/exports/schedules/{}/"),
    "bulk action": lambda owner: by_reference(_run(owner), "/bulk/{}/"),
    "alert": lambda owner: by_reference(_alert(), "/alerts/{}/"),
    "mail": lambda owner: by_reference(_mail(), "/mail/{}/"),
    "hold": lambda owner: ((one := MAKERS["hold"](owner)[0]), f"/holds/{one}/"),
    "limit": lambda owner: ((one := MAKERS["limit"](owner)[0]), f"/limits/{one}/"),
    "tier": lambda owner: ((one := MAKERS["dictionary"](owner)[0]), f"/dictionaries/{one}/"),
    "price list": lambda owner: ((one := MAKERS["price-list"](owner)[0]), f"/price-lists/{one}/"),
    "KYC case": lambda owner: ((one := MAKERS["kyc-case"](owner)[0]), f"/kyc/cases/{one}/"),
    "KYC document": lambda owner: ((one := MAKERS["kyc-document"](owner)[0]), f"/kyc/documents/{one}/"),
    "provider message": lambda owner: ((one := MAKERS["kyc-message"](owner)[0]), f"/kyc/messages/{one}/"),
    "export": lambda owner: by_reference(_export(owner), "/exports/{}/"),
}


@pytest.mark.spec("UIX-04")
@pytest.mark.parametrize("kind", THINGS)
def test_a_thing_that_is_named_opens(kind, django_assert_max_num_queries):
    person = user()
    text, address = THINGS[kind](person)
    browser = sign_in(person)
    with django_assert_max_num_queries(5):
        answer = browser.get("/search/", {"q": f"  {text}\n"})
    assert answer.status_code == 302, [hit.url for group in answer.context["found"].groups for hit in group.hits]
    assert answer["Location"] == address
    with django_assert_max_num_queries(5):
        found = palette(browser, text)
    assert found.landing == address
    assert "<mark>" in str(found.groups[0].hits[0].title) + "".join(map(str, found.groups[0].hits[0].details))


@pytest.mark.spec("UIX-04")
def test_every_kind_that_is_registered_is_among_the_things_tried():
    tried = {source.page for source in search_sources()}
    assert tried == {
        "order-detail", "client-detail", "user-detail", "organisation-detail", "key-detail", "asset-detail", "wallet-detail",
        "operation-detail", "settlement-operation", "settlement-comparison", "proof-detail", "audit-event", "audit-verifications",
        "mail-detail", "export-detail", "alert-detail", "profile-detail", "settlement-transaction", "schedule-detail",
        "bulk-run-detail", "hold-detail", "limit-detail", "dictionary-detail", "price-list-detail", "kyc-case-detail", "kyc-document-detail", "kyc-message-detail",
    }  # fmt: skip


@pytest.mark.spec("UIX-04")
def test_a_reference_is_found_as_people_write_it():
    browser, one = sign_in(user()), order()
    wrong_letters = one.reference.replace("0", "o").replace("1", "l")
    for text in (
        one.reference.lower(),
        wrong_letters,
        one.reference.partition("-")[2],
        f"Please look at {one.reference}.",
        f"https://office.example.com/orders/{one.reference}/?tab=payments",
        f"#{one.reference}",
    ):
        assert palette(browser, text).landing == f"/orders/{one.reference}/", text
    assert found_urls(browser, one.reference[:8]) == [f"/orders/{one.reference}/"]
    assert palette(browser, one.reference[:8]).landing == ""


@pytest.mark.spec("UIX-04")
def test_what_is_mistyped_is_said_to_be():
    browser, one = sign_in(user()), order()
    last = one.reference[-1]
    mistyped = one.reference[:-1] + ("A" if last != "A" else "B")
    found = palette(browser, mistyped)
    assert found.groups == []
    assert "mistyped" in found.notes[0]


@pytest.mark.spec("UIX-04", "WAL-06")
def test_a_wallet_is_found_by_a_fragment_of_its_address_and_shows_whose_it_is():
    browser, client = sign_in(user()), client_of_type(first_name="Milda", last_name="Krūze")
    wallet = client_wallet(client)
    middle, short = wallet.address[14:24], f"{wallet.address[:6]}…{wallet.address[-4:]}"
    for text in (middle, middle.lower(), f"0x{wallet.address[2:8].upper()}", short, short.replace("…", "...")):
        found = palette(browser, text)
        assert [hit.url for group in found.groups for hit in group.hits if group.source.page == "wallet-detail"] == [
            f"/wallets/{wallet.reference}/"
        ], text
    hit = palette(browser, middle).groups[0].hits[0]
    assert "Milda Krūze" in hit.details[1]
    assert f"<mark>{middle}</mark>" in hit.details[0]
    assert wallet.address[:6] in hit.details[0].replace("<mark>", "")
    assert palette(browser, wallet.address[2:5]).groups == [], "three letters name half the wallets"


@pytest.mark.spec("UIX-04", "TXN-01")
def test_a_hash_leads_to_the_transaction_and_to_what_was_settled_in_it():
    browser, operation, sent = sign_in(user()), _operation(), _chain_transaction()
    ChainOp.objects.filter(operation_id=operation.pk).update(chain_tx=sent, sequence=1)
    for text in (sent.hash, sent.hash[2:], sent.hash.upper().replace("0X", "0x"), f"https://scan.example/tx/{sent.hash}"):
        assert found_urls(browser, text) == [f"/settlement/transactions/{sent.hash}/", f"/transactions/{operation.reference}/"], text
    assert palette(browser, sent.hash).landing == f"/settlement/transactions/{sent.hash}/"
    assert found_urls(browser, "0x" + "ab" * 32) == []


@pytest.mark.spec("UIX-04", "AUD-01")
def test_a_request_leads_to_what_it_did():
    browser = sign_in(user())
    client = client_of_type()
    answer = browser.get(f"/clients/{client.reference}/edit/")
    form = re.search(r'name="operation_key" value="([^"]+)"', answer.content.decode())
    fields = {"operation_key": form[1], "email": "changed@example.lv", "phone": "", "language": "en", "first_name": "A", "last_name": "B"}
    changed = browser.post(f"/clients/{client.reference}/edit/", fields, headers={"X-Request-ID": "req-20261125-000042"})
    assert changed.status_code == 302
    urls = found_urls(browser, "req-20261125-000042")
    assert urls
    assert all(url.startswith("/audit/events/") for url in urls)
    assert found_urls(sign_in(user(rights=["clients.see"])), "req-20261125-000042") == []


@pytest.mark.spec("UIX-04", "UIX-06")
def test_the_reference_of_an_error_says_where_it_stands():
    person = user()
    export = _export(person)
    export.error_reference = "ERR-7K2M9Q4T"
    export.save()
    browser = sign_in(person)
    found = palette(browser, "err-7k2m9q4t")
    assert [hit.url for group in found.groups for hit in group.hits] == [f"/exports/{export.reference}/"]
    assert "log" in found.notes[0]
    assert "log" in palette(browser, "ERR-00000000").notes[0]


@pytest.mark.spec("UIX-04")
def test_names_are_found_by_any_part_in_any_order_and_case():
    browser, one = sign_in(user()), client_of_type(first_name="Ņikita", last_name="O'Hara-Lūsis")
    for text in ("ņikita", "hara-lūs", "LŪSIS ŅIK", "o'hara"):
        assert found_urls(browser, text) == [f"/clients/{one.reference}/"], text
    title = palette(browser, "lūsis ņik").groups[0].hits[0].title
    assert title == "<mark>Ņik</mark>ita O&#x27;Hara-<mark>Lūsis</mark>"


@pytest.mark.spec("UIX-04", "U8")
@pytest.mark.parametrize(
    "text", ["%", "___", "%%%%", "a%", "\\", "'; DROP TABLE", "\0ORD", "x" * 10_000, "ОRD-7K2M9Q4T", "１２３４", "0x", "-", "+", "@", "a@", "(", "ORD-", "CHN-99999999999999999999", "İıßﬃ" * 40]
)  # fmt: skip
def test_hostile_text_is_taken_as_it_stands(text):
    client_of_type()
    order()
    browser = sign_in(user())
    for headers in (PALETTE, {}):
        answer = browser.get("/search/", {"q": text}, headers=headers)
        assert answer.status_code == 200
        assert answer.context["found"].groups == []


@pytest.mark.spec("UIX-04", "USR-01")
def test_a_right_decides_what_is_found_and_offered():
    one = order()
    seeing = sign_in(user(rights=["clients.see"]))
    assert found_urls(seeing, one.reference) == []
    assert found_urls(seeing, one.client.reference) == [f"/clients/{one.client.reference}/"]
    labels = [command.label for command in seeing.get("/search/", headers=PALETTE).context["commands"]]
    assert "Go to Clients" in labels
    assert not {"Go to Orders", "Create order", "Add client", "Export Clients"} & set(labels)
    acting = sign_in(user(rights=["clients.see", "clients.edit", "exports.make"]))
    labels = [command.label for command in acting.get("/search/", headers=PALETTE).context["commands"]]
    assert {"Add client", "Export Clients", "Dark colours", "Sign out"} <= set(labels)


@pytest.mark.spec("UIX-04", "USR-04")
def test_a_foreign_row_never_shows_not_even_by_a_count():
    own, foreign = organisation(name="Upes Veikals"), organisation(name="Upes Kafejnīca")
    wallets = [organisation_wallet(one) for one in (own, foreign)]
    confined = sign_in(user(organisations=[own]))
    assert found_urls(confined, "upes") == [f"/organisations/{own.reference}/"]
    assert found_urls(confined, foreign.reference) == []
    assert found_urls(confined, wallets[1].address) == []
    assert found_urls(confined, wallets[0].address) == [f"/wallets/{wallets[0].reference}/"]
    assert "1 result" in confined.get("/search/", {"q": "upes"}, headers=PALETTE).content.decode()
    assert found_urls(confined, order().reference) == []


@pytest.mark.spec("UIX-04", "USR-04")
def test_a_merchant_finds_pages_of_the_own_face_alone():
    own = organisation()
    one, event_of = order(), _event(user())
    person = user(Face.MERCHANT, organisations=[own])
    browser = sign_in(person)
    export = _export(person)
    for thing in (one, one.client, event_of, own):
        assert [url for url in found_urls(browser, thing.reference) if not url.startswith("/merchant/")] == []
    assert found_urls(browser, export.reference) == [f"/exports/{export.reference}/"]
    page = browser.get("/search/", headers=PALETTE)
    addresses = [command.url for command in page.context["commands"] if command.url]
    assert addresses
    assert all(url.startswith(("/merchant/", "/accounts/", "/exports/", "/search/")) or _is_shared(url) for url in addresses), addresses


def _is_shared(url: str) -> bool:
    from django.urls import resolve  # noqa: PLC0415

    return resolve(url.partition("#")[0]).func.face == "any"


@pytest.mark.spec("UIX-04")
def test_at_most_five_of_a_kind_and_a_link_to_the_rest():
    browser = sign_in(user())
    for _number in range(7):
        client_of_type(first_name="Daudzkārt")
    found = palette(browser, "daudzk")
    assert len(found.groups[0].hits) == 5
    assert found.groups[0].more == "/clients/?q=daudzk"
    assert len(browser.get("/search/", {"q": "daudzk"}).context["found"].groups[0].hits) == 7


@pytest.mark.spec("UIX-04")
def test_commands_are_found_by_the_beginnings_of_their_words():
    browser = sign_in(user())
    for text, label in (
        ("ord", "Go to Orders"),
        ("creat ord", "Create order"),
        ("expo cli", "Export Clients"),
        ("dark", "Dark colours"),
        ("transf", "Transfer"),
    ):
        commands = browser.get("/search/", {"q": text}, headers=PALETTE).context["commands"]
        assert label in [command.label for command in commands], text
    assert browser.get("/search/", {"q": "xyzzy"}, headers=PALETTE).context["commands"] == []


@pytest.mark.spec("UIX-04")
def test_the_page_works_without_a_script():
    one = client_of_type(first_name="Bezskripta")
    html = sign_in(user()).get("/search/", {"q": "bezskr"}).content.decode()
    assert f'href="/clients/{one.reference}/"' in html
    assert "<mark>Bezskr</mark>ipta" in html
    assert "data-press" not in html


@pytest.mark.spec("UIX-06")
def test_a_page_that_is_not_there_offers_the_search():
    browser = sign_in(user(rights=[]))
    for address in ("/no/such/page/", "/orders/"):
        html = browser.get(address).content.decode()
        assert 'class="search-form"' in html


@pytest.mark.spec("UIX-04")
@pytest.mark.django_db(transaction=True)
def test_what_takes_too_long_says_so_and_the_page_stands(monkeypatch):
    client_of_type(first_name="Lēnais")
    browser = sign_in(user())
    monkeypatch.setattr(finding, "TIMEOUT_MS", 100)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("LOCK TABLE clients_client IN ACCESS EXCLUSIVE MODE")
        found = palette(browser, "lēnais")
        assert found.groups == []
        assert "too much" in found.notes[0]
        owner.rollback()
    assert len(found_urls(browser, "lēnais")) == 1


@pytest.mark.spec("UIX-04")
def test_the_menu_counts_what_waits_as_far_as_one_may_see_it(django_assert_max_num_queries):
    held = paid_order()
    Order.objects.filter(pk=held.pk).update(status="on_hold", hold_kind="hand")
    browser = sign_in(user())
    with django_assert_max_num_queries(3):
        counts = browser.get("/menu-counts/").json()
    assert counts["order-list"] == ["1", "1 waits"]
    assert sign_in(user(rights=["clients.see"])).get("/menu-counts/").json() == {}
    assert "order-list" not in sign_in(user(organisations=[organisation()])).get("/menu-counts/").json()


@pytest.mark.spec("UIX-04")
@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("ORD-7K2M9Q4T", {"prefix": "ORD"}),
        ("anna-maria@example.lv", {"prefix": "", "email": "anna-maria@example.lv"}),
        ("Anna <Anna@Example.lv>", {"email": "anna@example.lv"}),
        ("+371 20 000 000", {"phone": "+37120000000"}),
        ("0xAB12", {"hex_parts": ["0xab12"], "words": []}),
        ("Li Wu", {"words": ["Li", "Wu"]}),
        ("a b", {"words": []}),
        ("12345", {"number": 12345}),
        ("١٢٣٤٥", {"number": None}),
    ],
)
def test_how_a_text_is_read(text, reading):
    question = Question.read(text)
    assert {name: getattr(question, name) for name in reading} == reading
