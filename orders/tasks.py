"""Wake-up calls and the sweepers that need none (DESIGN section 6)."""

from collections.abc import Callable, Iterable
from typing import Any

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from orders import services
from orders.services.callbacks import waiting_callbacks
from orders.services.completion import due_for_completion

log = structlog.get_logger()


def _each(ids: Iterable[int], work: Callable[[int], Any]) -> None:
    """One that breaks doesn't keep the others waiting; it is logged, and swept again next time."""
    for row_id in ids:
        try:
            work(row_id)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("sweep_failed", row_id=row_id)


@shared_task
def complete_paid_order(order_id: int) -> None:
    services.try_completion(order_id=order_id, now=timezone.now())


@shared_task
def work_on_callback(callback_id: int) -> None:
    services.process_callback(callback_id=callback_id, now=timezone.now())


@shared_task
def sweep_paid_orders() -> None:
    """Whatever became of the messages: every paid order whose attempt is due is tried."""
    now = timezone.now()
    _each(due_for_completion(now=now), lambda order_id: services.try_completion(order_id=order_id, now=now))


@shared_task
def sweep_callbacks() -> None:
    now = timezone.now()
    _each(waiting_callbacks(), lambda callback_id: services.process_callback(callback_id=callback_id, now=now))


@shared_task
def sweep_unpaid_orders() -> None:
    """Those that nobody paid, and those that waited for their client's level, in the time they had."""
    now = timezone.now()
    _each(services.unpaid(now=now), lambda order_id: services.cancel_if_unpaid(order_id=order_id, now=now))
    services.expire_held(now=now)
