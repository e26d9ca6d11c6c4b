"""The trail's public face: record what is done, move what has a status, chain, verify and digest what was recorded."""

from audit.services.chaining import chain_events, settle_after_restore
from audit.services.digests import make_digest, store_anchor
from audit.services.forgetting import forget
from audit.services.frames import Deed, Happening
from audit.services.reads import note_read
from audit.services.recording import record, record_alike, record_many
from audit.services.transitions import IllegalTransition, move, move_many
from audit.services.verification import verify
from core.subjects import Subject

__all__ = [
    "Deed", "Happening", "IllegalTransition", "Subject", "chain_events", "forget", "make_digest", "move", "move_many", "note_read",
    "record", "record_alike", "record_many", "settle_after_restore", "store_anchor", "verify",
]  # fmt: skip
