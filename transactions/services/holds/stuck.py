"""What is on hold and breaks when it is checked again or ended: each stands alone, with an alert while it lasts (LIM-09, NOT-03)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from core.subjects import Subject
from messaging.services import raise_alert, settle_alert

STUCK = "transactions.hold_stuck"  # the alert's kind
OVER = (OperationalError, InterfaceError, SoftTimeLimitExceeded)  # the database is gone, or the time is up: nothing of it is the row's

log = structlog.get_logger()


@contextmanager
def standing_alone(waiting: QuerySet[Any], *, id: int, reference: str, now: datetime) -> Iterator[None]:  # noqa: A002 - the row's
    """Around what is done, in a transaction of its own, to one of the rows that wait: where it breaks, that is logged and raises an
    alert, once while it is open, and the caller goes on with the next. Raises what ends the whole run (`OVER`)."""
    try:
        yield
    except OVER:
        raise
    except Exception as error:
        log.exception("hold_stuck", hold=reference)
        _alarm(waiting.filter(pk=id), Subject(waiting.model._meta.label_lower, str(id), reference), error, now=now)


@transaction.atomic(durable=True)
def _alarm(row: QuerySet[Any], about: Subject, error: Exception, *, now: datetime) -> None:
    """Under the row's lock: one that has ended meanwhile raises nothing, and one that ends now finds the alert to settle."""
    if row.select_for_update(no_key=True).values_list("pk").first() is None:
        return
    message = _("An unexpected error (%(error)s) keeps %(reference)s from going on. It is tried again by itself; the log says more.")
    words = message % {"reference": about.reference, "error": type(error).__name__}
    raise_alert(kind=STUCK, subject=about, message=words, now=now)


def no_longer_stuck(row: Model, *, now: datetime) -> None:
    """Inside the transaction in which it goes on, ends, or waits on for a reason that is known."""
    settle_alert(kind=STUCK, subject=row, note=_("It was checked again, or has ended."), now=now)
