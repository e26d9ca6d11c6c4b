"""What is held, and at which verification levels (LIM-09)."""

from core import instance
from ledger.enums import OperationType

HELD_TYPES = (
    OperationType.PAYMENT, OperationType.PURCHASE, OperationType.P2P_TRANSFER, OperationType.EXCHANGE, OperationType.RESELL,
)  # fmt: skip


def held_levels() -> list[int]:
    return [int(level) for level in instance.value("transactions.held_levels")]


def is_held_level(level: int) -> bool:
    """Whether what a client of this level does is held. Ask under the client's lock: a change of level waits for it."""
    return level in held_levels()
