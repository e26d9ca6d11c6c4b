"""A page about one thing: header with status, facts and the actions allowed now, tabs, timeline (UIX-02)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.models import User
from audit.enums import Right as TrailRight
from core.registries import extensions, visible
from core.subjects import subject_of
from kit import cells
from kit.neighbours import Neighbours, list_of, neighbours
from kit.pages import SIGNED_IN, Page, find_visible, may
from kit.timeline import Kind, Moment, mails_about, read_timeline

# What of the page htmx asks for by its target: the rest of it stays as it is.
PARTS = {"tabbed": "kit/tabbed.html", "tab": "kit/tab.html", "timeline": "kit/timeline.html", "timeline-more": "kit/timeline_items.html"}


@dataclass(frozen=True)
class Tab:
    """One tab. `template` gets `object`, `page` and what `context(page)` returns; the first tab is shown first.

    Higher apps add theirs with `extend("wallets.issuer.views.WalletDetail", "tab", Tab(…))`.
    """

    name: str
    label: Any
    template: str
    right: str = SIGNED_IN
    context: Callable[["DetailPage"], dict[str, Any]] | None = None


class DetailPage(Page):
    """The page of one row of `model`, found by `lookup` (its public reference) among the rows the person may see."""

    model: ClassVar[type[Model]]
    lookup: ClassVar[str] = "reference"
    kind: ClassVar[Any] = ""  # "Order": stands before the reference; by default the model's verbose name
    list_url: ClassVar[str] = ""  # url name of the list above it
    list_label: ClassVar[Any] = ""
    status_field: ClassVar[str] = "status"
    no_events: ClassVar[Any] = _("Nothing has happened yet.")  # in the timeline's place
    related: ClassVar[tuple[str, ...]] = ()
    tabs: ClassVar[list[Tab]] = []
    has_charts: ClassVar[bool] = False  # on one of the tabs
    actions: ClassVar[list[type[Page]]] = []  # ActionDialogs, the dangerous ones last

    def prepare(self, **kwargs: Any) -> None:
        self.object = find_visible(self.model, self.request.user, related=self.related, **{self.lookup: kwargs[self.lookup]})

    # What a declaration may override.
    def facts(self) -> list[tuple[Any, Any]]:
        """(label, HTML) of the two or three facts that matter; kit.cells makes the HTML."""
        return []

    def summary(self) -> list[tuple[Any, Any]]:
        """(label, HTML) of the first tab's left column, for those who use the template kit/summary.html."""
        return []

    def moments(self) -> list[Moment]:
        """What stands in the timeline beside the audit events: mails; override it to add others."""
        return mails_about(self.object)

    def timeline(self) -> Any:
        """The page of events for kit/summary.html that the address asks for, newest first."""
        kind, older = self.kind_of_events, self.request.GET.get("older", "")
        people = visible(User, self.request.user) if self.face == Face.MERCHANT else None  # the issuer's own aren't named there
        events = read_timeline(self.object, kind=kind, older=older, moments=self.moments, among=people)
        events.older_url = self.here(events=kind, older=events.older) if events.older else ""
        return events

    def page_title(self) -> str:
        return f"{self.kind or self.model._meta.verbose_name} {getattr(self.object, self.lookup)}"

    def path(self) -> list[tuple[str, str]]:
        if not self.list_url:
            return []
        return [(self.list_label, self.neighbours.list_url if self.neighbours else self.link(self.list_url))]

    def here(self, **changes: str) -> str:
        """This page's address with some parameters changed: a tab, a kind of events; the list one came from stays in it."""
        query = self.request.GET.copy()
        for name in ("events", "older", *(() if self.came_from else ("in",)), *(name for name, value in changes.items() if not value)):
            query.pop(name, None)
        for name, value in changes.items():
            if value:
                query[name] = value
        return f"?{query.urlencode()}" if query else self.request.path

    @cached_property
    def came_from(self) -> Any:
        """The list page that one came from, with its criteria; None where one came from elsewhere."""
        address = self.request.GET.get("in", "")
        return list_of(address, self.model, self.request.user) if address else None

    @cached_property
    def neighbours(self) -> Neighbours | None:
        return neighbours(self.came_from, self.object, tab=self.request.GET.get("tab", "")) if self.came_from else None

    @property
    def trail_url(self) -> str:
        """Every event of the thing in the audit trail, who looked at it among them; "" for those who may not see the trail."""
        user = self.request.user
        if user.face != Face.ISSUER or not user.has_right(TrailRight.SEE):
            return ""
        return f"{reverse('audit-list')}?{urlencode({'subject_reference': subject_of(self.object).reference})}"

    @property
    def kind_of_events(self) -> str:
        asked = self.request.GET.get("events", "")
        return asked if asked in Kind.values else ""

    def kinds_of_events(self) -> list[dict[str, Any]]:
        """The filter above the timeline: {"label", "url", "current"}."""
        kinds = [("", _("All")), *Kind.choices]
        return [{"label": label, "url": self.here(events=kind), "current": kind == self.kind_of_events} for kind, label in kinds]

    # The page.
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        tabs = self.allowed_tabs
        if not tabs:
            raise Http404
        asked = request.GET.get("tab", tabs[0].name)
        tab = next((one for one in tabs if one.name == asked), None)
        if tab is None:
            raise Http404
        part = PARTS.get(request.headers.get("HX-Target", ""))
        context = {
            "object": self.object,
            "tabs": [(one, self.here(tab=one.name)) for one in tabs] if len(tabs) > 1 else [],
            "tab": tab,
        }
        if part in ("kit/timeline.html", "kit/timeline_items.html"):
            context["events"] = self.timeline()
        else:
            context |= tab.context(self) if tab.context else {}
        if part is None:
            context |= self.header()
        response = self.render(part or "kit/detail.html", context)
        response["Vary"] = "HX-Request, HX-Target, Cookie"
        return response

    def header(self) -> dict[str, Any]:
        """What stands above the tabs."""
        actions = self.allowed_actions()
        status = cells.badge_of(self.object, self.status_field) if hasattr(self.object, self.status_field) else ""
        return {
            "kind": self.kind or self.model._meta.verbose_name.capitalize(),
            "name": getattr(self.object, self.lookup),
            "status": status,
            "actions": actions,
            "has_danger": any(action["danger"] for action in actions),
        }

    @cached_property
    def allowed_tabs(self) -> list[Tab]:
        every = [*self.tabs, *extensions(f"{type(self).__module__}.{type(self).__name__}", "tab")]
        return [tab for tab in every if tab.right == SIGNED_IN or self.request.user.has_right(tab.right)]

    def allowed_actions(self) -> list[dict[str, Any]]:
        """The actions that the person and the object's state allow now, what one does next first."""
        every = [*self.actions, *extensions(f"{type(self).__module__}.{type(self).__name__}", "action")]
        allowed = [
            {
                "verb": action.button or action.verb,
                "url": action.address(self.object),
                "danger": action.danger,
                "is_next": action.is_next(self.object),
                "icon": action.icon,
                "dialog": action.in_dialog,
            }
            for action in every
            if may(self.request.user, action) and action.available(self.object)
        ]
        return sorted(allowed, key=lambda action: not action["is_next"])
