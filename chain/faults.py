"""The numbered steps of the settlement's jobs, at which tests kill a worker (CRASH_AT in its environment)."""

import os
import signal
from enum import IntEnum


class Step(IntEnum):
    BUILD_LOCKED = 1
    BUILD_SIGNED = 2  # stored, not committed
    BUILD_COMMITTED = 3
    BROADCAST_SENT = 4  # the node has it, the row does not say so
    BROADCAST_MARKED = 5
    TRACK_READ = 6  # receipts read, nothing written
    TRACK_APPLIED = 7  # operations written, not committed
    TRACK_COMMITTED = 8
    DEPLOY_STORED = 9
    DEPLOY_SENT = 10


def crash_at(step: Step) -> None:
    """Die here, as by `kill -9`, if CRASH_AT names this step; it never does outside tests."""
    if os.environ.get("CRASH_AT") == str(step.value):
        os.kill(os.getpid(), signal.SIGKILL)
