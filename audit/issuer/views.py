from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit.enums import Right
from audit.issuer.filters import EventFilter
from audit.issuer.resources import DigestResource, EventResource, VerificationResource
from audit.issuer.tables import DIGEST_COLUMNS, EVENT_COLUMNS, VERIFICATION_COLUMNS, actor_html
from audit.models import AuditDigest, AuditEvent, AuditLink, Verification
from audit.registry import COMMENT
from audit.selectors import name_actors
from audit.services.digests import exported
from audit.services.runs import request_verification
from kit import cells
from kit.changes import changes_in_words
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage
from kit.pages import Page, find_visible
from kit.subjects import subject_html


class EventList(ListPage):
    model = AuditEvent
    right = Right.SEE
    title = _("Audit trail")
    intro = _("Everything that anybody has changed, in the back office, by the API or by the system.")
    columns = EVENT_COLUMNS
    filters = EventFilter
    order = ("-at", "-id")
    row_url = "audit-event"
    resource = EventResource
    empty = _("Events appear here with the first change.")

    def export_rows(self) -> Any:
        return EventResource.annotate(super().export_rows())

    def table(self, rows: list[Any]) -> SafeString:
        return super().table(name_actors(rows))


class EventDetail(DetailPage):
    model = AuditEvent
    right = Right.SEE
    audited_read = "audit.read"
    kind = _("Audit event")
    list_url, list_label = "audit-list", _("Audit trail")
    menu = "audit-list"
    related = ("link",)
    tabs = [Tab("summary", _("Event"), "audit/event.html", context=lambda page: event_context(page.object))]

    def prepare(self, **kwargs: Any) -> None:
        super().prepare(**kwargs)
        name_actors([self.object])

    def is_sensitive(self) -> bool:
        """By the personal values that it holds."""
        return self.object.personal.exists()

    def facts(self) -> list[tuple[Any, Any]]:
        return [(_("Event"), self.object.label), (_("Time"), cells.when_html(self.object.at)), (_("Who"), actor_html(self.object))]

    def summary(self) -> list[tuple[Any, Any]]:
        event = self.object
        trail = reverse("audit-list")
        return [
            (_("Event"), format_html("{} <span class='mono'>{}</span>", event.label, event.action)),
            (_("Time"), format_html("{} <span class='mono'>{} UTC</span>", cells.when_html(event.at), f"{event.at:%H:%M:%S.%f}")),
            (_("Who"), format_html("{} <span class='mono'>{}</span>", actor_html(event), event.actor_label)),
            (_("Address"), cells.mono("address")(event)),
            (_("Request"), self._others("request_id", event.request_id)),
            (_("Object"), subject_html(event)),
            (
                _("All events of the object"),
                format_html('<a href="{}?subject_reference={}">{}</a>', trail, event.subject_reference, _("Show")),
            ),
            (_("Organisation"), self._others("organisation", event.organisation)),
            (_("Recorded"), cells.when_html(event.recorded_at)),
            (_("Place in the chain"), self.place()),
        ]

    def _others(self, criterion: str, value: str) -> SafeString:
        """The value, as a link to all events that share it."""
        if not value:
            return cells.NOTHING
        return format_html('<a class="mono" href="{}?{}={}">{}</a>', reverse("audit-list"), criterion, value, value)

    def place(self) -> SafeString:
        try:
            link = self.object.link
        except AuditLink.DoesNotExist:
            return cells.badge_html(_("Not linked yet"), cells.UNDER_WAY)
        return format_html("{} {}", link.seq, cells.address_html(bytes(link.hash).hex()))


def event_context(event: AuditEvent) -> dict[str, Any]:
    personal = {row.field: (row.old, row.new) for row in event.personal.all()}
    return {
        "changes": changes_in_words(event.changes | {name: values for name, values in personal.items() if name != COMMENT}, event),
        "erased": [name for name in event.body.get("personal", {}) if name not in personal],
        "details": [(name, ", ".join(map(str, value)) if isinstance(value, list) else value) for name, value in event.details.items()],
        "comment": event.comment,
    }


class RequestVerification(ActionDialog):
    right = Right.VERIFY
    url_name = "audit-verify"
    title = verb = _("Verify the trail")
    icon = "shield-check"

    def sentence(self) -> Any:
        return _(
            "A worker walks the whole chain of events, compares every hash, column and digest, and names the first one that is broken."
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        request_verification(actor=actor, now=now)
        return Done(_("The verification waits for a worker; its result appears in this list."), reverse("audit-verifications"))


class VerificationList(ListPage):
    model = Verification
    right = Right.SEE
    title = _("Verifications of the trail")
    intro = _("Runs over the whole chain of events: every night, and when somebody asks for one.")
    columns = VERIFICATION_COLUMNS
    order = ("-requested_at", "-id")
    primary_action = RequestVerification
    resource = VerificationResource
    empty = _("The first run comes tonight.")


class DigestList(ListPage):
    model = AuditDigest
    right = Right.SEE
    title = _("Digests of the trail")
    intro = _("One signed digest a day, anchored on the chain. Keep copies outside: they show what nobody inside could.")
    columns = DIGEST_COLUMNS
    order = ("-day", "-id")
    resource = DigestResource
    empty = _("The first digest is made after midnight (UTC).")

    def export_rows(self) -> Any:
        return DigestResource.annotate(super().export_rows())

    def queryset(self) -> Any:
        return super().queryset().prefetch_related("anchors")

    def url_of(self, row: AuditDigest) -> str:
        return reverse("audit-digest", args=[row.day.isoformat()])


class DigestFile(Page):
    """The day's digest as a file, for `manage.py verify_audit --digest` and for auditors, who need only the public key."""

    right = Right.SEE
    title = _("Digest")

    def prepare(self, **kwargs: Any) -> None:
        try:
            day = date.fromisoformat(kwargs["day"])
        except ValueError:
            raise Http404 from None
        self.digest = find_visible(AuditDigest, self.request.user, day=day)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        name = f"audit-digest-{self.digest.day:%Y-%m-%d}.json"
        return JsonResponse(exported(self.digest), headers={"Content-Disposition": f'attachment; filename="{name}"'})
