"""A page about one thing: header with status, facts and the actions allowed now, tabs, timeline (UIX-02)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from audit.selectors import name_actors
from audit.selectors import timeline as audit_timeline
from core.registries import extensions
from kit import cells
from kit.pages import SIGNED_IN, Page, find_visible

TIMELINE_LENGTH = 100


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

    def timeline(self) -> Any:
        """The events for kit/summary.html, newest first."""
        return name_actors(audit_timeline(self.object)[:TIMELINE_LENGTH])

    def page_title(self) -> str:
        return f"{self.kind or self.model._meta.verbose_name} {getattr(self.object, self.lookup)}"

    def path(self) -> list[tuple[str, str]]:
        return [(self.list_label, self.link(self.list_url))] if self.list_url else []

    # The page.
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        tabs = self.allowed_tabs
        if not tabs:
            raise Http404
        asked = request.GET.get("tab", tabs[0].name)
        tab = next((one for one in tabs if one.name == asked), None)
        if tab is None:
            raise Http404
        actions = self.allowed_actions()
        status = cells.badge_of(self.object, self.status_field) if hasattr(self.object, self.status_field) else ""
        context = {
            "object": self.object,
            "kind": self.kind or self.model._meta.verbose_name.capitalize(),
            "name": getattr(self.object, self.lookup),
            "status": status,
            "tabs": tabs if len(tabs) > 1 else [],
            "tab": tab,
            "actions": actions,
            "has_danger": any(action["danger"] for action in actions),
        }
        if tab.context:
            context |= tab.context(self)
        response = self.render("kit/tab.html" if request.headers.get("HX-Target") == "tab" else "kit/detail.html", context)
        response["Vary"] = "HX-Request, HX-Target, Cookie"
        return response

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
            if self.request.user.has_right(action.right) and action.available(self.object)
        ]
        return sorted(allowed, key=lambda action: not action["is_next"])
