"""Bulk actions: the selection is fixed when it is confirmed, and done in the background, each row once (UIX-08, UIX-05).

A run is a job (kit.jobs). The outcome of a row is written in the transaction of its change, and that transaction commits only
while the worker holds the run: whatever is killed, the next worker goes on with the rows that still wait.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import EmptyResultSet
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.errors import QueryCanceled

from accounts.models import User
from core.errors import DomainError
from core.lookups import one_of
from core.references import new_reference
from core.tasks import enqueue
from core.transactions import enclosing
from kit import jobs
from kit.bulk.offers import action_named
from kit.enums import BulkOutcome
from kit.models import BulkRow, BulkRun
from kit.pages import SIGNED_IN
from kit.timeouts import statement_timeout

log = structlog.get_logger()
AT_MOST = 250_000  # rows in one run
FREEZE_TIMEOUT_MS = 30_000
CHUNK = 2000  # rows in one transaction, where the action does them together: a fifth of a second at most
ROWS = 100  # read at once, where it does them one by one
KEPT = timedelta(days=90)
LONGEST = 1200  # seconds that one task works; then it hands over
NOTHING_THERE = gettext_lazy("None of these rows is there any more.")
NOT_SEEN = gettext_lazy("You may not see this any more.")
NOT_DONE = (BulkOutcome.WAITING, BulkOutcome.REFUSED, BulkOutcome.FAILED)
OURS = (jobs.Stopped, jobs.RightGone, SoftTimeLimitExceeded, OperationalError, InterfaceError)  # about the worker, not about a row


class TooManyRows(DomainError):
    code = "too_many_rows"
    status = 422


class NoRows(DomainError):
    """None of the rows is there, or the person may see none of them."""

    code = "no_rows"
    status = 422


# --- asked for -------------------------------------------------------------------------------------------------------


def request_run(action: Any, *, rows: QuerySet[Any], values: dict[str, list[str]], actor: User, now: datetime) -> BulkRun:
    """Fix the rows and have the action done to them in the background. Raises TooManyRows, NoRows."""
    page = action.list
    objects = page.model._default_manager.filter(pk__in=rows.order_by().values("pk")).order_by("pk")
    with transaction.atomic(durable=True):
        run = BulkRun(
            user=actor, list_path=page.list_name(), title=str(action.verb)[:120], query=page.export_query(), action=action.code,
            values=values, subject_type=page.model._meta.label_lower, language=(translation.get_language() or "en")[:2], created_at=now,
        )  # fmt: skip
        return _start(run, objects.values_list("pk", page.bulk_key), actor=actor, now=now)


def request_retry(run: BulkRun, *, actor: User, now: datetime) -> BulkRun:
    """The same once more for the rows that it was not done to. Raises NoRows."""
    with transaction.atomic(durable=True):
        again = BulkRun(
            user=actor, list_path=run.list_path, title=run.title, query=run.query, action=run.action, values=run.values,
            subject_type=run.subject_type, language=run.language, retry_of=run, created_at=now,
        )  # fmt: skip
        return _start(
            again, run.rows.filter(outcome__in=NOT_DONE).order_by("object_id").values_list("object_id", "label"), actor=actor, now=now
        )


def _start(run: BulkRun, selected: QuerySet[Any], *, actor: User, now: datetime) -> BulkRun:
    run.save()
    try:
        sql, parameters = selected[: AT_MOST + 1].query.sql_with_params()
    except EmptyResultSet:
        raise NoRows(NOTHING_THERE) from None
    into = BulkRow._meta.db_table
    try:
        with statement_timeout(FREEZE_TIMEOUT_MS), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {into} (run_id, object_id, label, outcome, message)"  # noqa: S608  our names, and the ORM's own statement
                f" SELECT %s, object_id, label, %s, '' FROM ({sql}) AS selected (object_id, label)",
                [run.pk, BulkOutcome.WAITING, *parameters],
            )
            found = cursor.rowcount
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise TooManyRows(gettext_lazy("This selection can't be fixed in time. Narrow the search.")) from error
    if found > AT_MOST:
        raise TooManyRows(gettext_lazy("At most %(most)s rows go at once. Narrow the search.") % {"most": f"{AT_MOST:,}"})
    if not found:
        raise NoRows(NOTHING_THERE)
    run.rows_total = found
    run.save(update_fields=["rows_total"])
    jobs.note(run, "requested", actor=actor, now=now, rows=found)
    enqueue("kit.tasks.run_bulk", run_id=run.pk)
    return run


# --- done ------------------------------------------------------------------------------------------------------------


def run_bulk(*, run_id: int, now: datetime) -> bool:
    """Do one run, or go on with it, if nobody else does. False where there is nothing to do."""
    return jobs.run(BulkRun, job_id=run_id, now=now, work=work)


def work(run: BulkRun) -> None:
    started, last = time.monotonic(), 0
    while True:
        action = action_of(run)
        waiting = run.rows.filter(outcome=BulkOutcome.WAITING, pk__gt=last).order_by("pk").values_list("pk", "object_id")
        chunk = list(waiting[: CHUNK if action.in_chunks else ROWS])
        if not chunk:
            break
        if time.monotonic() - started > LONGEST:
            jobs.hand_back(run)
            enqueue("kit.tasks.run_bulk", run_id=run.pk)
            return
        if not (action.in_chunks and _do_together(run, action, chunk)):
            for row_id, object_id in chunk:
                _do_one(run, action, row_id, object_id)
        last = chunk[-1][0]
        run.attempts = 0  # it gets on: what kills a worker now and then must not end it
    run.refresh_from_db(fields=["changed", "refused", "failed"])
    jobs.finish(run, verb="ended", said={"changed": run.changed, "refused": run.refused, "failed": run.failed})


def action_of(run: BulkRun) -> Any:
    """The action on its list, with the rights that its person has now. Raises RightGone where those don't reach."""
    page = import_string(run.list_path)()
    page.request = HttpRequest()
    page.request.method, page.request.GET, page.request.user = "GET", QueryDict(run.query), User.objects.get(pk=run.user_id)
    found, held = action_named(page, run.action), page.request.user.rights
    if found is None or found.right not in held or (page.right != SIGNED_IN and page.right not in held):
        raise jobs.RightGone
    action, data = found(), QueryDict(mutable=True)
    action.list, action.request = page, page.request
    for name, values in run.values.items():
        data.setlist(name, values)
    form = action.make_form(data)
    if not form.is_valid():
        raise ValueError(f"the form of {run.action} fits no longer: {form.errors.as_json()}")
    action.values = form.cleaned_data
    return action


def _do_together(run: BulkRun, action: Any, chunk: Sequence[tuple[int, int]]) -> bool:
    """All rows of the chunk in one transaction; False where one of them broke it: then each goes alone."""
    now, row_of = timezone.now(), {object_id: row_id for row_id, object_id in chunk}
    try:
        with enclosing():
            seen = set(action.list.queryset().filter(one_of("pk", row_of)).order_by().values_list("pk", flat=True))
            refusals: dict[int, Any] = dict.fromkeys(row_of.keys() - seen, NOT_SEEN)
            refusals |= action.perform_chunk(sorted(seen), action.request.user, now)
            done = [row_id for object_id, row_id in row_of.items() if object_id not in refusals]
            _write(run, done, BulkOutcome.CHANGED)
            for reason in set(map(str, refusals.values())):
                _write(run, [row_of[pk] for pk, why in refusals.items() if str(why) == reason], BulkOutcome.REFUSED, reason)
            _advance(run, len(chunk), changed=len(done), refused=len(refusals))
    except OURS:
        raise
    except Exception as error:
        log.info("bulk_chunk_goes_row_by_row", run=run.reference, error=str(error))
        return False
    return True


def _do_one(run: BulkRun, action: Any, row_id: int, object_id: int) -> None:
    """One row in a transaction of its own; what it refuses, or what breaks, stands beside it and stops nobody else."""
    try:
        with enclosing():
            _change(action, object_id)
            _write(run, [row_id], BulkOutcome.CHANGED)
            _advance(run, 1, changed=1)
    except OURS:
        raise
    except DomainError as error:
        _keep(run, row_id, BulkOutcome.REFUSED, str(error), refused=1)
    except Exception:
        reference = new_reference("ERR")
        log.exception("bulk_row_failed", run=run.reference, row=row_id, error_reference=reference)
        _keep(run, row_id, BulkOutcome.FAILED, _("It broke. Its reference is %s.") % reference, failed=1)


def _change(action: Any, object_id: int) -> None:
    row, actor, now = action.list.queryset().filter(pk=object_id).first(), action.request.user, timezone.now()
    if row is None:
        raise NoRows(NOT_SEEN)
    if not action.in_chunks:
        action.perform_row(row, actor, now)
    elif refusals := action.perform_chunk([object_id], actor, now):
        raise NoRows(str(refusals[object_id]))


def _keep(run: BulkRun, row_id: int, outcome: BulkOutcome, reason: str, **counted: int) -> None:
    with transaction.atomic(durable=True):
        _write(run, [row_id], outcome, reason)
        _advance(run, 1, **counted)


def _write(run: BulkRun, row_ids: Sequence[int], outcome: BulkOutcome, reason: Any = "") -> None:
    """Raises Stopped where another worker has done one of these rows."""
    waiting = BulkRow.objects.filter(one_of("pk", row_ids), outcome=BulkOutcome.WAITING)
    if waiting.update(outcome=outcome, message=str(reason)[:300]) != len(row_ids):
        raise jobs.Stopped


def _advance(run: BulkRun, rows: int, *, changed: int = 0, refused: int = 0, failed: int = 0) -> None:
    """Count, and keep the run; the last statement of a transaction, since until its commit nobody can cancel. Raises Stopped."""
    counts = {"changed": F("changed") + changed, "refused": F("refused") + refused, "failed": F("failed") + failed}
    if not jobs.held(run).update(rows_done=F("rows_done") + rows, lease_until=timezone.now() + jobs.LEASE, attempts=0, **counts):
        raise jobs.Stopped


def forget_old_rows(*, now: datetime) -> int:
    """Delete the rows of runs that ended long ago; how each ended stays with the run, and what was done in the trail. How many."""
    return BulkRow.objects.filter(run__finished_at__lt=now - KEPT).delete()[0]
