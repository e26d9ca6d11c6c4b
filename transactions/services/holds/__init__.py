"""Transactions on hold until their client's level is above the held ones (LIM-09)."""

from transactions.services.holds.door import HeldBefore, hold_if_level
from transactions.services.holds.ending import HOLDS, ReasonNeeded, cancel_hold, expire_holds, move_of
from transactions.services.holds.going_on import clients_to_recheck, recheck, resume_hold, resumer_of_holds
from transactions.services.holds.levels import HELD_TYPES, held_levels, is_held_level
from transactions.services.holds.registry import Resumer, register_resumer, resumers
from transactions.services.holds.stuck import no_longer_stuck, standing_alone

__all__ = [
    "HELD_TYPES", "HOLDS", "HeldBefore", "ReasonNeeded", "Resumer", "cancel_hold", "clients_to_recheck", "expire_holds", "held_levels", "hold_if_level",
    "is_held_level", "move_of", "no_longer_stuck", "recheck", "register_resumer", "resume_hold", "resumer_of_holds", "resumers", "standing_alone",
]  # fmt: skip
