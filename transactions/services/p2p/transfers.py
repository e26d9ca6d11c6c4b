"""P2P transfers between clients: quoted, then confirmed (LED-09)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from audit.services import record
from clients.models import Client
from core.actors import Actor
from core.amounts import check_quantity
from core.errors import DomainError
from core.locks import lock
from core.text import clean_line
from ledger.enums import OperationType
from ledger.models import Group, Operation
from ledger.services.posting import Cause, Move, available
from ledger.services.refusals import AssetNotP2P, InsufficientBalance, WalletsDoNotFitType
from tiers.enums import Payer
from transactions.models import Hold, TransferQuote
from transactions.services import holds, pipeline
from transactions.services.decisions import keeping_refusals, refuse
from transactions.services.judgement import Judgement
from transactions.services.p2p.mails import tell_both
from wallets.models import Wallet

QUOTE_HOLDS = timedelta(minutes=10)
QUOTES_KEPT = timedelta(days=1)


class ToOneself(DomainError):
    code = "to_oneself"
    status = 422


class NoOpenWallet(DomainError):
    """The client has nothing to send from."""

    code = "no_open_wallet"


class QuoteExpired(DomainError):
    """The time in which the quote could be confirmed is over."""

    code = "quote_expired"


class FeeChanged(DomainError):
    """The fee has changed since the quote: the client agreed to another one."""

    code = "fee_changed"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a confirmation: the operation, or the hold where the sender's level is held."""

    operation: Operation | None
    hold: Hold | None


def quote_transfer(
    *, sender: Wallet, receiver: Wallet, asset: Asset, quantity: Decimal, comment: str = "", actor: Actor, now: datetime
) -> TransferQuote:
    """What the transfer would cost now, kept for ten minutes; nothing is reserved.

    Raises what the confirmation would refuse now: InvalidQuantity, ToOneself, AssetNotP2P, InsufficientBalance, what the ledger refuses
    of wallets and clients, what the tier doesn't open, and, where the sender's level isn't held, the limits of both sides: at a held
    level they will be those of the level that is reached. What the rules refuse stands among all transactions: it goes no further than
    here, and whoever is asked why must find it.
    """
    with keeping_refusals(actor=actor, now=now):
        return _quote(sender=sender, receiver=receiver, asset=asset, quantity=quantity, comment=comment, now=now)


@transaction.atomic(durable=True)
def _quote(*, sender: Wallet, receiver: Wallet, asset: Asset, quantity: Decimal, comment: str, now: datetime) -> TransferQuote:
    check_quantity(quantity, decimals=asset.decimals)
    _check_parties(sender, receiver, asset)
    wanted = Move(type=OperationType.P2P_TRANSFER, asset=asset, sender=sender, receiver=receiver, quantity=quantity)
    judgement = pipeline.check(moves=[wanted], now=now)
    _raise_refusal(judgement, wanted, held=would_be_held(sender))
    fee = judgement.fee(Payer.SENDER)
    if available(sender, asset, now=now) < quantity + fee:
        raise InsufficientBalance(field="quantity")
    return TransferQuote.objects.create(
        asset=asset, quantity=quantity, fee=fee, sender=sender, receiver=receiver, is_test=sender.is_test,
        comment=clean_line(comment, maximum=200, field="comment"), created_at=now, expires_at=now + QUOTE_HOLDS,
    )  # fmt: skip


def _raise_refusal(judgement: Judgement, wanted: Move, *, held: bool) -> None:
    if judgement.refusal is not None and not (held and judgement.is_of_limits):
        refuse(judgement, wanted)


def would_be_held(sender: Wallet) -> bool:
    """Whether a transfer out of this client's wallet would be held now."""
    return Client.objects.filter(wallets=sender, verification_level__in=holds.held_levels()).exists()


def confirm_transfer(*, quote_id: int, actor: Actor, now: datetime) -> Sent:
    """Do what was quoted, once: posted, with mails to both; or held where the sender's level is held, the sender told by mail.

    Confirmed again, it gives what came of it the first time, after the quote's time too. Raises QuoteExpired, FeeChanged, what
    `quote_transfer` raises and what the pipeline raises; what the rules refused stands among all transactions.
    """
    with keeping_refusals(actor=actor, now=now):
        return _confirm(quote_id=quote_id, actor=actor, now=now)


@transaction.atomic(durable=True)
def _confirm(*, quote_id: int, actor: Actor, now: datetime) -> Sent:
    quote = lock(TransferQuote.objects.select_related("asset", "sender__client", "receiver__client"), pk=quote_id)
    if done := _came_of(quote):
        return done
    if quote.expires_at <= now:
        raise QuoteExpired(_("This quote is no longer good. Ask for a new one."), field="quote")
    _check_parties(quote.sender, quote.receiver, quote.asset)
    wanted = Move(
        type=OperationType.P2P_TRANSFER, asset=quote.asset, sender=quote.sender, receiver=quote.receiver, quantity=quote.quantity,
        comment=quote.comment,
    )  # fmt: skip
    if would_be_held(quote.sender):
        _raise_refusal(pipeline.check(moves=[wanted], now=now), wanted, held=True)
    hold = holds.hold_if_level(
        type=OperationType.P2P_TRANSFER, asset=quote.asset, quantity=quote.quantity, sender=quote.sender, receiver=quote.receiver,
        fee=quote.fee, key=quote.key, comment=quote.comment, actor=actor, now=now,
    )  # fmt: skip
    if hold is not None:
        return Sent(None, hold)
    moved = pipeline.move(moves=[wanted], actor=actor, now=now, idempotency_key=quote.key)
    operation, fee = _finish(moved, wanted, actor=actor, now=now)
    if fee != quote.fee:  # the one that was agreed to: everything is undone
        raise FeeChanged(_("The fee has changed since this quote. Ask for a new one."), field="quote")
    return Sent(operation, None)


def go_on_with_transfer(hold: Hold, *, now: datetime) -> pipeline.Moved:
    """What was held, posted from its reservation, with the fee as it is now; mails to both."""
    wanted = holds.move_of(hold, reservation_id=hold.reservation_id)
    moved = pipeline.move(moves=[wanted], actor=holds.HOLDS, now=now, cause=Cause.of(hold), idempotency_key=hold.key)
    _finish(moved, wanted, actor=holds.HOLDS, now=now)
    return moved


def _finish(moved: pipeline.Moved, wanted: Move, *, actor: Actor, now: datetime) -> tuple[Operation, Decimal]:
    """The trail and the mails; the operation, and the fee that its sender was charged."""
    posted = moved.posted.operations[0]
    charged = Operation.objects.filter(group_id=moved.posted.group_id, type=OperationType.FEE, sender_id=wanted.sender.pk)
    fee = charged.aggregate(sum=Sum("quantity"))["sum"] or Decimal(0)
    operation = Operation.objects.select_related("asset", "sender__client", "receiver__client").get(pk=posted.id)
    details = {
        "asset": operation.asset.code, "quantity": operation.quantity, "fee": fee, "sender": operation.sender.reference,
        "receiver": operation.receiver.reference,
    }  # fmt: skip
    record(action="transactions.sent", actor=actor, subject=posted.subject, details=details, comment=wanted.comment, now=now)
    tell_both(operation, fee=fee, now=now)
    return operation, fee


def _came_of(quote: TransferQuote) -> Sent | None:
    hold = Hold.objects.filter(key=quote.key).first()
    if hold is not None:
        return Sent(None, hold)
    group = Group.objects.filter(idempotency_key=quote.key).first()
    if group is None:
        return None
    return Sent(Operation.objects.filter(group_id=group.pk, type=OperationType.P2P_TRANSFER).get(), None)


def _check_parties(sender: Wallet, receiver: Wallet, asset: Asset) -> None:
    """What can be said before anything is locked; the ledger says the rest, and these again."""
    if sender.client_id is None or receiver.client_id is None:
        raise WalletsDoNotFitType(field="receiver")
    if sender.client_id == receiver.client_id:
        raise ToOneself(_("You can't send to a wallet of your own."), field="receiver")
    if not asset.p2p:
        raise AssetNotP2P(field="asset")


def forget_quotes(*, now: datetime) -> int:
    """Delete the quotes whose time has been over for a day; how many."""
    return TransferQuote.objects.filter(expires_at__lt=now - QUOTES_KEPT).delete()[0]
