"""Transfers by hand between wallets of the platform (LED-06)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from approvals.services import require
from assets.models import Asset
from audit.services import record
from core.actors import Actor
from core.errors import DomainError
from ledger.enums import OperationType
from ledger.services.posting import Move, PostedOperation
from transactions.enums import Right
from transactions.services import pipeline
from transactions.services.decisions import keeping_refusals
from wallets.enums import WalletOwner
from wallets.models import Wallet

ACTION = "ledger.transfer"


class TransferNotAllowed(DomainError):
    """The person lacks the right for a transfer out of or between these wallets."""

    code = "transfer_not_allowed"
    status = 403


class CommentMissing(DomainError):
    code = "comment_missing"
    status = 422


def transfer_manually(
    *,
    asset: Asset,
    sender: Wallet,
    receiver: Wallet,
    quantity: Decimal,
    comment: str,
    actor: Actor,
    now: datetime,
    expires_on: date | None = None,
    count: int | None = None,
    approval_id: int | None = None,
) -> PostedOperation:
    """Move a quantity between any two open wallets, with a comment. Freezes, maximum, limits and tiers hold as for everybody.

    Who sees every organisation needs a right of its own to take from a client's wallet, and may say another expiry date (EXP-01) or
    transaction count (TXL-04); others transfer out of their own organisations' wallets alone. Raises TransferNotAllowed,
    CommentMissing, ApprovalNeeded, InvalidQuantity and what `pipeline.move` raises.
    """
    comment = comment.strip()
    if not comment:
        raise CommentMissing(_("Say what the transfer is for."), field="comment")
    _check_allowed(sender, actor, overrides=expires_on is not None or count is not None)
    payload = payload_of(asset, sender, receiver, quantity, comment, expires_on, count)
    move = Move(
        type=OperationType.MANUAL_TRANSFER, asset=asset, sender=sender, receiver=receiver, quantity=quantity, comment=comment,
        expires_on=expires_on, count=count,
    )  # fmt: skip
    with keeping_refusals(actor=actor, now=now), transaction.atomic(durable=True):
        require(action=ACTION, actor=actor, payload=payload, approval_id=approval_id)
        operation = pipeline.move(moves=[move], actor=actor, now=now).posted.operations[0]
        details = {name: payload[name] for name in ("asset", "quantity", "sender", "receiver", "expires_on", "count") if payload[name]}
        record(action="ledger.transferred", actor=actor, subject=operation.subject, details=details, comment=comment, now=now)
    return operation


def _check_allowed(sender: Wallet, actor: Actor, *, overrides: bool) -> None:
    if not actor.has_right(Right.TRANSFER):
        raise TransferNotAllowed(_("You may not transfer by hand."))
    if actor.organisation_ids is not None:
        if sender.organisation_id not in actor.organisation_ids:
            raise TransferNotAllowed(_("You may transfer out of your own organisation's wallets only."), field="sender")
        if overrides:
            raise TransferNotAllowed(_("Only the issuer sets expiry dates and transaction counts."))
    if sender.owner_type == WalletOwner.CLIENT and not actor.has_right(Right.TRANSFER_FROM_CLIENT):
        raise TransferNotAllowed(_("You may not transfer out of a client's wallet."), field="sender")


def payload_of(
    asset: Asset, sender: Wallet, receiver: Wallet, quantity: Decimal, comment: str, expires_on: date | None, count: int | None
) -> dict[str, str]:
    """What a second person approves, in public names."""
    return {
        "asset": asset.code, "sender": sender.reference, "receiver": receiver.reference, "quantity": f"{quantity:f}", "comment": comment,
        "expires_on": expires_on.isoformat() if expires_on else "", "count": "" if count is None else str(count),
    }  # fmt: skip
