"""Wake-up calls and the sweepers that need none (DESIGN section 6)."""

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

import structlog
from celery import shared_task
from django.utils import timezone

from kyc.services import asking, inbox, starting
from kyc.services.documents import expiry, store

log = structlog.get_logger()
AT_ONCE = 200  # rows of one sweep, and
SECONDS = 60  # how long it goes on, where each of them waits for a provider that hangs; the next one comes soon


def _each(ids: Iterable[int], work: Callable[[int], Any]) -> None:
    """One that breaks doesn't keep the others waiting; it is logged, and swept again next time."""
    ends = monotonic() + SECONDS
    for row_id in list(ids):
        if monotonic() > ends:
            return
        try:
            work(row_id)
        except Exception:
            log.exception("sweep_failed", row_id=row_id)


@shared_task
def start_case(case_id: int) -> None:
    starting.start_case(case_id=case_id, now=timezone.now())


@shared_task
def ask_about_case(case_id: int) -> None:
    asking.ask_provider(case_id=case_id, now=timezone.now())


@shared_task
def work_on_message(message_id: int) -> None:
    inbox.process_message(message_id=message_id, now=timezone.now())


@shared_task
def sweep_starts() -> None:
    """Whatever became of the messages: every case whose attempt is due is started."""
    ids = starting.to_start(timezone.now()).values_list("pk", flat=True)[:AT_ONCE]
    _each(ids, lambda case_id: starting.start_case(case_id=case_id, now=timezone.now()))


@shared_task
def sweep_messages() -> None:
    ids = inbox.due(timezone.now()).values_list("pk", flat=True)[:AT_ONCE]
    _each(ids, lambda message_id: inbox.process_message(message_id=message_id, now=timezone.now()))


@shared_task
def forget_messages() -> None:
    if forgotten := inbox.forget_contents(now=timezone.now()):
        log.info("messages_forgotten", count=forgotten)


@shared_task
def poll_providers() -> None:
    """Cases from whose provider nothing came: it is asked (KYC-05)."""
    ids = asking.due(timezone.now()).values_list("pk", flat=True)[:AT_ONCE]
    _each(ids, lambda case_id: asking.ask_provider(case_id=case_id, now=timezone.now()))


@shared_task
def watch_documents() -> None:
    """Every hour: documents that are about to lapse, and those that have."""
    expiry.watch_expiry(now=timezone.now())


@shared_task
def sweep_document_files() -> None:
    """Every night: files of uploads that never came to a row."""
    store.sweep(now=timezone.now())
