"""Jobs of this app."""

import structlog
from celery import shared_task
from django.utils import timezone

from accounts import throttles

log = structlog.get_logger()


@shared_task
def forget_old_tries() -> None:
    """Nightly: counts of sign-in tries that no rule looks at any more."""
    log.info("old_tries_forgotten", rows=throttles.forget_old_tries(now=timezone.now()))
