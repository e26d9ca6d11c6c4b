"""The jobs of this app; each can be repeated, late, or run by many at once."""

import time

import structlog
from celery import shared_task
from django.utils import timezone

from tiers.services import recurring

log = structlog.get_logger()
LONGEST = 3000  # seconds; the next hour goes on


@shared_task(time_limit=3400, soft_time_limit=3300)
def charge_recurring() -> None:
    """Write down the periods that have come, and charge what is due (TIE-05)."""
    started, paid, tried = time.monotonic(), 0, 0
    written = recurring.write_due(now=timezone.now())
    while (waiting := recurring.charges_to_try(now=timezone.now())) and time.monotonic() - started < LONGEST:
        for charge_id in waiting:
            paid += recurring.try_charge(charge_id=charge_id, now=timezone.now())
            tried += 1
    if written or tried:
        log.info("recurring_fees", written=written, tried=tried, paid=paid)
