"""The settlement's jobs, on a queue of their own whose worker alone holds the operator's key (CHN-06).

Beat starts each of them every few seconds and every commit kicks them; a lost message loses nothing.
"""

from celery import shared_task
from django.utils import timezone

from chain import services
from chain.enums import HaltReason
from chain.models import Lane
from chain.services.anchors import anchor_due, store_confirmed_anchors
from chain.services.comparing import request_nightly, run_due
from core.actors import SystemActor
from core.tasks import enqueue

EXPIRES = 30  # seconds: after a pause of the worker, old wake-up calls are thrown away instead of worked off


@shared_task(expires=EXPIRES)
def build() -> None:
    """Turn what waits into signed transactions, and send them."""
    if services.build(now=timezone.now()):
        services.broadcast(now=timezone.now(), resend=False)
        enqueue("chain.tasks.track")


@shared_task(expires=EXPIRES)
def broadcast() -> None:
    services.broadcast(now=timezone.now())


@shared_task(expires=EXPIRES)
def track() -> None:
    """Follow what was sent; in demo mode, rebuild a chain that was lost."""
    services.track(now=timezone.now())
    lane = Lane.objects.filter(halt_reason=HaltReason.WRONG_CHAIN).first()
    if lane is not None:
        services.rebuild_for_demo(lane=lane, actor=SystemActor("settlement"), now=timezone.now())
    if services.waiting():
        enqueue("chain.tasks.build")


@shared_task
def anchor() -> None:
    """Once a day: put the digest of the audit trail on the chain, and note where those stand that have got there."""
    anchor_due(now=timezone.now())
    store_confirmed_anchors(now=timezone.now())


@shared_task
def compare() -> None:
    """Comparisons with the ledger that somebody has asked for (CHN-08)."""
    run_due(now=timezone.now())


@shared_task
def compare_nightly() -> None:
    request_nightly(now=timezone.now())
