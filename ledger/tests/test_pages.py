"""Blockchain transactions and the proof, through their pages (TXN-01, TXN-02, LED-07)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from chain.models import ChainOp
from clients.tests.factories import client_of_type
from ledger.enums import OperationType, ProofStatus
from ledger.models import Operation, ProofRun
from ledger.resources import OperationResource, ProofResource
from ledger.services.posting import Cause, Move, local_date, post
from ledger.services.proof import run_due_proof
from ledger.tests.factories import ACTOR, buy, issuer_of, make_asset, make_wallet, move
from organisations.tests.factories import organisation
from wallets.enums import WalletOwner

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser():
    return sign_in(user(Face.ISSUER))


def key(response):
    return re.search(r'name="operation_key" value="([^"]+)"', response.content.decode())[1]


def send(browser, url, **values):
    """Open the dialog and send its form, as a person does."""
    return browser.post(url, {"operation_key": key(browser.get(url)), **values})


@pytest.mark.spec("TXN-01")
def test_every_criterion_finds_and_leaves_out(browser):
    asset, other = make_asset(issued=1000), make_asset(issued=1000)
    anna = make_wallet(client=client_of_type(first_name="Aldis", last_name="Zvirbulis"))
    shop = make_wallet(WalletOwner.ORGANISATION, organisation=organisation(name="Skroderdienu maize"))
    wanted = buy(asset, anna, "12.34").operations[0].reference
    rest = buy(other, make_wallet(), 99).operations[0].reference
    paid = move(OperationType.PAYMENT, asset, anna, shop, 1).operations[0].reference
    ChainOp.objects.filter(operation_id=Operation.objects.get(reference=paid).pk).update(status="assigned", sequence=1)
    every = browser.get("/transactions/").content.decode()
    assert all(reference in every for reference in (wanted, rest, paid))
    today = timezone.localdate()
    for criteria, found in (
        ({"transaction": wanted.lower()}, {wanted}),
        ({"transaction": "0x" + "ab" * 32}, set()),
        ({"wallet": anna.address[10:20]}, {wanted, paid}),
        ({"sender": "zvirbulis"}, {paid}),
        ({"receiver": "Skroderdienu"}, {paid}),
        ({"receiver": anna.reference}, {wanted}),
        ({"asset": other.code, "type": "purchase"}, {rest}),
        ({"type": ["payment"]}, {paid}),
        ({"quantity_from": "12", "quantity_to": "13"}, {wanted}),
        ({"settlement": ["assigned"]}, {paid}),
        ({"posted_at_from": today + timedelta(days=2)}, set()),
        ({"is_test": "yes"}, set()),
    ):
        page = browser.get("/transactions/", criteria).content.decode()
        assert {reference for reference in (wanted, rest, paid) if reference in page} == found, criteria
    for nonsense in (
        {"wallet": "' OR 1=1 --"},
        {"quantity_from": "NaN"},
        {"after": "x"},
        {"sort": "salt"},
        {"settlement": "x"},
        {"asset": "x"},
    ):
        assert browser.get("/transactions/", nonsense).status_code == 200


@pytest.mark.spec("TXN-01")
def test_the_list_takes_six_statements_at_most_however_many_rows(browser, django_assert_max_num_queries):
    asset = make_asset(issued=1000)
    for _ in range(12):
        buy(asset, make_wallet(), 1)
    browser.get("/transactions/")
    with django_assert_max_num_queries(6):
        assert browser.get("/transactions/").content.decode().count("row-link") == 13


@pytest.mark.spec("TXN-02")
def test_the_details_show_legs_lots_steps_and_cause(browser):
    asset = make_asset(issued=100, expiration_days=9)
    anna, bert = make_wallet(), make_wallet()
    buy(asset, anna, 20)
    transfer = Move(OperationType.P2P_TRANSFER, asset, anna, bert, Decimal("7.5"), comment="For <b>lunch</b>")
    reward = Move(OperationType.LOYALTY_REWARD, asset, issuer_of(asset), bert, Decimal(1000), optional=True)
    posted = post(
        moves=[transfer, reward], actor=ACTOR, now=timezone.now(), cause=Cause("clients.client", anna.client_id, anna.client.reference)
    )
    address = f"/transactions/{posted.operations[0].reference}/"
    page = browser.get(address).content.decode()
    for text in (
        anna.address,
        bert.address,
        str(anna.client),
        "For &lt;b&gt;lunch",
        "P2P transfer",
        asset.label,
        "Queued",
        posted.operations[1].reference,
    ):
        assert text in page, text
    assert f"/clients/{anna.client.reference}/" in page
    legs = browser.get(address, {"tab": "legs"}).content.decode()
    assert "−7.50" in legs
    assert (local_date(timezone.now()) + timedelta(days=9)).isoformat() in legs
    refused = browser.get(f"/transactions/{posted.operations[1].reference}/").content.decode()
    assert "available balance is not enough" in refused


@pytest.mark.spec("LED-07")
def test_a_proof_is_asked_for_and_read(browser):
    asset = make_asset(issued=1234)
    assert send(browser, "/proofs/new/").status_code in (204, 302)
    run = ProofRun.objects.get()
    assert "Queued" in browser.get("/proofs/").content.decode()
    run_due_proof(now=timezone.now())
    run.refresh_from_db()
    assert run.status == ProofStatus.HOLDS
    page = browser.get(f"/proofs/{run.reference}/").content.decode()
    assert asset.code in page
    assert "1\u202f234.00" in page or "1\u2009234.00" in page
    assert "Holds" in page


@pytest.mark.spec("EXP-X1")
def test_exports_hold_every_stored_field():
    assert OperationResource.unexplained() == []
    assert ProofResource.unexplained() == []


@pytest.mark.spec("EXP-X1", "API-05")
def test_an_export_equals_the_filter_and_holds_no_test_operation(browser):
    asset, trial = make_asset(issued=1000), make_asset(issued=10, is_test=True)
    buy(asset, make_wallet(), 5)
    buy(trial, make_wallet(is_test=True), 5)
    response = browser.post("/transactions/?type=purchase", {"export": "csv"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 2
    assert asset.code in lines[1]
