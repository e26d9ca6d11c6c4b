"""Transfers by hand through their page (LED-06)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from ledger.enums import Right as LedgerRight
from ledger.models import Balance, Operation
from ledger.services.posting import local_date
from ledger.tests.factories import buy, issuer_of, make_asset, make_wallet
from organisations.tests.factories import organisation
from transactions.enums import Right

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser():
    return sign_in(user(Face.ISSUER))


def key(response):
    return re.search(r'name="operation_key" value="([^"]+)"', response.content.decode())[1]


def send(browser, url, **values):
    """Open the dialog and send its form, as a person does."""
    return browser.post(url, {"operation_key": key(browser.get(url)), **values})


@pytest.mark.spec("LED-06", "UIX-03")
def test_a_transfer_by_hand_happens_once_and_is_recorded(browser):
    asset = make_asset(issued=100, expiration_days=9, transaction_count=1)
    anna = make_wallet()
    url, day = "/transactions/transfer/", local_date(timezone.now()) + timedelta(days=3)
    form = {
        "operation_key": key(browser.get(url)), "asset": asset.code, "sender": issuer_of(asset).reference, "receiver": anna.address.lower(),
        "quantity": "12.5", "comment": "Goodwill", "expires_on": day.isoformat(), "count": "4",
    }  # fmt: skip
    assert browser.post(url, form).status_code in (204, 302)
    assert browser.post(url, form).status_code in (204, 302)
    balance = Balance.objects.get(wallet=anna)
    assert (balance.quantity, balance.remaining_count, anna.lots.get().expires_on) == (Decimal("12.5"), 4, day)
    operation = Operation.objects.get(receiver=anna)
    event = AuditEvent.objects.get(action="ledger.transferred")
    assert (operation.comment, event.subject_reference, event.details["count"]) == ("Goodwill", operation.reference, "4")


@pytest.mark.spec("LED-06", "LED-04")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": "1e1"}, "Write the amount with digits"),
        ({"quantity": "0"}, "more than zero"),
        ({"quantity": "1.234"}, "Too many decimals"),
        ({"quantity": "1000"}, "balance is not enough"),
        ({"comment": " "}, "required"),
        ({"receiver": "WAL-00000000"}, "No wallet has this"),
        ({"count": "2"}, "number of transactions can only be set"),
    ],
)
def test_what_is_refused_stands_in_the_form(browser, change, words):
    asset, anna = make_asset(issued=100), make_wallet()
    form = {"asset": asset.code, "sender": issuer_of(asset).reference, "receiver": anna.reference, "quantity": "1", "comment": "Goodwill"}
    response = send(browser, "/transactions/transfer/", **form | change)
    assert response.status_code in (409, 422)
    assert words in response.content.decode()
    assert not Operation.objects.filter(receiver=anna).exists()


@pytest.mark.spec("LED-06", "USR-04")
def test_out_of_a_client_only_with_the_right_and_out_of_others_never():
    asset, anna, bert = make_asset(issued=100), make_wallet(), make_wallet()
    buy(asset, anna, 10)
    form = {"asset": asset.code, "sender": anna.reference, "receiver": bert.reference, "quantity": "1", "comment": "Goodwill"}
    rights = [LedgerRight.OPERATIONS_SEE, Right.TRANSFER]
    clerk = sign_in(user(Face.ISSUER, rights))
    refused = send(clerk, "/transactions/transfer/", **form)
    assert refused.status_code in (403, 422)
    assert "You may not transfer out of a client" in refused.content.decode()
    confined = sign_in(user(Face.ISSUER, [*rights, Right.TRANSFER_FROM_CLIENT], organisations=[organisation()]))
    assert send(confined, "/transactions/transfer/", **form).status_code == 422  # it doesn't even see the wallets
    assert confined.get(f"/transactions/{Operation.objects.get(receiver=anna).reference}/").status_code == 404
    allowed = sign_in(user(Face.ISSUER, [*rights, Right.TRANSFER_FROM_CLIENT]))
    assert send(allowed, "/transactions/transfer/", **form).status_code in (204, 302)
    assert sign_in(user(Face.ISSUER, [])).get("/transactions/").status_code == 403
