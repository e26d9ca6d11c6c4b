"""The bell and the list behind it, on both faces: each person's own notifications (NOT-02)."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.registries import visible
from kit.dialogs import ActionDialog, Done
from kit.exports.resource import ListResource
from kit.filters import Choices, Criteria, Dates, Exact, YesNo
from kit.lists import Column, ListPage
from kit.pages import ANY_FACE, SIGNED_IN, Page, find_visible
from messaging.models import Notification
from messaging.registry import known_notifications
from messaging.services.notifications import mark_all_read, mark_read

SHOWN = 8  # in the drop-down


class Unread(YesNo):
    def filter(self, qs, value):  # type: ignore[no-untyped-def]
        return qs.filter(read_at__isnull=value == "yes") if value else qs


class NotificationFilter(Criteria):
    unread = Unread(label=_("Unread"))
    kind = Choices(choices=lambda: list(known_notifications().items()), label=_("Kind"))
    created_at = Dates(label=_("Time"))
    subject_reference = Exact(upper=True, label=_("Object's reference"))


class NotificationResource(ListResource):
    excluded = {"url": "the page that it leads to, of use in the back office alone"}

    class Meta:
        model = Notification


def message_cell(row: Notification) -> str:
    """Opening an entry marks it as read, so it is a button and not a link: a GET changes nothing."""
    return format_html(
        '<button type="submit" form="open-notification" formaction="{}" class="row-link{}">{}</button>',
        reverse("notification-open", args=[row.reference]), "" if row.read_at else " is-unread", row.message,
    )  # fmt: skip


class ReadAll(ActionDialog):
    right = SIGNED_IN
    face = ANY_FACE
    url_name = "notification-read-all"
    title = verb = _("Mark all as read")
    icon = "checks"

    def sentence(self) -> Any:
        number = visible(Notification, self.request.user).filter(read_at__isnull=True).count()
        return ngettext(
            "%(number)d notification is marked as read.", "%(number)d notifications are marked as read.", number
        ) % {"number": number}  # fmt: skip

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        mark_all_read(actor=actor, now=now)
        return Done(_("All notifications are read."))

    def back(self) -> str:
        return reverse("notification-list")


class NotificationList(ListPage):
    model = Notification
    right = SIGNED_IN
    face = ANY_FACE
    title = _("Notifications")
    intro = _("What waits for you, and how what you asked for has ended. Kept for 90 days.")
    columns = [
        Column("message", _("Message"), cell=message_cell),
        Column("kind", _("Kind"), cell=lambda row: row.label),
        Column("created_at", _("Time"), sort="created_at"),
        Column("read_at", _("Read")),
    ]
    filters = NotificationFilter
    resource = NotificationResource
    other_actions = [ReadAll]
    empty = _("You are told here when an export or other long work of yours ends, and of what waits for you.")


class OpenNotification(Page):
    """Mark one as read and go where it leads."""

    right = SIGNED_IN
    face = ANY_FACE
    http_method_names = ["post"]

    def prepare(self, **kwargs: Any) -> None:
        self.opened = find_visible(Notification, self.request.user, reference=kwargs["reference"])

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        mark_read(actor=request.user, notification=self.opened, now=timezone.now())
        return HttpResponseRedirect(self.opened.url or reverse("notification-list"))


class RecentNotifications(Page):
    """The drop-down below the bell, loaded when it is opened."""

    right = SIGNED_IN
    face = ANY_FACE
    title = _("Notifications")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = visible(Notification, request.user).order_by("-created_at", "-id")[:SHOWN]
        return self.render("messaging/recent.html", {"notifications": rows, "read_all": ReadAll})


class BellCount(Page):
    """The number in the bell, asked for once a minute by every page that is looked at."""

    right = SIGNED_IN
    face = ANY_FACE
    background = True

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.render("kit/bell_count.html")
