"""The legal moves of a held transaction (LIM-09)."""

from audit.transitions import Transitions
from transactions.enums import HoldStatus

HOLD = Transitions(
    field="status",
    moves={
        HoldStatus.HELD: {
            HoldStatus.POSTED: "transactions.hold_posted",
            HoldStatus.REFUSED: "transactions.hold_refused",
            HoldStatus.CANCELLED: "transactions.hold_cancelled",
            HoldStatus.EXPIRED: "transactions.hold_expired",
        },
    },
)
