"""Runs of the verification: asked for by a person or the clock, done by a worker, told on the page (AUD-04)."""

from datetime import date, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.enums import VerificationStatus
from audit.models import Verification
from audit.selectors import chain_lag
from audit.services.chaining import chain_events
from audit.services.recording import record
from audit.services.verification import Verified, verify
from core.actors import Actor, SystemActor
from core.registries import extensions
from core.subjects import Subject

log = structlog.get_logger()
SYSTEM = SystemActor("audit")
LEASE = timedelta(minutes=30)
WAITING = [VerificationStatus.QUEUED, VerificationStatus.RUNNING]
CHAIN = Subject("audit.chain", "1", "audit chain")


def request_verification(*, actor: Actor, now: datetime) -> Verification:
    """Ask for a run over the whole chain; while one waits or runs, that one is returned."""
    with transaction.atomic(durable=True):
        if waiting := Verification.objects.filter(status__in=WAITING).order_by("id").first():
            return waiting
        run = Verification.objects.create(requested_by=actor.actor_label, requested_at=now)
        record(action="audit.verification_requested", actor=actor, subject=run, now=now)
    return run


def queue_nightly_run(*, now: datetime) -> Verification:
    return request_verification(actor=SYSTEM, now=now)


def run_due_verifications(*, now: datetime) -> None:
    """Do one run that waits, or one whose worker died (its lease is over); a broken chain raises an alarm."""
    with transaction.atomic(durable=True):
        run = (
            Verification.objects.filter(Q(status=VerificationStatus.QUEUED) | Q(status=VerificationStatus.RUNNING, lease_until__lt=now))
            .select_for_update(skip_locked=True)
            .order_by("id")
            .first()
        )
        if run is None:
            return
        run.status, run.lease_until = VerificationStatus.RUNNING, now + LEASE
        run.save(update_fields=["status", "lease_until"])
    anchors, unread = anchored_outside()
    finish(run, verify(anchors=anchors), unread=unread, now=timezone.now())


def finish(run: Verification, result: Verified, *, unread: str, now: datetime) -> None:
    with transaction.atomic(durable=True):
        run.status = VerificationStatus.SOUND if result.sound else VerificationStatus.BROKEN
        run.finished_at, run.events, run.head, run.reason = now, result.events, result.head.hex(), unread
        if result.broken:
            run.broken_event, run.reason = result.broken.event_name, f"link {result.broken.seq}: {result.broken.reason}"
            raise_alarm(kind="audit.broken", message=run.reason, now=now)
        run.save()
    log.info("audit_verified", status=run.status, events=run.events, reason=run.reason)


def watch_lag(*, now: datetime) -> None:
    """A transaction that stays open holds the chain back: say so before anybody relies on it."""
    lag = chain_lag()
    if not lag.alarming(now):
        for door in extensions("alerts", "settle"):
            door(kind="audit.chain_lag", subject=CHAIN, note=_("The chain has caught up."), now=now)
    else:
        log.error("audit_chain_lag", events=lag.events, seconds=int(lag.age(now).total_seconds()))
        with transaction.atomic(durable=True):
            raise_alarm(
                kind="audit.chain_lag", message=f"{lag.events} events wait, the oldest since {lag.oldest:%Y-%m-%d %H:%M} UTC", now=now
            )


def faults(now: datetime) -> list[str]:
    """The trail's part of `manage.py verify`: link what can be linked, walk everything, name what is broken."""
    chain_events()
    anchors, _unread = anchored_outside()
    result = verify(anchors=anchors)
    if result.broken is None:
        return []
    return [f"link {result.broken.seq} {result.broken.event_name}: {result.broken.reason}"]


def anchored_outside() -> tuple[dict[date, bytes], str]:
    """The digests that stand on the chain (day -> SHA-256), as far as a higher app can tell them, and in words what it
    could not: a node that is down must not keep the trail itself from being verified."""
    found: dict[date, bytes] = {}
    for anchors in extensions("audit.verify", "anchors"):
        try:
            found |= anchors()
        except Exception as error:
            log.warning("audit_anchors_unread", error=str(error))
            return {}, _("Not compared with the anchors, which can't be read now: %(error)s") % {"error": str(error)[:150]}
    return found, ""


def raise_alarm(*, kind: str, message: str, now: datetime) -> None:
    """Alerts are a neighbour's on this floor: it has put its door into the registry."""
    for door in extensions("alerts", "door"):
        door(kind=kind, subject=CHAIN, message=message, now=now)
