"""P2P transfers over the API: whom it reaches, what it costs, once, both told (LED-09; A8)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from clients.models import Client
from clients.tests.accounts import token_of, with_password
from core import instance
from ledger.enums import OperationStatus, OperationType
from ledger.models import Lot, Operation
from ledger.services.proof import prove
from ledger.tests.factories import buy, make_asset
from messaging.models import OutgoingMail
from orders.tests.api import Channel
from tiers.enums import Payer
from tiers.models import OperationFee
from tiers.tests.limits import limit
from transactions.models import Hold, TransferQuote
from transactions.services import p2p
from transactions.tests.factories import HELD, balance, member, quoted, sent
from wallets.tests.factories import client_wallet

pytestmark = [pytest.mark.django_db, pytest.mark.spec("LED-09")]


@pytest.fixture
def channel():
    return Channel()


def wants(sender, to, asset_, quantity="10", **changes):
    return {
        "client": sender.client.reference, "asset": asset_.code, "quantity": quantity, "receiver": {"address": to.address},
        **changes,
    }  # fmt: skip


def fee_of(asset, fixed, payer=Payer.SENDER):
    return OperationFee.objects.create(
        type=OperationType.P2P_TRANSFER,
        asset=asset,
        fixed=Decimal(fixed),
        payer=payer,
        valid_from=timezone.now() - timedelta(days=1),
        created_at=timezone.now(),
    )


@pytest.mark.spec("API-02")
def test_quoted_confirmed_once_and_both_told(channel):
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100", level=2), member(first_name="Bernhard", last_name="Ozols")
    fee_of(asset, "0.50")
    answer = channel.post("/transfers/quotes", wants(anna, ben, asset, "10", comment="For lunch"), key=None)
    assert answer.status_code == 200, answer.content
    quote = answer.json()
    assert (quote["receiver_name"], quote["fee"], quote["total"], quote["held"]) == ("Be••• O•••", "0.5", "10.5", False)
    assert ben.client.email not in answer.content.decode()
    assert channel.post("/transfers", {"client": anna.client.reference, "quote": quote["quote"]}, key=None).status_code == 422
    done = channel.post("/transfers", {"client": anna.client.reference, "quote": quote["quote"]}, key="one")
    assert done.status_code == 201, done.content
    transfer = done.json()
    assert (transfer["status"], transfer["quantity"], transfer["fee"], transfer["direction"]) == ("posted", "10", "0.5", "sent")
    for key in ("one", "two"):  # the same request again; the same quote in a new one
        again = channel.post("/transfers", {"client": anna.client.reference, "quote": quote["quote"]}, key=key)
        assert (again.status_code, again.json()["reference"]) == (201, transfer["reference"])
    assert (balance(anna, asset), balance(ben, asset)) == ((Decimal("89.5"), 0), (10, 0))
    mails = {mail.template: mail for mail in OutgoingMail.objects.all()}
    assert mails["transactions.transfer_sent"].to == anna.client.email
    assert mails["transactions.transfer_sent"].context["other"] == "Be••• O•••"
    assert mails["transactions.transfer_received"].to == ben.client.email
    assert mails["transactions.transfer_received"].context["comment"] == "For lunch"
    assert len(mails) == OutgoingMail.objects.count() == 2
    received = channel.get("/transfers", client=ben.client.reference, direction="received").json()["items"]
    assert [(one["reference"], one["direction"], one["fee"]) for one in received] == [(transfer["reference"], "received", None)]
    assert channel.get(f"/transfers/{transfer['reference']}", client=anna.client.reference).json() == transfer
    assert channel.get("/transfers", client=anna.client.reference, status="refused").json()["items"] == []


def test_found_by_a_verified_phone_number_alone(channel):
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100", level=2), member(phone="+37120000777")
    by_phone = wants(anna, ben, asset, receiver={"phone": "+371 20 000 777"})
    answer = channel.post("/transfers/quotes", by_phone, key=None)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_receiver")  # anybody can claim a number
    Client.objects.filter(pk=ben.client_id).update(phone_verified_at=timezone.now())
    assert channel.post("/transfers/quotes", by_phone, key=None).status_code == 200
    member(phone="+37120000777", phone_verified_at=timezone.now())
    answer = channel.post("/transfers/quotes", by_phone, key=None)
    assert (answer.status_code, answer.json()["code"]) == (409, "several_receivers")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda anna, ben, asset: {"receiver": {"address": anna.address}}, "to_oneself"),
        (lambda anna, ben, asset: {"receiver": {"address": "0x" + "1" * 40}}, "unknown_receiver"),
        (lambda anna, ben, asset: {"receiver": {"address": ben.address[:20]}}, "unknown_receiver"),
        (lambda anna, ben, asset: {"receiver": {}}, "receiver_not_named"),
        (lambda anna, ben, asset: {"receiver": {"address": ben.address, "phone": "+37120000777"}}, "receiver_not_named"),
        (lambda anna, ben, asset: {"receiver": {"phone": "not a number"}}, "unknown_receiver"),
        (lambda anna, ben, asset: {"quantity": "100.01"}, "insufficient_balance"),
        (lambda anna, ben, asset: {"quantity": "1.001"}, "invalid_quantity"),
        (lambda anna, ben, asset: {"client": ""}, "client_not_named"),
        (lambda anna, ben, asset: {"asset": make_asset(p2p=False).code}, "asset_not_p2p"),
    ],
)
def test_what_can_not_be_is_said_in_the_quote(channel, change, code):
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100", level=2), member()
    answer = channel.post("/transfers/quotes", wants(anna, ben, asset, **change(anna, ben, asset)), key=None)
    assert answer.json()["code"] == code, answer.content
    assert not TransferQuote.objects.exists()


def test_a_second_wallet_of_ones_own_is_oneself(channel):
    asset = make_asset(issued=1000)
    anna = member(asset, "100", level=2)
    other = client_wallet(anna.client)
    assert channel.post("/transfers/quotes", wants(anna, other, asset), key=None).json()["code"] == "to_oneself"


def test_a_quote_is_good_for_its_time_its_client_and_its_fee(channel):
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100", level=2), member(level=2)
    quote = quoted(asset, anna, ben)
    foreign = channel.post("/transfers", {"client": ben.client.reference, "quote": quote.reference})
    assert foreign.status_code == 404
    rule = fee_of(asset, "1")
    answer = channel.post("/transfers", {"client": anna.client.reference, "quote": quote.reference})
    assert (answer.status_code, answer.json()["code"]) == (409, "fee_changed")
    rule.delete()
    TransferQuote.objects.filter(pk=quote.pk).update(expires_at=timezone.now())
    answer = channel.post("/transfers", {"client": anna.client.reference, "quote": quote.reference})
    assert (answer.status_code, answer.json()["code"]) == (409, "quote_expired")
    assert (balance(anna, asset), OutgoingMail.objects.count()) == ((100, 0), 0)
    assert p2p.forget_quotes(now=timezone.now() + timedelta(hours=25)) == 1


@pytest.mark.spec("LIM-07", "TXN-04", "UIX-09")
def test_limits_of_both_sides_hold_and_the_refusal_stands_with_its_reasons(channel):
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100", level=2), member(level=3)
    limit({"asset": asset, "amount": "15", "period_days": 30}, level=2, name="Sends")
    limit({"asset": asset, "amount": "12", "period_days": 30, "rule": "receive"}, level=3, name="Receives")
    quote = quoted(asset, anna, ben, "10")
    assert channel.post("/transfers/quotes", wants(anna, ben, asset, "13"), key=None).json()["code"] == "limit_exceeded"
    sent(asset, anna, ben, "8")
    answer = channel.post("/transfers", {"client": anna.client.reference, "quote": quote.reference})
    assert (answer.status_code, answer.json()["code"]) == (409, "limit_exceeded")
    for quantity, refused in zip((13, 10), Operation.objects.filter(status=OperationStatus.REFUSED).order_by("id"), strict=True):
        assert (refused.refused_reason, refused.quantity, refused.group.decision.verdict) == ("limit_exceeded", quantity, "refused")
    listed = channel.get("/transfers", client=anna.client.reference, status="refused").json()["items"]
    assert [one["refused_reason"] for one in listed] == ["limit_exceeded"] * 2


@pytest.mark.spec("LIM-09")
def test_held_read_and_cancelled_by_the_client_itself(channel):
    instance.assume(HELD)
    asset = make_asset(issued=1000)
    anna, ben = member(asset, "100", email_verified_at=timezone.now(), phone_verified_at=timezone.now()), member()
    fee_of(asset, "1")
    channel.token = token_of(with_password(anna.client), channel)
    wanted = wants(anna, ben, asset, "10") | {"client": ""}
    quote = channel.post("/transfers/quotes", wanted, key=None).json()
    assert quote["held"] is True
    answer = channel.post("/transfers", {"quote": quote["quote"]})
    assert answer.status_code == 202, answer.content
    held = answer.json()
    assert (held["status"], held["quantity"], held["fee"], held["transfer"]) == ("held", "10", "1", None)
    assert balance(anna, asset) == (100, 11)
    assert [one["reference"] for one in channel.get("/held").json()["items"]] == [held["reference"]]
    assert channel.get("/held", client=ben.client.reference).json()["code"] == "client_not_named"
    assert Hold.objects.get().creator_type == "client"
    answer = channel.post(f"/held/{held['reference']}/cancel", {})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert balance(anna, asset) == (100, 0)
    assert channel.get(f"/held/{held['reference']}").json()["transfer"] == Operation.objects.get(type="p2p_transfer").reference
    channel.token = token_of(with_password(ben.client), channel)
    assert channel.get(f"/held/{held['reference']}").status_code in {403, 404}


def test_without_the_scope_nothing():
    reader = Channel("transfers.see")
    assert reader.post("/transfers/quotes", {}, key=None).status_code == 403
    assert reader.get("/transfers").status_code == 200
    assert Channel("orders.see").get("/held").status_code == 403


@pytest.mark.spec("EXP-02", "TXL-05")
def test_lots_keep_their_dates_and_a_transaction_goes_along():
    asset = make_asset(issued=1000, expiration_days=30, transaction_count=5)
    anna, ben = member(level=2), member(level=2)
    buy(asset, anna, 20)
    assert sent(asset, anna, ben, "5").operation is not None
    dates = Lot.objects.filter(asset=asset).values_list("wallet", "quantity", "expires_on")
    assert {(wallet, quantity) for wallet, quantity, _date in dates} == {(anna.pk, 15), (ben.pk, 5)}
    assert len({date for *_rest, date in dates}) == 1
    counts = dict(ben.balances.values_list("asset_id", "remaining_count")) | dict(anna.balances.values_list("wallet_id", "remaining_count"))
    assert counts == {asset.pk: 1, anna.pk: 4}
    assert prove().holds
