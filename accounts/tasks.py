"""Jobs of this app."""

import structlog
from celery import shared_task
from django.utils import timezone

from accounts import throttles
from accounts.services.sessions import forget_ended

log = structlog.get_logger()


@shared_task
def forget_old_tries() -> None:
    """Nightly: counts of sign-in tries that no rule looks at any more."""
    log.info("old_tries_forgotten", rows=throttles.forget_old_tries(now=timezone.now()))


@shared_task
def forget_ended_sessions() -> None:
    """Nightly: rows of sessions that nobody ended and nobody can use any more."""
    log.info("ended_sessions_forgotten", rows=forget_ended(now=timezone.now()))
