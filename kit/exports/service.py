"""Exports made at once or in the background, by whoever may see the list, each in the trail (EXP-X1, EXP-X2, UIX-05).

A background export is a row; its worker holds a lease and renews it as it goes. A killed worker's lease ends, the sweeper
sends the export again, and it is written anew from its first row: a file is never half of one and half of another.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from accounts.models import User
from audit.services import record
from core.actors import Actor, SystemActor
from core.references import new_reference
from core.tasks import enqueue
from kit.enums import OPEN_EXPORTS, ExportFormat, ExportStatus, Right
from kit.exports import sheet
from kit.models import Export

log = structlog.get_logger()
AT_ONCE = 20_000  # rows; more are made in the background
LEASE = timedelta(seconds=120)
PROGRESS_EVERY = 1.0  # seconds
ATTEMPTS = 3
KEPT = timedelta(days=7)
WORKER = SystemActor("exports")


class Stopped(Exception):
    """The export was cancelled, or another worker has its lease."""


def make_at_once(page: Any, *, file: IO[bytes], form: str, actor: User, now: datetime) -> Export:
    """Write the page's rows to `file`, and note that it was done."""
    rows = sheet.write(
        file, resource=page.resource, queryset=page.export_rows(), form=form, title=page.page_title(), progress=lambda done: None
    )
    with transaction.atomic(durable=True):
        export = Export.objects.create(
            **described(page, form, actor), status=ExportStatus.DONE, rows_total=rows, rows_done=rows, created_at=now, finished_at=now
        )
        note("exports.made", export, actor=actor, now=now, rows=rows)
    return export


def request_export(page: Any, *, form: str, actor: User, now: datetime) -> Export:
    """Have the page's rows written in the background."""
    from kit.tasks import make_export  # noqa: PLC0415 - tasks load this module

    with transaction.atomic(durable=True):
        export = Export.objects.create(**described(page, form, actor), created_at=now)
        note("exports.requested", export, actor=actor, now=now)
        enqueue(make_export, export_id=export.pk)
    return export


def described(page: Any, form: str, actor: User) -> dict[str, Any]:
    return {
        "user": actor,
        "list_path": page.list_name(),
        "title": page.page_title()[:120],
        "query": page.export_query(),
        "format": form,
        "language": (translation.get_language() or "en")[:2],
    }


def note(action: str, export: Export, *, actor: Actor, now: datetime, **details: Any) -> None:
    record(
        action=action,
        actor=actor,
        subject=export,
        details={"list": export.list_path, "format": export.format, "filter": sorted(QueryDict(export.query)), **details},
        now=now,
    )


def run_export(*, export_id: int, now: datetime) -> bool:
    """Make one export if nobody else does. False where there is nothing to do."""
    token = uuid4()
    waiting = Q(status=ExportStatus.QUEUED) | Q(status=ExportStatus.RUNNING, lease_until__lt=now)
    claimed = Export.objects.filter(waiting, pk=export_id).update(
        status=ExportStatus.RUNNING, lease_token=token, lease_until=now + LEASE, rows_done=0
    )
    if not claimed:
        return False
    export = Export.objects.select_related("user").get(pk=export_id)
    if export.attempts >= ATTEMPTS:  # its workers died, each time
        fail(export, new_reference("ERR"))
        return False
    export.attempts += 1
    export.save(update_fields=["attempts"])
    draft = path_of(export).with_suffix(".part")
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with translation.override(export.language), timezone.override(settings.INSTANCE_TIME_ZONE), draft.open("wb") as file:
            rows = write_rows(export, file)
        draft.rename(path_of(export))
        with transaction.atomic(durable=True):
            finish(export, ExportStatus.DONE, rows_done=rows, rows_total=rows, size=path_of(export).stat().st_size)
            note("exports.made", export, actor=export.user, now=timezone.now(), rows=rows)
    except Stopped:
        path_of(export).unlink(missing_ok=True)
        log.info("export_stopped", export=export.reference)
    except Exception:  # whatever broke, the person sees it, and the next attempt may do better
        path_of(export).unlink(missing_ok=True)
        reference = new_reference("ERR")
        log.exception("export_failed", export=export.reference, error_reference=reference, attempt=export.attempts)
        if export.attempts >= ATTEMPTS:
            fail(export, reference)
        else:
            Export.objects.filter(pk=export.pk, lease_token=token, status=ExportStatus.RUNNING).update(lease_until=timezone.now())
    finally:
        draft.unlink(missing_ok=True)
    return True


def write_rows(export: Export, file: IO[bytes]) -> int:
    page = page_of(export)
    if not (export.user.is_active and export.user.has_right(page.right) and export.user.has_right(Right.EXPORTS_MAKE)):
        log.warning("export_right_gone", export=export.reference)
        raise PermissionError("the right to this list is gone")
    queryset = page.export_rows()
    Export.objects.filter(pk=export.pk).update(rows_total=queryset.order_by().count())
    own = connection.copy()  # the rows' transaction holds the other one until the last row
    last = time.monotonic()

    def progress(done: int) -> None:
        nonlocal last
        if time.monotonic() - last < PROGRESS_EVERY:
            return
        last = time.monotonic()
        with own.cursor() as cursor:
            cursor.execute(
                "UPDATE kit_export SET rows_done = %s, lease_until = %s WHERE id = %s AND lease_token = %s AND status = %s",
                [done, timezone.now() + LEASE, export.pk, export.lease_token, ExportStatus.RUNNING],
            )
            if not cursor.rowcount:
                raise Stopped

    try:
        return sheet.write(file, resource=page.resource, queryset=queryset, form=export.format, title=export.title, progress=progress)
    finally:
        own.close()


def page_of(export: Export) -> Any:
    """The list page as its person asked for it, without a browser."""
    request = HttpRequest()
    request.method, request.GET, request.user = "GET", QueryDict(export.query), export.user
    page = import_string(export.list_path)()
    page.request = request
    return page


def finish(export: Export, status: str, **fields: Any) -> None:
    """End the export under its lease. Raises Stopped where it is no longer ours."""
    fields |= {"status": status, "finished_at": timezone.now(), "lease_until": None}
    if not Export.objects.filter(pk=export.pk, lease_token=export.lease_token, status=ExportStatus.RUNNING).update(**fields):
        raise Stopped


def fail(export: Export, reference: str) -> None:
    with transaction.atomic(durable=True):
        Export.objects.filter(pk=export.pk, lease_token=export.lease_token, status=ExportStatus.RUNNING).update(
            status=ExportStatus.FAILED, finished_at=timezone.now(), lease_until=None, error_reference=reference
        )
        note("exports.failed", export, actor=WORKER, now=timezone.now(), error_reference=reference)


def cancel_export(*, export: Export, actor: Actor, now: datetime) -> bool:
    """Stop an export; its worker sees it within seconds. False where it had ended already."""
    with transaction.atomic(durable=True):
        stopped = Export.objects.filter(pk=export.pk, status__in=OPEN_EXPORTS).update(
            status=ExportStatus.CANCELLED, finished_at=now, lease_until=None
        )
        if stopped:
            note("exports.cancelled", export, actor=actor, now=now)
    return bool(stopped)


def path_of(export: Export) -> Path:
    """Where the file of this lease is kept: another worker's attempt has another name."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"{export.reference}-{export.lease_token}.{export.format}"


def file_name(export: Export) -> str:
    words = "".join(char if char.isascii() and char.isalnum() else "-" for char in export.list_path.rsplit(".", 1)[-1].lower())
    return f"{words}-{timezone.localtime(export.created_at):%Y-%m-%d}.{export.format}"


def content_type(form: str) -> str:
    return f"{sheet.SHEET_TYPE}.sheet" if form == ExportFormat.XLSX else "text/csv; charset=utf-8"


def waiting_exports(*, now: datetime) -> QuerySet[Export]:
    """Exports whose message was lost or whose worker died."""
    lost = Q(status=ExportStatus.QUEUED, created_at__lt=now - LEASE) | Q(status=ExportStatus.RUNNING, lease_until__lt=now)
    return Export.objects.filter(lost)


def remove_old_files(*, now: datetime) -> int:
    """Delete files older than a week, and what dead workers left. How many."""
    directory, removed = Path(settings.MEDIA_ROOT) / "exports", 0
    for file in directory.glob("EXP-*") if directory.exists() else ():
        if file.stat().st_mtime < (now - KEPT).timestamp():
            file.unlink(missing_ok=True)
            removed += 1
    return removed
