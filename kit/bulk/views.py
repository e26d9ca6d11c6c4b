"""What became of one's bulk actions: their list, one of them with its progress, and its rows (UIX-05, UIX-08)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit import cells, jobs
from kit.bulk import service
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.enums import BulkOutcome, JobStatus
from kit.exports.resource import ListResource
from kit.filters import Choices, Criteria, Dates, Exact
from kit.lists import Column, ListPage
from kit.models import BulkRow, BulkRun
from kit.pages import ANY_FACE, SIGNED_IN
from kit.subjects import subject_url

cells.register_meanings(
    BulkRun, "status", queued=cells.WAITS, running=cells.UNDER_WAY, done=cells.DONE, failed=cells.FAILED, cancelled=cells.NEUTRAL
)
cells.register_meanings(BulkRow, "outcome", waiting=cells.WAITS, changed=cells.DONE, refused=cells.NEUTRAL, failed=cells.FAILED)


class BulkRunResource(ListResource):
    excluded = {
        "list_path": "the code's name of the list",
        "subject_type": "the code's name of what the rows are",
        "action": "the code's name of the action; its title is exported",
        "values": "what was written into the form, as the browser sent it",
        "lease_token": "bookkeeping of the workers",
        "lease_until": "bookkeeping of the workers",
        "attempts": "bookkeeping of the workers",
    }

    class Meta:
        model = BulkRun


class BulkRowResource(ListResource):
    excluded = {"object_id": "the database's own number; the object's reference is exported"}

    class Meta:
        model = BulkRow


class BulkRunFilter(Criteria):
    status = Choices(choices=JobStatus.choices, label=_("Status"))
    created_at = Dates(label=_("Confirmed"))
    reference = Exact(upper=True, label=_("Reference"))


class BulkRunList(ListPage):
    model = BulkRun
    right = SIGNED_IN
    face = ANY_FACE
    title = _("My bulk actions")
    intro = _("What you did to many rows at once, and what became of each.")
    columns = [
        Column("reference", _("Reference"), cell=cells.mono("reference"), width="w-3"),
        Column("title", _("Action")),
        Column("status", _("Status")),
        Column("rows_total", _("Rows")),
        Column("changed", _("Done")),
        Column("refused", _("Not possible")),
        Column("failed", _("Failed")),
        Column("created_at", _("Confirmed"), sort="created_at"),
    ]
    filters = BulkRunFilter
    resource = BulkRunResource
    row_url = "bulk-run-detail"
    empty = _("Tick rows of a list that has tick boxes: the bar that rises from the bottom says what can be done to them.")


class RunAction(ActionDialog):
    model = BulkRun
    right = SIGNED_IN
    face = ANY_FACE

    def back(self) -> str:
        return reverse("bulk-run-detail", args=[self.object.reference])


class CancelRun(RunAction):
    url_name = "bulk-run-cancel"
    verb = title = _("Cancel bulk action")
    danger = True

    @classmethod
    def available(cls, obj: BulkRun) -> bool:
        return obj.is_open

    def sentence(self) -> Any:
        return _("The rows that still wait stay as they are; what is done stays done.")

    def perform(self, form: Any, actor: Any, obj: BulkRun, now: datetime) -> Done:
        stopped = jobs.cancel(obj, actor=actor, now=now)
        return Done(_("Bulk action cancelled.") if stopped else _("The bulk action had ended already."))


class RetryRun(RunAction):
    url_name = "bulk-run-retry"
    verb = title = _("Try again")
    icon = "refresh"

    @classmethod
    def available(cls, obj: BulkRun) -> bool:
        return not obj.is_open and obj.changed < (obj.rows_total or 0)

    def sentence(self) -> Any:
        left = (self.object.rows_total or 0) - self.object.changed
        return _("The same is tried once more with the %(number)s rows that it was not done to.") % {"number": left}

    def perform(self, form: Any, actor: Any, obj: BulkRun, now: datetime) -> Done:
        again = service.request_retry(obj, actor=actor, now=now)
        return Done(_("%(number)d rows are under way.") % {"number": again.rows_total}, reverse("bulk-run-detail", args=[again.reference]))


class BulkRunDetail(DetailPage):
    model = BulkRun
    right = SIGNED_IN
    face = ANY_FACE
    kind = _("Bulk action")
    list_url, list_label = "bulk-run-list", _("My bulk actions")
    related = ("retry_of",)
    tabs = [Tab("summary", _("Summary"), "kit/bulk_run.html", context=lambda page: {"figures": page.figures()})]
    actions = [RetryRun, CancelRun]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        response = super().get(request, **kwargs)
        if request.headers.get("HX-Target") == "tab" and not self.object.is_open:
            response["HX-Refresh"] = "true"  # it has ended while it was looked at: status and actions are others now
        return response

    def facts(self) -> list[tuple[Any, Any]]:
        run = self.object
        facts = [(_("Action"), run.title), (_("Rows"), f"{run.rows_total or 0:,}"), (_("Confirmed"), cells.when_html(run.created_at))]
        if run.retry_of:
            first = reverse("bulk-run-detail", args=[run.retry_of.reference])
            facts.append((_("Again after"), format_html('<a class="mono" href="{}">{}</a>', first, run.retry_of.reference)))
        return facts

    def figures(self) -> list[tuple[int, Any, str]]:
        """(number, outcome, address of those rows)"""
        run = self.object
        numbers = {
            BulkOutcome.CHANGED: run.changed,
            BulkOutcome.REFUSED: run.refused,
            BulkOutcome.FAILED: run.failed,
            BulkOutcome.WAITING: max((run.rows_total or 0) - run.rows_done, 0),
        }
        rows = reverse("bulk-row-list")
        return [
            (number, outcome.label, f"{rows}?{urlencode({'run': run.reference, 'outcome': outcome.value})}")
            for outcome, number in numbers.items()
            if number or outcome == BulkOutcome.CHANGED
        ]


class BulkRowFilter(Criteria):
    run = Exact(field_name="run__reference", upper=True, label=_("Bulk action"))
    outcome = Choices(choices=BulkOutcome.choices, label=_("Outcome"))
    label = Exact(upper=True, label=_("Object's reference"))


class BulkRowList(ListPage):
    model = BulkRow
    right = SIGNED_IN
    face = ANY_FACE
    title = _("Rows of bulk actions")
    menu = "bulk-run-list"
    columns = [
        Column("label", _("Object"), cell=cells.mono("label"), width="w-3"),
        Column("outcome", _("Outcome")),
        Column("message", _("Reason")),
        Column("run__reference", _("Bulk action")),
        Column("run__title", _("Action")),
    ]
    order = ("-id",)
    filters = BulkRowFilter
    resource = BulkRowResource
    empty = _("The rows of your bulk actions are kept here for 90 days.")

    def url_of(self, row: BulkRow) -> str:
        return subject_url(row.run.subject_type, row.label)

    def path(self) -> list[tuple[str, str]]:
        return [(str(BulkRunList.title), reverse("bulk-run-list"))]
