"""Shared reads."""

from ledger.models import Operation
from transactions.models import Decision


def decision_of(operation: Operation) -> Decision | None:
    """What the rules said of an operation, posted or refused; None where they had nothing to say (no client took part)."""
    return Decision.objects.filter(group_id=operation.group_id).first()
