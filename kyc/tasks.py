"""Wake-up calls and the sweepers that need none (DESIGN section 6)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from kyc.services import asking, inbox, starting
from kyc.services.documents import expiry, store

log = structlog.get_logger()
AT_ONCE = 200  # rows of one sweep, and
SECONDS = 60  # how long it goes on, where each of them waits for a provider that hangs; the next one comes soon


@contextmanager
def _alone() -> Iterator[bool]:
    """Of the sweeps that ask providers one runs at a time: a provider that hangs holds up one worker process, not other jobs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('kyc sweeps'))")
        held = cursor.fetchone()[0]
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('kyc sweeps'))")


def _each(rows: QuerySet[Any], provider: str, work: Callable[[int], bool]) -> None:
    """Those rows, but no more of a provider that gives no usable answer. One that breaks doesn't keep the others waiting; it is logged,
    and swept again next time."""
    ends, silent = monotonic() + SECONDS, set()
    with _alone() as alone:
        for row_id, code in list(rows.values_list("pk", provider)[:AT_ONCE]) if alone else []:
            if monotonic() > ends:
                return
            if code in silent:
                continue
            try:
                if not work(row_id):
                    silent.add(code)
            except SoftTimeLimitExceeded:
                raise
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
    _each(starting.to_start(timezone.now()), "provider", lambda case_id: starting.start_case(case_id=case_id, now=timezone.now()))


@shared_task
def sweep_messages() -> None:
    _each(inbox.due(timezone.now()), "provider", lambda message_id: inbox.process_message(message_id=message_id, now=timezone.now()))


@shared_task
def forget_messages() -> None:
    if forgotten := inbox.forget_contents(now=timezone.now()):
        log.info("messages_forgotten", count=forgotten)


@shared_task
def poll_providers() -> None:
    """Cases from whose provider nothing came: it is asked (KYC-05)."""
    _each(
        asking.due(timezone.now()),
        "case__provider",
        lambda case_id: asking.ask_provider(case_id=case_id, now=timezone.now()) != asking.Asked.FAILED,
    )


@shared_task
def watch_documents() -> None:
    """Every hour: documents that are about to lapse, and those that have."""
    expiry.watch_expiry(now=timezone.now())


@shared_task
def sweep_document_files() -> None:
    """Every night: files of uploads that never came to a row."""
    store.sweep(now=timezone.now())
