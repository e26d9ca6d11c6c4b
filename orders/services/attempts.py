"""An order that is closed without a purchase stands among all transactions as the one that didn't come to be (TXN-04)."""

from datetime import datetime

from core.actors import Actor
from ledger.enums import AttemptReason, OperationStatus
from ledger.services.attempts import note_attempt
from ledger.services.posting import Cause
from orders.models import Order
from orders.services.purchases import issuing_wallet_of, purchase_of


def note_unfulfilled(order: Order, reason: AttemptReason, *, actor: Actor, now: datetime) -> None:
    """Inside the transaction that closes the order."""
    purchase = purchase_of(
        asset=order.asset,
        issuing_wallet=issuing_wallet_of(order.asset_id) or 0,
        wallet=order.wallet_id,
        quantity=order.quantity,
        comment=order.closing_reason,
    )
    status = OperationStatus.REFUSED if reason == AttemptReason.REFUSED_BY_HAND else OperationStatus.CANCELLED
    note_attempt(move=purchase, status=status, reason=reason, cause=Cause.of(order), actor=actor, now=now)
