"""Taking back in the ledger what the chain could not do (CHN-04)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from chain.models import ChainOp
from core.actors import Actor
from core.errors import DomainError
from ledger.enums import OperationType
from ledger.models import Operation
from ledger.services.posting import Cause, Move, post


class CannotBeCompensated(DomainError):
    """What the operation gave can't be taken back by a movement."""

    code = "cannot_be_compensated"


def compensate(operation: ChainOp, *, actor: Actor, now: datetime, comment: str) -> int:
    """Post the opposite movement of the operation that the chain rejected, as an adjustment; returns its id.

    Runs in the caller's transaction. Raises what `post` raises (the receiver may have spent it), and CannotBeCompensated
    where the receiver was given a transaction count that no movement takes back.
    """
    if operation.operation_id is None:
        raise CannotBeCompensated(_("The ledger has no movement for it: remove the cause and try again."))
    original = Operation.objects.select_related("asset", "sender", "receiver").get(pk=operation.operation_id)
    if original.count_credit:
        raise CannotBeCompensated(
            _("The operation gave %(count)d transactions, which can't be taken back: remove the cause and try again.")
            % {"count": original.count_credit}
        )
    sender_counts = original.asset.limits_transactions and original.sender.client_id is not None
    posted = post(
        moves=[
            Move(
                type=OperationType.ADJUSTMENT,
                asset=original.asset,
                sender=original.receiver,
                receiver=original.sender,
                quantity=original.quantity,
                comment=comment,
                count=original.count_debit if sender_counts else None,
            )
        ],
        actor=actor,
        now=now,
        cause=Cause.of(original),
        idempotency_key=f"void:{original.reference}",
    )
    return posted.operations[0].id
