"""Jobs of the trail; each can run at any time, twice, or late."""

from celery import shared_task
from django.utils import timezone

from audit.services.chaining import chain_events
from audit.services.runs import queue_nightly_run, run_due_verifications, watch_lag


@shared_task
def chain_audit_events() -> None:
    """Every few seconds: link what has been committed, and raise the alarm when the chain is behind."""
    chain_events()
    watch_lag(now=timezone.now())


@shared_task(time_limit=1700, soft_time_limit=1690)
def verify_audit_trail() -> None:
    """Every minute: run what was asked for on the page."""
    run_due_verifications(now=timezone.now())


@shared_task
def verify_audit_nightly() -> None:
    queue_nightly_run(now=timezone.now())
