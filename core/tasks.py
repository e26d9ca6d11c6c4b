"""Waking a task after commit. A lost message loses nothing: sweepers rebuild every task from rows (DESIGN section 6)."""

from time import monotonic
from typing import Any

import structlog
from celery import Task
from django.db import transaction
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError

log = structlog.get_logger()
WAKE_EVERY = 0.2  # seconds
_woken: dict[str, float] = {}  # task name -> when this process last woke it


def enqueue(name: str, **ids: Any) -> None:
    """Send the task of this name ("orders.tasks.complete_paid_order") with row ids once the transaction has committed; a
    broker that is down is logged, never raised. By name, because tasks call services: what wakes them must not import them.

    A task without ids looks for its own work, and beat starts it every few seconds anyhow: one message in 0.2 s is enough of
    them, since sending one costs as much as the whole transaction before it.
    """
    task: Task = import_string(name)

    def send() -> None:
        if not ids:
            now = monotonic()
            if now - _woken.get(task.name, -WAKE_EVERY) < WAKE_EVERY:
                return
            _woken[task.name] = now
        try:
            task.apply_async(kwargs=ids, retry=False)
        except (OperationalError, OSError) as error:
            log.warning("enqueue_failed", task=task.name, error=str(error), **ids)

    transaction.on_commit(send)
