"""The pages of scheduled exports: made from a list, changed, paused, run between their times (EXP-X5)."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.enums import Cadence, ExportFormat, PauseReason, Right, ScheduleStatus
from kit.exports import schedules
from kit.exports.resource import ListResource
from kit.exports.service import list_as
from kit.filters import Choices, Criteria, Like
from kit.lists import Column, ListPage
from kit.models import Export, ScheduledExport
from kit.pages import ANY_FACE

cells.register_meanings(ScheduledExport, "status", active=cells.DONE, paused=cells.WAITS)
SEARCHABLE = {"data-search": "", "size": 4}


class ScheduleResource(ListResource):
    excluded = {"list_path": "the code's name of the list; its title is exported"}

    class Meta:
        model = ScheduledExport


class ScheduleFilter(Criteria):
    name = Like(label=_("Name"))
    status = Choices(choices=ScheduleStatus.choices, label=_("Status"))
    cadence = Choices(choices=Cadence.choices, label=_("How often"))


class ScheduleForm(forms.Form):
    source = forms.CharField(widget=forms.HiddenInput, max_length=4000, required=False)
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("It stands in the mail."))
    cadence = forms.ChoiceField(label=_("How often"), choices=Cadence.choices)
    weekday = forms.TypedChoiceField(
        label=_("Day of the week"), coerce=int, required=False, choices=[(number + 1, name) for number, name in WEEKDAYS.items()],
        empty_value=None, widget=forms.Select(attrs={"data-only-when": "cadence=weekly"}),
    )  # fmt: skip
    month_day = forms.TypedChoiceField(
        label=_("Day of the month"), coerce=int, required=False, choices=[(day, str(day)) for day in range(1, 32)], empty_value=None,
        help_text=_("In a shorter month its last day."), widget=forms.Select(attrs={"data-only-when": "cadence=monthly"}),
    )  # fmt: skip
    hour = forms.TypedChoiceField(label=_("Hour"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)], initial=7)
    format = forms.ChoiceField(label=_("Format"), choices=ExportFormat.choices)
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        required=False,
        help_text=_("None chosen: everything that is stored."),
        widget=forms.SelectMultiple(attrs=SEARCHABLE),
    )
    recipients = forms.ModelMultipleChoiceField(
        label=_("Colleagues who get the link too"), queryset=None, required=False, widget=forms.SelectMultiple(attrs=SEARCHABLE),
        help_text=_("Those who may see the list themselves."),
    )  # fmt: skip

    def __init__(self, *args: Any, columns: list[str], people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["columns"].choices = [(name, name) for name in columns]
        self.fields["recipients"].queryset = people
        for name, cadence in (("weekday", Cadence.WEEKLY), ("month_day", Cadence.MONTHLY)):
            self.fields[name].required = not self.is_bound or self.data.get("cadence") == cadence

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for cadence, name in ((Cadence.WEEKLY, "weekday"), (Cadence.MONTHLY, "month_day")):
            if cleaned.get("cadence") != cadence:
                cleaned[name] = None
            elif cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, _("Choose a day."))
        return cleaned

    def wishes(self) -> dict[str, Any]:
        """What the service takes."""
        cleaned = dict(self.cleaned_data)
        del cleaned["source"]
        return cleaned | {"recipients": list(cleaned["recipients"])}


class ScheduleDialog(ActionDialog):
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    form_class = ScheduleForm

    @property
    def page(self) -> Any:
        """The list page that is exported, as the person sees it."""
        raise NotImplementedError

    def form_options(self) -> dict[str, Any]:
        return {
            "columns": [column.name for column in self.page.resource.columns()],
            "people": schedules.colleagues(self.request.user, self.page.list_name()),
        }


class Own:
    """Others' schedules are at most looked at."""

    object: Any
    request: HttpRequest

    def prepare(self, **kwargs: Any) -> None:
        super().prepare(**kwargs)  # type: ignore[misc]
        if self.object.owner_id != self.request.user.pk:
            raise Http404


class CreateSchedule(ScheduleDialog):
    url_name = "schedule-create"
    title = _("Schedule export")
    verb = _("Schedule export")
    icon = "calendar-repeat"

    @cached_property
    def page(self) -> Any:
        """Of the address that the dialog was opened from, and that its form carries on."""
        source = self.request.POST.get("source") or self.request.GET.get("source", "")
        path, _mark, query = source.partition("?")
        try:
            match = resolve(path)
        except (Resolver404, ValueError):
            raise BadRequest from None
        view = getattr(match.func, "view_class", None)
        # A list with something in its address is a part of another page.
        if not (isinstance(view, type) and issubclass(view, ListPage) and view.resource is not None) or match.kwargs:
            raise BadRequest
        if view.face not in (ANY_FACE, self.request.user.face):
            raise Http404
        self.need(view.right)
        return list_as(self.request.user, list_path=view.list_name(), query=query)

    def initial(self) -> dict[str, Any]:
        source = self.request.GET.get("source", "")
        return {"source": source, "name": self.page.page_title()[:60], "cadence": Cadence.WEEKLY, "format": ExportFormat.XLSX, "weekday": 1}

    def sentence(self) -> Any:
        return _(
            "“%(list)s” with the criteria that are set now is exported by itself, with your rights of each time, and you get a link."
        ) % {"list": self.page.page_title()}

    def perform(self, form: ScheduleForm, actor: Any, obj: Any, now: datetime) -> Done:
        schedule = schedules.create_schedule(
            list_path=self.page.list_name(), query=self.page.export_query(), actor=actor, now=now, **form.wishes()
        )
        return Done(_("The export is scheduled."), reverse("schedule-detail", args=[schedule.reference]), _("Show"))


class EditSchedule(Own, ScheduleDialog):
    model = ScheduledExport
    url_name = "schedule-edit"
    title = _("Edit scheduled export")
    verb = _("Save changes")
    button = _("Edit")
    icon = "pencil"

    @cached_property
    def page(self) -> Any:
        return list_as(self.request.user, list_path=self.object.list_path, query=self.object.query)

    def initial(self) -> dict[str, Any]:
        schedule = self.object
        fields = {name: getattr(schedule, name) for name in schedules.FIELDS}
        return fields | {"recipients": list(schedule.recipients.values_list("pk", flat=True))}

    def perform(self, form: ScheduleForm, actor: Any, obj: Any, now: datetime) -> Done:
        schedules.edit_schedule(schedule=obj, actor=actor, now=now, **form.wishes())
        return Done(_("The scheduled export is changed."))


class PauseSchedule(Own, ActionDialog):
    model = ScheduledExport
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    url_name = "schedule-pause"
    title = verb = _("Pause")
    icon = "player-pause"

    @classmethod
    def available(cls, obj: Any) -> bool:
        return bool(obj.status == ScheduleStatus.ACTIVE)

    def sentence(self) -> Any:
        return _("Nothing is made until you resume it. Times that pass meanwhile are not made up for.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        schedules.pause(schedule=obj, reason=PauseReason.PERSON, actor=actor, now=now)
        return Done(_("The scheduled export is paused."))


class ResumeSchedule(Own, ActionDialog):
    model = ScheduledExport
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    url_name = "schedule-resume"
    title = verb = _("Resume")
    icon = "player-play"

    @classmethod
    def available(cls, obj: Any) -> bool:
        return bool(obj.status == ScheduleStatus.PAUSED)

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        return cls.available(obj)

    def sentence(self) -> Any:
        return _("It is made again from the next of its times on.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        schedules.resume(schedule=obj, actor=actor, now=now)
        return Done(_("The scheduled export goes on."))


class RunSchedule(Own, ActionDialog):
    model = ScheduledExport
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    url_name = "schedule-run"
    title = verb = _("Run now")
    icon = "refresh"

    def sentence(self) -> Any:
        return _("The export is made once now, and everybody who gets the link gets it. Its times stay as they are.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        export = schedules.run_now(schedule=obj, actor=actor, now=now)
        return Done(_("The export is being made."), reverse("export-detail", args=[export.reference]), _("Show"))


class DeleteSchedule(Own, ActionDialog):
    model = ScheduledExport
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    url_name = "schedule-delete"
    title = verb = _("Delete")
    icon = "trash"
    danger = True

    def sentence(self) -> Any:
        return _("“%(name)s” is not made any more. What it has made stays in your exports for its week; colleagues lose the links.") % {
            "name": self.object.name
        }

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        schedules.delete_schedule(schedule=obj, actor=actor, now=now)
        return Done(_("The scheduled export is deleted."), reverse("schedule-list"))


def rhythm(schedule: ScheduledExport) -> str:
    """When it is made, in words."""
    at = f"{schedule.hour:02}:00"
    match schedule.cadence:
        case Cadence.WEEKLY:
            return _("Every week on %(day)s at %(at)s") % {"day": WEEKDAYS[(schedule.weekday or 1) - 1], "at": at}
        case Cadence.MONTHLY:
            return _("Every month on day %(day)s at %(at)s") % {"day": schedule.month_day, "at": at}
    return _("Every day at %(at)s") % {"at": at}


class ScheduleList(ListPage):
    model = ScheduledExport
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    title = _("Scheduled exports")
    intro = _("Lists that are exported by themselves, with a link by mail.")
    columns = [
        Column("reference", _("Reference"), cell=cells.mono("reference"), width="w-3"),
        Column("name", _("Name")),
        Column("title", _("List")),
        Column("cadence", _("When"), cell=lambda schedule: str(rhythm(schedule))),
        Column("format", _("Format"), cell=lambda schedule: schedule.get_format_display()),
        Column("status", _("Status")),
        Column("next_due_at", _("Next")),
        Column("created_at", _("Created"), sort="created_at"),
    ]
    filters = ScheduleFilter
    resource = ScheduleResource
    row_url = "schedule-detail"
    empty = _("“Export” above any list, and there “Schedule…”, makes one.")

    def queryset(self) -> Any:
        return super().queryset().filter(owner=self.request.user)


class ScheduleDetail(DetailPage):
    model = ScheduledExport
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    kind = _("Scheduled export")
    list_url, list_label = "schedule-list", _("Scheduled exports")
    menu = "schedule-list"
    related = ("owner",)
    tabs = [
        Tab("summary", _("Summary"), "kit/summary.html"),
        Tab("made", _("Exports made"), "kit/schedule_exports.html", context=lambda page: {"exports": page.exports()}),
    ]
    actions = [RunSchedule, EditSchedule, PauseSchedule, ResumeSchedule, DeleteSchedule]

    def allowed_actions(self) -> list[dict[str, Any]]:
        return super().allowed_actions() if self.object.owner_id == self.request.user.pk else []

    def facts(self) -> list[tuple[Any, Any]]:
        schedule = self.object
        return [
            (_("Name"), schedule.name),
            (_("Owner"), str(schedule.owner)),
            (_("When"), rhythm(schedule)),
            (_("Next"), cells.when_html(schedule.next_due_at)),
        ]

    def summary(self) -> list[tuple[Any, Any]]:
        schedule = self.object
        page = list_as(schedule.owner, list_path=schedule.list_path, query=schedule.query)
        chips = page.criteria.chips(page.address) if page.criteria else []
        people = ", ".join(str(person) for person in schedule.recipients.all())
        rows = [
            (_("List"), schedule.title),
            (
                _("Criteria"),
                "; ".join(f"{chip['label']}: {chip['value']}" for chip in chips) or _("None: everything that the owner may see"),
            ),
            (_("Format"), schedule.get_format_display()),
            (_("Columns"), ", ".join(schedule.columns) or _("Everything that is stored")),
            (_("Link goes to"), ", ".join(filter(None, [str(schedule.owner), people]))),
            (_("Failed in a row"), schedule.failures),
        ]
        return [*rows, (_("Paused because"), schedule.get_pause_reason_display())] if schedule.pause_reason else rows

    def exports(self) -> list[Export]:
        """The newest that it has made."""
        return list(self.object.exports.order_by("-created_at", "-id")[:50])
