"""Exports made at once or in the background, by whoever may see the list, each in the trail (EXP-X1, EXP-X2, UIX-05).

A background export is a job (kit.jobs). After a killed worker it is written anew from its first row: a file is never half of
one and half of another.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from accounts.models import User
from core.tasks import enqueue
from kit import jobs
from kit.enums import ExportFormat, JobStatus, Right
from kit.exports import sheet
from kit.models import Export

log = structlog.get_logger()
AT_ONCE = 20_000  # rows; more are made in the background
PROGRESS_EVERY = 1.0  # seconds
KEPT = timedelta(days=7)


def make_at_once(page: Any, *, file: IO[bytes], form: str, actor: User, now: datetime) -> Export:
    """Write the page's rows to `file`, and note that it was done."""
    rows = sheet.write(
        file, resource=page.resource, queryset=page.export_rows(), form=form, title=page.page_title(), progress=lambda done: None
    )
    with transaction.atomic(durable=True):
        export = Export.objects.create(
            **described(page, form, actor), status=JobStatus.DONE, rows_total=rows, rows_done=rows, created_at=now, finished_at=now
        )
        jobs.note(export, "made", actor=actor, now=now, rows=rows)
    return export


def request_export(page: Any, *, form: str, actor: User, now: datetime) -> Export:
    """Have the page's rows written in the background."""
    with transaction.atomic(durable=True):
        export = Export.objects.create(**described(page, form, actor), created_at=now)
        jobs.note(export, "requested", actor=actor, now=now)
        enqueue("kit.tasks.make_export", export_id=export.pk)
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


def run_export(*, export_id: int, now: datetime) -> bool:
    """Make one export if nobody else does. False where there is nothing to do."""
    return jobs.run(Export, job_id=export_id, now=now, work=make_file)


def make_file(export: Export) -> None:
    """Write the file, from its first row on, whatever an earlier worker left."""
    draft = path_of(export).with_suffix(".part")
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with draft.open("wb") as file:
            rows = write_rows(export, file)
        draft.rename(path_of(export))
        jobs.finish(export, verb="made", rows_done=rows, rows_total=rows, size=path_of(export).stat().st_size)
    except BaseException:
        path_of(export).unlink(missing_ok=True)
        raise
    finally:
        draft.unlink(missing_ok=True)


def write_rows(export: Export, file: IO[bytes]) -> int:
    page = page_of(export)
    if not (export.user.is_active and export.user.has_right(page.right) and export.user.has_right(Right.EXPORTS_MAKE)):
        raise jobs.RightGone
    queryset = page.export_rows()
    Export.objects.filter(pk=export.pk).update(rows_total=queryset.order_by().count(), rows_done=0)
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
                [done, timezone.now() + jobs.LEASE, export.pk, export.lease_token, JobStatus.RUNNING],
            )
            if not cursor.rowcount:
                raise jobs.Stopped

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


def path_of(export: Export) -> Path:
    """Where the file of this lease is kept: another worker's attempt has another name."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"{export.reference}-{export.lease_token}.{export.format}"


def file_name(export: Export) -> str:
    words = "".join(char if char.isascii() and char.isalnum() else "-" for char in export.list_path.rsplit(".", 1)[-1].lower())
    return f"{words}-{timezone.localtime(export.created_at):%Y-%m-%d}.{export.format}"


def content_type(form: str) -> str:
    return f"{sheet.SHEET_TYPE}.sheet" if form == ExportFormat.XLSX else "text/csv; charset=utf-8"


def remove_old_files(*, now: datetime) -> int:
    """Delete files older than a week, and what dead workers left. How many."""
    directory, removed = Path(settings.MEDIA_ROOT) / "exports", 0
    for file in directory.glob("EXP-*") if directory.exists() else ():
        if file.stat().st_mtime < (now - KEPT).timestamp():
            file.unlink(missing_ok=True)
            removed += 1
    return removed
