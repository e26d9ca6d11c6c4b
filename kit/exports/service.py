"""Exports made at once or in the background, by whoever may see the list, each in the trail (EXP-X1, EXP-X2, UIX-05).

A background export is a job (kit.jobs). After a killed worker it is written anew from its first row: a file is never half of
one and half of another.
"""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.tasks import enqueue
from kit import jobs
from kit.enums import ExportFormat, JobStatus, Right
from kit.exports import provenance, sheet
from kit.models import FILES_KEPT, Export
from kit.rights import made_for

log = structlog.get_logger()
AT_ONCE = 20_000  # rows; more are made in the background
PROGRESS_EVERY = 1.0  # seconds


class NotForYou(DomainError):
    """The file holds rows that this person may not see, or not any more."""

    code = "export_not_for_you"
    status = 403


def make_at_once(page: Any, *, form: str, actor: User, now: datetime) -> Export:
    """Write the page's rows to a file that is kept for a week, and note that it was done."""
    export = described(page, form, actor, now)
    export.lease_token = uuid4()
    try:
        written = write_file(export, page, page.export_rows(), progress=lambda done: None)
        with transaction.atomic(durable=True):
            export.status, export.finished_at, export.size = JobStatus.DONE, now, path_of(export).stat().st_size
            export.rows_total = export.rows_done = written.rows
            for name, value in provenance.kept(export, page, written).items():
                setattr(export, name, value)
            export.save()
            jobs.note(export, "made", actor=actor, now=now, rows=written.rows, content_hash=export.content_hash)
    except BaseException:
        path_of(export).unlink(missing_ok=True)
        raise
    return export


def request_export(page: Any, *, form: str, actor: User, now: datetime) -> Export:
    """Have the page's rows written in the background."""
    with transaction.atomic(durable=True):
        export = described(page, form, actor, now)
        export.save()
        jobs.note(export, "requested", actor=actor, now=now)
        enqueue("kit.tasks.make_export", export_id=export.pk)
    return export


def described(page: Any, form: str, actor: User, now: datetime) -> Export:
    """The row of an export, not saved yet."""
    return Export(
        user=actor,
        list_path=page.list_name(),
        title=page.page_title()[:120],
        query=page.export_query(),
        format=form,
        scope=None if actor.organisation_ids is None else sorted(actor.organisation_ids),
        language=(translation.get_language() or "en")[:2],
        created_at=now,
    )


def write_file(export: Export, page: Any, queryset: QuerySet[Any], *, progress: Callable[[int], None]) -> sheet.Written:
    """Write the export's file, from its first row on, whatever an earlier worker left; under its own name once it is whole."""
    draft = path_of(export).with_suffix(".part")
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with draft.open("wb") as file:
            written = sheet.write(
                file, resource=page.resource, queryset=queryset, form=export.format, title=export.title, progress=progress,
                only=export.columns, totals=page.totals(), statement=partial(provenance.statement, export, page),
            )  # fmt: skip
        draft.rename(path_of(export))
    finally:
        draft.unlink(missing_ok=True)
    return written


def run_export(*, export_id: int, now: datetime) -> bool:
    """Make one export if nobody else does. False where there is nothing to do."""
    return jobs.run(Export, job_id=export_id, now=now, work=make_file)


def make_file(export: Export) -> None:
    page = page_of(export)
    try:
        written = write_rows(export, page)
        kept = provenance.kept(export, page, written)
        size = path_of(export).stat().st_size
        said = {"content_hash": written.proof.hash}
        jobs.finish(export, verb="made", said=said, rows_done=written.rows, rows_total=written.rows, size=size, **kept)
    except BaseException:
        path_of(export).unlink(missing_ok=True)
        raise


def may_export(person: User, list_path: str) -> bool:
    return person.is_active and person.has_right(import_string(list_path).right) and person.has_right(Right.EXPORTS_MAKE)


def write_rows(export: Export, page: Any) -> sheet.Written:
    """The rows that the person may see now, with the lease renewed and the cancel button heard as it goes."""
    if not may_export(export.user, export.list_path):
        raise jobs.RightGone
    queryset = page.export_rows()
    scope = None if export.user.organisation_ids is None else sorted(export.user.organisation_ids)
    Export.objects.filter(pk=export.pk).update(rows_total=queryset.order_by().count(), rows_done=0, scope=scope)
    export.scope = scope
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
        return write_file(export, page, queryset, progress=progress)
    finally:
        own.close()


def is_readers(export: Export, reader: User) -> bool:
    """Whether the file was made for this person."""
    return export.user_id == reader.pk or made_for(reader, Export.objects.filter(pk=export.pk)).exists()


def has_file(export: Export, *, now: datetime) -> bool:
    return export.expires_at is not None and export.expires_at > now and path_of(export).exists()


def check_reader(export: Export, reader: User) -> None:
    """Whether this person may have the file now: by the rights of today, and by the rows that they may see today.

    Raises NotForYou with the reason.
    """
    if not is_readers(export, reader):
        raise NotForYou(_("This file is its maker's alone. You see here that it was made, and by whom."))
    if not reader.has_right(page_of(export).right):
        raise NotForYou(_("You have lost the right to see the list that this file was made of."))
    own = reader.organisation_ids
    if own is not None and (export.scope is None or not set(export.scope) <= own):
        raise NotForYou(_("This file holds rows of organisations that you may not see any more. Export the list again."))


def page_of(export: Export) -> Any:
    """The list page as its person asked for it, without a browser."""
    return list_as(export.user, list_path=export.list_path, query=export.query)


def list_as(person: User, *, list_path: str, query: str) -> Any:
    """A list page as this person sees it under this address."""
    request = HttpRequest()
    request.method, request.GET, request.user = "GET", QueryDict(query), person
    page = import_string(list_path)()
    page.request = request
    return page


def path_of(export: Export) -> Path:
    """Where the file of this lease is kept: another worker's attempt has another name."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"{export.reference}-{export.lease_token}.{export.format}"


def file_name(export: Export) -> str:
    words = "".join(char if char.isascii() and char.isalnum() else "-" for char in export.list_path.rsplit(".", 1)[-1].lower())
    return f"{words}-{timezone.localtime(export.created_at):%Y-%m-%d}-{export.reference}.{export.format}"


def as_attachment(export: Export) -> FileResponse:
    """The file. Raises FileNotFoundError where it is gone."""
    file = path_of(export).open("rb")
    return FileResponse(file, as_attachment=True, filename=file_name(export), content_type=content_type(export.format))


def content_type(form: str) -> str:
    return f"{sheet.SHEET_TYPE}.sheet" if form == ExportFormat.XLSX else "text/csv; charset=utf-8"


def remove_old_files(*, now: datetime) -> int:
    """Delete files older than a week, and what dead workers left. How many."""
    directory, removed = Path(settings.MEDIA_ROOT) / "exports", 0
    for file in directory.glob("EXP-*") if directory.exists() else ():
        if file.stat().st_mtime < (now - FILES_KEPT).timestamp():
            file.unlink(missing_ok=True)
            removed += 1
    return removed
