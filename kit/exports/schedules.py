"""Exports that make themselves: daily, weekly or monthly, with the owner's rights of that time (EXP-X5).

A due time is an export of its own, unique in the database: two schedulers, or one that is late by days, make it once. What was
missed while nothing ran is made once, not as often as it was missed. Mail leads to the file and never carries it; whoever
opens the link is asked for their rights again.
"""

import calendar
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import move, record
from core import instance
from core.actors import Actor
from core.errors import DomainError
from core.tasks import enqueue
from kit import jobs
from kit.enums import Cadence, JobStatus, PauseReason, ScheduleStatus
from kit.exports.service import list_as, may_export
from kit.models import Export, ScheduledExport
from kit.transitions import SCHEDULE
from messaging.services import notify, queue_mail

AT_MOST = 20  # of one owner
ERRORS = 3  # in a row
PER_RUN = 500
FIELDS = ("name", "format", "columns", "cadence", "weekday", "month_day", "hour")


class TooManySchedules(DomainError):
    code = "too_many_schedules"


class NotYours(DomainError):
    """The owner may not export this list, or a recipient may not see it."""

    code = "schedule_not_allowed"
    status = 403


def due_after(schedule: ScheduledExport, after: datetime) -> datetime:
    """The first of its times after this moment.

    An hour that the clock leaps over is the one after it; one that comes twice counts the first time.
    """
    zone = instance.time_zone()
    day = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, time(schedule.hour), zone).astimezone(UTC)
        if moment > after and falls_on(schedule, day):
            return moment
        day += timedelta(days=1)


def falls_on(schedule: ScheduledExport, day: date) -> bool:
    match schedule.cadence:
        case Cadence.WEEKLY:
            return day.isoweekday() == schedule.weekday
        case Cadence.MONTHLY:
            return day.day == min(schedule.month_day or 1, calendar.monthrange(day.year, day.month)[1])
    return True


def colleagues(owner: User, list_path: str) -> QuerySet[User]:
    """Who may be sent the owner's exports of this list: active people of the same face who hold its right."""
    right = list_as(owner, list_path=list_path, query="").right
    people = User.objects.filter(is_active=True, face=owner.face, profiles__rights__contains=[right]).exclude(pk=owner.pk)
    if owner.organisation_ids is not None:
        people = people.filter(memberships__organisation_id__in=owner.organisation_ids)
    return people.distinct().order_by("last_name", "first_name", "id")


def create_schedule(
    *, list_path: str, query: str, recipients: Iterable[User] = (), actor: User, now: datetime, **fields: Any
) -> ScheduledExport:
    """Have a list exported again and again. Raises NotYours and TooManySchedules."""
    with transaction.atomic(durable=True):
        User.objects.select_for_update().get(pk=actor.pk)
        if not may_export(actor, list_path):
            raise NotYours(_("You may not export this list."))
        if ScheduledExport.objects.filter(owner=actor).count() >= AT_MOST:
            raise TooManySchedules(_("You have %(count)s scheduled exports, which is the most one may have.") % {"count": AT_MOST})
        page = list_as(actor, list_path=list_path, query=query)
        schedule = ScheduledExport(
            owner=actor, list_path=list_path, query=page.export_query(), title=page.page_title()[:120],
            language=(translation.get_language() or "en")[:2], created_at=now, **fields,
        )  # fmt: skip
        schedule.next_due_at = due_after(schedule, now)
        schedule.save()
        set_recipients(schedule, recipients)
        note(
            schedule,
            "created",
            actor=actor,
            now=now,
            changes={name: (None, value) for name in FIELDS if (value := getattr(schedule, name))},
        )
    return schedule


def edit_schedule(*, schedule: ScheduledExport, recipients: Iterable[User], actor: User, now: datetime, **fields: Any) -> ScheduledExport:
    """Change when, how and for whom it is made; what is exported stays. Raises NotYours."""
    with transaction.atomic(durable=True):
        schedule = lock(schedule)
        before = {name: getattr(schedule, name) for name in fields}
        for name, value in fields.items():
            setattr(schedule, name, value)
        if schedule.status == ScheduleStatus.ACTIVE:
            schedule.next_due_at = due_after(schedule, now)
        schedule.save()
        set_recipients(schedule, recipients)
        changes = {name: (before[name], value) for name, value in fields.items() if value != before[name]}
        note(schedule, "edited", actor=actor, now=now, changes=changes)
    return schedule


def set_recipients(schedule: ScheduledExport, recipients: Iterable[User]) -> None:
    people = list(recipients)
    allowed = set(
        colleagues(schedule.owner, schedule.list_path).filter(pk__in=[person.pk for person in people]).values_list("pk", flat=True)
    )
    if any(person.pk not in allowed for person in people):
        raise NotYours(_("Choose colleagues who may see the list themselves."), field="recipients")
    schedule.recipients.set(people)


def pause(*, schedule: ScheduledExport, reason: PauseReason, actor: Actor, now: datetime) -> None:
    """Make nothing until somebody resumes it. Where the system pauses it, the owner is told. Inside or outside a transaction."""
    with transaction.atomic():
        schedule = lock(schedule)
        move(
            schedule, table=SCHEDULE, to=ScheduleStatus.PAUSED, actor=actor, now=now, pause_reason=reason, next_due_at=None,
            details={"reason": reason.value},
        )  # fmt: skip
        if reason != PauseReason.PERSON and schedule.owner.is_active:
            tell_paused(schedule, reason, now=now)


def tell_paused(schedule: ScheduledExport, reason: PauseReason, *, now: datetime) -> None:
    owner, url = schedule.owner, reverse("schedule-detail", args=[schedule.reference])
    said = format_lazy(_("Your scheduled export “{name}” is paused. {reason}."), name=schedule.name, reason=reason.label)
    notify(user=owner, kind="schedules.paused", message=said, url=url, subject=schedule, now=now)
    with translation.override(owner.language):
        context = {"name": str(owner), "schedule": schedule.name, "reason": str(reason.label), "url": settings.BASE_URL + url}
    queue_mail(template="kit.schedule_paused", to=owner.email, language=owner.language, context=context, subject=schedule, now=now)


def resume(*, schedule: ScheduledExport, actor: User, now: datetime) -> None:
    """Go on at the next of its times. Raises NotYours while the owner may not export the list."""
    with transaction.atomic(durable=True):
        schedule = lock(schedule)
        if not may_export(schedule.owner, schedule.list_path):
            raise NotYours(_("You may not export this list."))
        due = due_after(schedule, now)
        move(schedule, table=SCHEDULE, to=ScheduleStatus.ACTIVE, actor=actor, now=now, pause_reason="", next_due_at=due, failures=0)


def delete_schedule(*, schedule: ScheduledExport, actor: Actor, now: datetime) -> None:
    """Forget it. What it has made stays with its owner."""
    with transaction.atomic(durable=True):
        schedule = lock(schedule)
        note(schedule, "deleted", actor=actor, now=now)
        schedule.delete()


def run_now(*, schedule: ScheduledExport, actor: User, now: datetime) -> Export:
    """Make it once more, between its times; they stay as they are. Raises NotYours."""
    with transaction.atomic(durable=True):
        schedule = lock(schedule)
        if not may_export(schedule.owner, schedule.list_path):
            raise NotYours(_("You may not export this list."))
        note(schedule, "run", actor=actor, now=now)
        return start(schedule, due_at=now, now=now)


def lock(schedule: ScheduledExport) -> ScheduledExport:
    return ScheduledExport.objects.select_for_update(of=("self",)).select_related("owner").get(pk=schedule.pk)


def note(schedule: ScheduledExport, verb: str, *, actor: Actor, now: datetime, changes: dict[str, tuple[Any, Any]] | None = None) -> None:
    record(action=f"schedules.{verb}", actor=actor, subject=schedule, changes=changes, details={"list": schedule.list_path}, now=now)


def start(schedule: ScheduledExport, *, due_at: datetime, now: datetime) -> Export:
    export = Export.objects.create(
        user=schedule.owner, list_path=schedule.list_path, title=schedule.title, query=schedule.query, format=schedule.format,
        columns=schedule.columns, language=schedule.language, schedule=schedule, due_at=due_at, created_at=now,
    )  # fmt: skip
    jobs.note(export, "requested", actor=jobs.WORKER, now=now, schedule=schedule.reference)
    enqueue("kit.tasks.make_export", export_id=export.pk)
    return export


def make_due(*, now: datetime) -> int:
    """Start an export for each schedule whose time has come; how many. Beside itself, late or twice: each time is made once."""
    made = 0
    for _turn in range(PER_RUN):
        with transaction.atomic(durable=True):
            due = ScheduledExport.objects.filter(status=ScheduleStatus.ACTIVE, next_due_at__lte=now).order_by("next_due_at", "id")
            schedule = due.select_for_update(skip_locked=True, of=("self",)).select_related("owner").first()
            if schedule is None:
                break
            assert schedule.next_due_at is not None
            if not schedule.owner.is_active:
                pause(schedule=schedule, reason=PauseReason.OWNER_INACTIVE, actor=jobs.WORKER, now=now)
            elif not may_export(schedule.owner, schedule.list_path):
                pause(schedule=schedule, reason=PauseReason.RIGHT_LOST, actor=jobs.WORKER, now=now)
            else:
                start(schedule, due_at=schedule.next_due_at, now=now)
                schedule.next_due_at = due_after(schedule, now)
                schedule.save(update_fields=["next_due_at"])
                made += 1
    return made


def follow(*, now: datetime, export_id: int | None = None) -> int:
    """Mail about scheduled exports that have ended, and pause what keeps failing; each once. How many."""
    ended = Export.objects.filter(schedule__isnull=False, followed_at=None).exclude(status__in=(JobStatus.QUEUED, JobStatus.RUNNING))
    if export_id is not None:
        ended = ended.filter(pk=export_id)
    keys = list(ended.order_by("id").values_list("pk", "schedule_id")[:PER_RUN])
    for pk, schedule_id in keys:
        with transaction.atomic(durable=True):
            schedule = ScheduledExport.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=schedule_id).first()
            if schedule is None or not Export.objects.filter(pk=pk, followed_at=None).update(followed_at=now):
                continue
            export = Export.objects.select_related("user").get(pk=pk)
            if export.status == JobStatus.DONE:
                mail_link(schedule, export, now=now)
            elif export.status == JobStatus.FAILED:
                count_failure(schedule, now=now)
    return len(keys)


def mail_link(schedule: ScheduledExport, export: Export, *, now: datetime) -> None:
    """A link to each who may have the file; who may not any more is left out, and named in the trail."""
    ScheduledExport.objects.filter(pk=schedule.pk).update(failures=0)
    sent, left_out = [], []
    assert export.expires_at is not None
    until = timezone.localtime(export.expires_at, instance.time_zone())
    url = reverse("export-detail", args=[export.reference])
    for person in [schedule.owner, *schedule.recipients.all()]:
        scope = person.organisation_ids
        fits = scope is None or (export.scope is not None and set(export.scope) <= scope)
        if not (fits and may_export(person, export.list_path)):
            left_out.append(person.reference)
            continue
        context = {
            "name": str(person), "schedule": schedule.name, "rows": str(export.rows_done), "until": f"{until:%Y-%m-%d}",
            "url": settings.BASE_URL + url,
        }  # fmt: skip
        queue_mail(template="kit.export_ready", to=person.email, language=person.language, context=context, subject=export, now=now)
        sent.append(person.reference)
    jobs.note(export, "mailed", actor=jobs.WORKER, now=now, to=sent, left_out=left_out)


def count_failure(schedule: ScheduledExport, *, now: datetime) -> None:
    if not may_export(schedule.owner, schedule.list_path):
        reason = PauseReason.RIGHT_LOST if schedule.owner.is_active else PauseReason.OWNER_INACTIVE
        schedule.failures = ERRORS
    else:
        reason, schedule.failures = PauseReason.ERRORS, schedule.failures + 1
    ScheduledExport.objects.filter(pk=schedule.pk).update(failures=schedule.failures)
    if schedule.failures >= ERRORS and schedule.status == ScheduleStatus.ACTIVE:
        pause(schedule=schedule, reason=reason, actor=jobs.WORKER, now=now)
