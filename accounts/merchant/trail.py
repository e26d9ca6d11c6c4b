"""A merchant's own part of the trail: what was done to its organisation, people, wallets and keys (AUD-02, USR-04).

Of what the issuer's people did it says that it was done, not by whom, whence, nor what they noted.
"""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.models import User
from audit.issuer.filters import EventFilter
from audit.issuer.resources import PayloadPart
from audit.issuer.tables import actor_html
from audit.issuer.views import EventDetail, EventList
from audit.models import AuditEvent
from audit.selectors import name_actors
from core.registries import visible
from kit import cells
from kit.exports.resource import ListResource
from kit.filters import Choices, Criteria, Dates
from kit.lists import Column
from kit.subjects import subject_html


def object_html(event: AuditEvent) -> SafeString:
    return subject_html(event, Face.MERCHANT)


class OwnEventFilter(Criteria):
    subject_reference = EventFilter.base_filters["subject_reference"]
    at = Dates(label=_("Time"))
    action = EventFilter.base_filters["action"]
    actor_type = Choices(choices=EventFilter.base_filters["actor_type"].extra["choices"], label=_("Kind of actor"))


class OwnEventResource(ListResource):
    more = {"changes": "changes_made"}
    excluded = {
        "payload": "the signed bytes; what they say stands in the other columns",
        "xid": "the database's own transaction number",
        "address": "of the issuer's people it is none of a merchant's business",
        "request_id": "the issuer's log's",
        "actor_id": "the database's own number; actor_label is the public name",
    }

    class Meta:
        model = AuditEvent


class MerchantEventList(EventList):
    face = Face.MERCHANT
    intro = _("What was changed in your organisation: its people, wallets and keys.")
    columns = [
        Column("reference", _("Reference"), width="w-3"),
        Column("at", _("Time"), sort="at"),
        Column("action", _("Event"), cell=lambda event: event.label),
        Column("subject", _("Object"), cell=object_html),
        Column("actor_label", _("Who"), cell=actor_html),
    ]
    filters = OwnEventFilter
    resource = OwnEventResource

    def export_rows(self) -> Any:
        return super(EventList, self).export_rows().annotate(changes_made=PayloadPart("changes"))

    def table(self, rows: list[Any]) -> SafeString:
        return super(EventList, self).table(name_actors(rows, among=visible(User, self.request.user)))


class MerchantEventDetail(EventDetail):
    face = Face.MERCHANT

    def prepare(self, **kwargs: Any) -> None:
        super().prepare(**kwargs)
        name_actors([self.object], among=visible(User, self.request.user))

    def summary(self) -> list[tuple[Any, Any]]:
        event = self.object
        return [
            (_("Event"), event.label),
            (_("Time"), cells.when_html(event.at)),
            (_("Who"), format_html("{} <span class='mono'>{}</span>", actor_html(event), event.actor_label)),
            (_("Address"), cells.mono("address")(event)),
            (_("Object"), object_html(event)),
        ]
