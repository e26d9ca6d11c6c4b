"""The kit's own pages: what a person prefers to see, and the exports they asked for."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from core import instance
from kit import cells, jobs
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.enums import JobStatus, Right
from kit.exports import service
from kit.exports.resource import ListResource
from kit.lists import Column, ListPage
from kit.models import Export
from kit.pages import ANY_FACE, SIGNED_IN, Page, find_visible

SCHEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600  # seconds

cells.register_meanings(
    Export, "status", queued=cells.WAITS, running=cells.UNDER_WAY, done=cells.DONE, failed=cells.FAILED, cancelled=cells.NEUTRAL
)


class Preferences(Page):
    """Language and colour scheme, from the top bar. Anything unknown changes nothing."""

    right = SIGNED_IN
    face = ANY_FACE
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        back = request.POST.get("next", "/")
        if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
            back = "/"
        response = HttpResponseRedirect(back)
        if (scheme := request.POST.get("scheme")) in SCHEMES:
            response.set_cookie("scheme", scheme, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=False)
        if (language := request.POST.get("language")) in dict(instance.languages()):
            request.user.language = language
            request.user.save(update_fields=["language"])
        return response


class ExportResource(ListResource):
    excluded = {
        "list_path": "the code's name of the list; its title is exported",
        "lease_token": "bookkeeping of the workers",
        "lease_until": "bookkeeping of the workers",
        "attempts": "bookkeeping of the workers",
    }

    class Meta:
        model = Export


class ExportList(ListPage):
    model = Export
    right = Right.EXPORTS_MAKE
    face = ANY_FACE
    title = _("My exports")
    intro = _("Files made of lists. Those made in the background can be downloaded for a week.")
    columns = [
        Column("reference", _("Reference"), cell=cells.mono("reference"), width="w-3"),
        Column("title", _("List")),
        Column("format", _("Format"), cell=lambda export: export.get_format_display()),
        Column("status", _("Status")),
        Column("rows_done", _("Rows")),
        Column("created_at", _("Created"), sort="created_at"),
    ]
    resource = ExportResource
    row_url = "export-detail"
    empty = _("“Export” above any list makes one.")


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
    tabs = [Tab("summary", _("Summary"), "kit/export.html", context=lambda page: {"has_file": page.has_file()})]
    actions = [CancelExport]

    def has_file(self) -> bool:
        return self.object.status == JobStatus.DONE and service.path_of(self.object).exists()

    def facts(self) -> list[tuple[Any, Any]]:
        export = self.object
        return [(_("List"), export.title), (_("Format"), export.get_format_display()), (_("Created"), cells.when_html(export.created_at))]


class ExportFile(Page):
    """The file itself, as an attachment, to the person who asked for it, as long as they may see the list."""

    right = Right.EXPORTS_MAKE
    face = ANY_FACE

    def prepare(self, **kwargs: Any) -> None:
        self.export = find_visible(Export, self.request.user, reference=kwargs["reference"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        self.need(service.page_of(self.export).right)
        try:
            file = service.path_of(self.export).open("rb")
        except FileNotFoundError:
            raise Http404 from None
        with transaction.atomic(durable=True):
            jobs.note(self.export, "downloaded", actor=request.user, now=timezone.now())
        return FileResponse(
            file, as_attachment=True, filename=service.file_name(self.export), content_type=service.content_type(self.export.format)
        )
