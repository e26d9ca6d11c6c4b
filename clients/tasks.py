"""Jobs of this app; each can run at any time, twice, or late."""

import structlog
from celery import shared_task
from django.utils import timezone

from clients.services import sessions, sign_ups

log = structlog.get_logger()


@shared_task
def answer_request(request_id: int) -> None:
    sign_ups.answer(request_id, now=timezone.now())


@shared_task
def sweep_requests() -> None:
    """Every few seconds: what lost its message or its worker."""
    sign_ups.sweep(now=timezone.now())


@shared_task
def forget_old() -> None:
    """Every night: codes, requests and sessions that nobody can use any more."""
    now = timezone.now()
    log.info("client_access_forgotten", requests=sign_ups.forget_old(now=now), sessions=sessions.forget_old_sessions(now=now))
