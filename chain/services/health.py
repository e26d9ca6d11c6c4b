"""How the settlement is doing, from rows alone: neither a page nor a probe asks the node (CHN-05, OPS-02)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone

from chain.enums import ChainOpStatus
from chain.models import ChainOp, Lane, NodeSample

SILENT_AFTER = timedelta(seconds=30)
SAMPLES_KEPT = timedelta(hours=25)


def node_health() -> str:
    """For /healthz/ready: an empty text, or what is wrong with the node as the settlement's worker last saw it."""
    lane = Lane.objects.first()
    if lane is None:
        return "no contract is deployed yet: run deploy_contract" if settings.CHAIN_RPC_URL else ""
    if lane.halted_at:
        return f"settlement is halted: {lane.get_halt_reason_display()}"
    if lane.seen_at is None or lane.seen_at < timezone.now() - SILENT_AFTER:
        return f"the node was last seen {lane.seen_at:%Y-%m-%d %H:%M:%S} UTC" if lane.seen_at else "the node has not been seen yet"
    return ""


def backlog() -> tuple[int, float]:
    """For /metrics: operations that are not settled, and the age of the oldest in seconds."""
    waiting = ChainOp.objects.filter(status__in=[ChainOpStatus.PENDING, ChainOpStatus.ASSIGNED, ChainOpStatus.REJECTED])
    figures = waiting.aggregate(rows=Count("id"), oldest=Min("created_at"))
    age = (timezone.now() - figures["oldest"]).total_seconds() if figures["oldest"] else 0.0
    return figures["rows"], max(age, 0.0)


def take_sample(*, now: datetime) -> None:
    """Keep how it stands, once a minute, for the page's picture of the last day (CHN-07)."""
    minute = now.replace(second=0, microsecond=0)
    if NodeSample.objects.filter(at__gte=minute).exists():
        return
    waiting, age = backlog()
    lane = Lane.objects.get()
    NodeSample.objects.bulk_create(
        [NodeSample(at=minute, answers=is_answering(lane, now=now), head_block=lane.head_block, queue=waiting, oldest_seconds=int(age))],
        ignore_conflicts=True,
    )
    NodeSample.objects.filter(at__lt=now - SAMPLES_KEPT).delete()


def is_answering(lane: Lane, *, now: datetime) -> bool:
    return lane.seen_at is not None and lane.seen_at >= now - SILENT_AFTER and not lane.node_error
