"""Comparisons of the chain with the ledger (CHN-08): asked for here, done by the ledger, which registers itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from audit.services import record
from chain.client import NodeRefused, NodeUnreachable
from chain.enums import ComparisonStatus
from chain.models import Comparison, Lane
from chain.services.alerts import Alert, over, tell
from core.actors import Actor, SystemActor
from core.registries import extensions
from core.tasks import enqueue

DIFFERENCES_KEPT = 500
NIGHTLY_EVERY = timedelta(hours=20)


@dataclass(frozen=True)
class Difference:
    """One wallet's balance of one asset, in the asset's units, and its remaining count."""

    asset: str
    wallet: str
    address: str
    ledger_balance: str
    chain_balance: str
    ledger_count: int
    chain_count: int


@dataclass(frozen=True)
class Compared:
    """What a comparison has found at one block; `unsettled` operations were taken off the ledger's side."""

    block: int
    wallets: int
    unsettled: int
    differences: Sequence[Difference]


Comparer = Callable[[], Compared]


@transaction.atomic(durable=True)
def request_comparison(*, actor: Actor, now: datetime) -> Comparison:
    """Ask for a comparison; one that waits already is returned."""
    waiting = Comparison.objects.filter(status=ComparisonStatus.QUEUED).first()
    if waiting is not None:
        return waiting
    run = Comparison.objects.create(requested_by=actor.actor_label, requested_at=now)
    record(action="chain.comparison_requested", actor=actor, subject=run, now=now)
    enqueue("chain.tasks.compare")
    return run


def request_nightly(*, now: datetime) -> None:
    """Once a night, however often it is called."""
    if not Comparison.objects.filter(requested_at__gt=now - NIGHTLY_EVERY, requested_by=SystemActor("nightly").actor_label).exists():
        request_comparison(actor=SystemActor("nightly"), now=now)


def run_due(*, now: datetime) -> int:
    """Do what was asked for; returns how many. Repeating it, or doing it twice at once, only reads once more."""
    done = 0
    for run in Comparison.objects.filter(status=ComparisonStatus.QUEUED).order_by("id"):
        for comparer in extensions("chain", "comparer"):
            try:
                result = comparer()
            except (NodeUnreachable, NodeRefused) as error:
                finish(run, ComparisonStatus.FAILED, error=str(error), now=now)
            else:
                status = ComparisonStatus.DIFFERENT if result.differences else ComparisonStatus.EQUAL
                finish(run, status, result=result, now=now)
            done += 1
    return done


@transaction.atomic(durable=True)
def finish(run: Comparison, status: ComparisonStatus, *, now: datetime, result: Compared | None = None, error: str = "") -> None:
    changes: dict[str, object] = {"status": status, "finished_at": now, "error": error[:300]}
    if result is not None:
        kept = [vars(difference) for difference in result.differences[:DIFFERENCES_KEPT]]
        changes |= {
            "block": result.block,
            "wallets": result.wallets,
            "unsettled": result.unsettled,
            "different": len(result.differences),
            "differences": kept,
        }
    if not Comparison.objects.filter(pk=run.pk, status=ComparisonStatus.QUEUED).update(**changes):
        return
    lane = Lane.objects.first()
    if lane is None or result is None:
        return
    if result.differences:
        message = f"{len(result.differences)} balances differ at block {result.block}: see comparison {run.reference}."
        tell(Alert.DIFFERENT, lane=lane, message=message, now=now)
    else:
        over(Alert.DIFFERENT, lane=lane, now=now)
