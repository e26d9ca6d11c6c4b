"""Linking in tests: transactions of other databases of the cluster, such as other test workers', hold the chain back too."""

import time

from audit.selectors import chain_lag
from audit.services import chain_events


def link_all(seconds: float = 120) -> int:
    """Link until nothing waits; how many it was."""
    linked, deadline = 0, time.monotonic() + seconds
    while chain_lag().events and time.monotonic() < deadline:
        done = chain_events()
        linked += done
        if not done:
            time.sleep(0.05)
    return linked
