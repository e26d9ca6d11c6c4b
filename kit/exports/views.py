"""The pages of exports: one's own, everybody's, one of them with its file, and whether a file still is what was exported."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.registries import visible
from kit import cells, jobs
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.enums import ExportFormat, JobStatus, Right
from kit.exports import provenance, service
from kit.exports.reading import Bounds, Unreadable
from kit.exports.resource import ListResource
from kit.filters import Choices, Criteria, Dates, Exact, Like
from kit.lists import Column, ListPage
from kit.models import Export
from kit.pages import ANY_FACE, Page, PageLink, find_visible
from kit.rights import made_for

BOUNDS = Bounds(packed=5_000_000, unpacked=50_000_000)  # what a page reads within seconds

cells.register_meanings(
    Export, "status", queued=cells.WAITS, running=cells.UNDER_WAY, done=cells.DONE, failed=cells.FAILED, cancelled=cells.NEUTRAL
)


class ExportResource(ListResource):
    excluded = {
        "list_path": "the code's name of the list; its title is exported",
        "lease_token": "bookkeeping of the workers",
        "lease_until": "bookkeeping of the workers",
        "attempts": "bookkeeping of the workers",
        "marks": "checksums that only the verification reads",
        "scope": "the database's own numbers of organisations",
    }

    class Meta:
        model = Export


class ExportFilter(Criteria):
    title = Like(label=_("List"))
    status = Choices(choices=JobStatus.choices, label=_("Status"))
    created_at = Dates(label=_("Created"))
    reference = Exact(upper=True, label=_("Reference"))
    format = Choices(choices=ExportFormat.choices, label=_("Format"))


class EverybodysFilter(ExportFilter):
    user = Like(field_name="user__search_text", label=_("Made by"))


def file_until(export: Export) -> str:
    """Until when the file can be had, or that there is none."""
    if export.expires_at is None:
        return cells.NOTHING
    if export.expires_at <= timezone.now():
        return cells.badge_html(_("Expired"))
    return cells.when_html(export.expires_at)


COLUMNS = [
    Column("reference", _("Reference"), cell=cells.mono("reference"), width="w-3"),
    Column("title", _("List")),
    Column("format", _("Format"), cell=lambda export: export.get_format_display()),
    Column("status", _("Status")),
    Column("rows_done", _("Rows")),
    Column("created_at", _("Created"), sort="created_at"),
]


class VerifyForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("An XLSX or CSV file of up to 5 MB. It is read and not kept."))
    reference = forms.CharField(
        label=_("Reference of the export"),
        required=False,
        max_length=20,
        help_text=_("Needed where neither the file nor its name says it."),
    )


class VerifyFile(Page):
    """Whether a file still is what this instance exported; the command `verify_export` says the same of any size."""

    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    title = _("Verify a file")
    menu = "export-list"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return self.render("kit/verify_export.html", {"form": VerifyForm()})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        form, verdict = VerifyForm(request.POST, request.FILES), None
        if form.is_valid():
            upload = form.cleaned_data["file"]
            reference = form.cleaned_data["reference"].strip().upper()
            try:
                verdict = provenance.verify(upload.file, name=upload.name or "", bounds=BOUNDS, reference=reference)
            except Unreadable as refusal:
                form.add_error("file", str(refusal))
            else:
                if verdict.differences and not visible(Export, request.user).filter(pk=verdict.export.pk).exists():
                    verdict = provenance.Verdict()  # a guessed reference tells nothing of others' exports
        return self.render("kit/verify_export.html", {"form": form, "verdict": verdict}, status=200 if verdict else 422)


VERIFY = PageLink(_("Verify a file"), "export-verify", "shield-check", Right.EXPORTS_MAKE)


class ExportList(ListPage):
    model = Export
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    title = _("My exports")
    intro = _("Files made of lists. Each can be downloaded again for a week, as long as you may see what is in it.")
    columns = [*COLUMNS, Column("finished_at", _("File until"), cell=file_until)]
    filters = ExportFilter
    resource = ExportResource
    row_url = "export-detail"
    other_actions = [PageLink(_("Scheduled exports"), "schedule-list", "calendar-repeat", Right.EXPORTS_MAKE), VERIFY]
    empty = _("“Export” above any list makes one.")

    def queryset(self) -> Any:
        return made_for(self.request.user, super().queryset())


class EverybodysExports(ListPage):
    model = Export
    right = Right.EXPORTS_SEE_ALL
    title = _("Exports of everybody")
    intro = _("Who has taken what out of the system, and how much of it. The files are their makers' alone.")
    columns = [COLUMNS[0], Column("user__reference", _("Made by"), cell=lambda export: str(export.user)), *COLUMNS[1:]]
    filters = EverybodysFilter
    resource = ExportResource
    row_url = "export-detail"
    related = ("user",)
    other_actions = [VERIFY]
    empty = _("Exports appear here when somebody makes the first.")


class CancelExport(ActionDialog):
    model = Export
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    url_name = "export-cancel"
    verb = title = _("Cancel export")
    danger = True

    @classmethod
    def available(cls, obj: Any) -> bool:
        return bool(obj.is_open)

    def prepare(self, **kwargs: Any) -> None:
        super().prepare(**kwargs)
        if self.object.user_id != self.request.user.pk:
            raise Http404

    def sentence(self) -> Any:
        return _("The export %(reference)s is stopped, and what is written of it goes.") % {"reference": self.object.reference}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        stopped = jobs.cancel(obj, actor=actor, now=now)
        return Done(_("Export cancelled.") if stopped else _("The export had ended already."))


class ExportDetail(DetailPage):
    model = Export
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    kind = _("Export")
    list_url, list_label = "export-list", _("My exports")
    related = ("user",)
    tabs = [Tab("summary", _("Summary"), "kit/export.html", context=lambda page: page.state())]
    actions = [CancelExport]

    def state(self) -> dict[str, Any]:
        """Whether the file can be had by who looks at the page, and what it says of itself."""
        export = self.object
        own = service.is_readers(export, self.request.user)
        return {
            "own": own,
            "has_file": own and service.has_file(export, now=timezone.now()),
            "lines": export.statement.get("lines", []),
        }

    def allowed_actions(self) -> list[dict[str, Any]]:
        return super().allowed_actions() if self.object.user_id == self.request.user.pk else []

    def facts(self) -> list[tuple[Any, Any]]:
        export = self.object
        return [
            (_("List"), export.title),
            (_("Format"), export.get_format_display()),
            (_("Made by"), str(export.user)),
            (_("Created"), cells.when_html(export.created_at)),
        ]


class FileGone(DomainError):
    """There is no file any more."""

    code = "export_expired"
    status = 404


class ExportFile(Page):
    """The file itself, as an attachment, to whom it was made for, as long as they may see what is in it."""

    right = Right.EXPORTS_MAKE
    face = ANY_FACE

    def prepare(self, **kwargs: Any) -> None:
        self.export = find_visible(Export, self.request.user, reference=kwargs["reference"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        service.check_reader(self.export, request.user)
        now = timezone.now()
        if not service.has_file(self.export, now=now):
            raise FileGone(_("There is no file any more: it is kept for a week. Export the list again."))
        response = service.as_attachment(self.export)
        with transaction.atomic(durable=True):
            jobs.note(self.export, "downloaded", actor=request.user, now=now)
        return response


class ExportProvenance(Page):
    """What the file says of itself, signed: for a CSV, which has no place for it, and for auditors with the public key."""

    right = Right.EXPORTS_MAKE
    face = ANY_FACE

    def prepare(self, **kwargs: Any) -> None:
        self.export = find_visible(Export, self.request.user, reference=kwargs["reference"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not self.export.content_hash:
            raise Http404
        content = json.dumps(provenance.signed(self.export), ensure_ascii=False, indent=1)
        headers = {"Content-Disposition": f'attachment; filename="{self.export.reference}.provenance.json"'}
        return HttpResponse(content, content_type="application/json", headers=headers)
