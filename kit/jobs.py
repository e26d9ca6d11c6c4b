"""Long work in the background: exports and bulk actions alike (UIX-05).

A job is a row. Its worker holds it by a lease and renews that as it goes; whoever has lost the lease, or whose job was
cancelled, stops at its next step. A killed worker's lease ends, the sweeper sends the job again, and another goes on.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation

from audit.services import record
from core import instance
from core.actors import Actor, SystemActor
from core.references import new_reference
from kit.enums import OPEN_JOBS, JobStatus
from kit.models import Job
from messaging.services import notify

J = TypeVar("J", bound=Job)
log = structlog.get_logger()
LEASE = timedelta(seconds=120)
ATTEMPTS = 3  # of workers that get nowhere
WORKER = SystemActor("jobs")
ENDED = "jobs.ended"  # the kind of notification


class Stopped(Exception):
    """The job was cancelled, or another worker has its lease."""


class RightGone(Exception):
    """The person who asked for the job has lost the right to it since."""


def run(model: type[J], *, job_id: int, now: datetime, work: Callable[[J], None]) -> bool:
    """Do one job if nobody else does. False where there is nothing to do.

    `work(job)` ends it by `finish`. What it raises is logged under a reference; after ATTEMPTS of them the job has failed.
    """
    job = claim(model, job_id=job_id, now=now)
    if job is None:
        return False
    try:
        with translation.override(job.language), timezone.override(instance.time_zone()):
            work(job)
    except Stopped:
        log.info("job_stopped", job=job.reference)
    except Exception as error:  # whatever broke, the person sees it, and the next attempt may do better
        reference = new_reference("ERR")
        log.exception("job_failed", job=job.reference, error_reference=reference, attempt=job.attempts)
        if job.attempts >= ATTEMPTS or isinstance(error, RightGone):
            fail(job, reference)
        else:
            hand_back(job)
    return True


def claim(model: type[J], *, job_id: int, now: datetime) -> J | None:
    """Take the lease of a job that waits, or whose worker died; None where there is none to take."""
    waiting = Q(status=JobStatus.QUEUED) | Q(status=JobStatus.RUNNING, lease_until__lt=now)
    jobs = model._default_manager.filter(pk=job_id)
    if not jobs.filter(waiting).update(status=JobStatus.RUNNING, lease_token=uuid4(), lease_until=now + LEASE):
        return None
    job = jobs.select_related("user").get()
    if job.attempts >= ATTEMPTS:  # its workers died, each time
        fail(job, new_reference("ERR"))
        return None
    job.attempts += 1
    job.save(update_fields=["attempts"])
    return job


def held(job: Job) -> QuerySet[Any]:
    """The job's row, as long as its lease is ours."""
    return type(job)._default_manager.filter(pk=job.pk, lease_token=job.lease_token, status=JobStatus.RUNNING)


def hand_back(job: Job) -> None:
    """Let another worker go on at once."""
    held(job).update(lease_until=timezone.now())


def finish(job: Job, *, verb: str, said: dict[str, Any] | None = None, **fields: Any) -> None:
    """End the job well and say so in the trail (`said` is in its event), in one transaction.

    Raises Stopped where the lease is no longer ours.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        if not held(job).update(status=JobStatus.DONE, finished_at=now, lease_until=None, **fields):
            raise Stopped
        job.refresh_from_db(fields=["status", "rows_done", "finished_at"])
        note(job, verb, actor=job.user, now=now, rows=job.rows_done, **(said or {}))
        _tell(job, now)


def fail(job: Job, reference: str) -> None:
    now = timezone.now()
    with transaction.atomic(durable=True):
        if held(job).update(status=JobStatus.FAILED, finished_at=now, lease_until=None, error_reference=reference):
            job.status, job.error_reference = JobStatus.FAILED, reference
            note(job, "failed", actor=WORKER, now=now, error_reference=reference)
            _tell(job, now)


def cancel(job: Job, *, actor: Actor, now: datetime) -> bool:
    """Stop a job; its worker sees it within seconds. False where it had ended already."""
    with transaction.atomic(durable=True):
        stopped = (
            type(job)
            ._default_manager.filter(pk=job.pk, status__in=OPEN_JOBS)
            .update(status=JobStatus.CANCELLED, finished_at=now, lease_until=None)
        )
        if stopped:
            note(job, "cancelled", actor=actor, now=now)
    return bool(stopped)


def _tell(job: Job, now: datetime) -> None:
    """Its person learns in the bell how it has ended (UIX-05)."""
    notify(user=job.user, kind=ENDED, message=job.ending(), url=reverse(job.page, args=[job.reference]), subject=job, now=now)


def note(job: Job, verb: str, *, actor: Actor, now: datetime, **details: Any) -> None:
    """The event `<trail>.<verb>` of the job's kind, in the running transaction."""
    record(action=f"{job.trail}.{verb}", actor=actor, subject=job, details={**job.about(), **details}, now=now)


def lost(model: type[J], *, now: datetime) -> QuerySet[J]:
    """Jobs whose message was lost or whose worker died."""
    lost = Q(status=JobStatus.QUEUED, created_at__lt=now - LEASE) | Q(status=JobStatus.RUNNING, lease_until__lt=now)
    return model._default_manager.filter(lost)
