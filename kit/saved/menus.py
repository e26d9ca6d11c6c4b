"""What a list's own menus show: its views, and its columns. Both are asked for when they are opened (UIX-01, UIX-07)."""

from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from core.registries import visible
from kit.models import SavedView
from kit.saved import service
from kit.saved.places import Place
from kit.saved.selectors import choice_of, pinned_views

MOST_SHOWN = 50


def view_of(page: Any) -> dict[str, Any] | None:
    """The view that the list's address names: {"reference", "name", "query"}. A pinned one came with the person."""
    reference, person = page.request.GET.get("view", "")[:20], page.request.user
    if not reference:
        return None
    at_hand = [*pinned_views(person), choice_of(person, page.list_name())["view"]]
    for view in at_hand:
        if view and view["reference"] == reference and view["list"] == page.list_name():
            return view
    named = visible(SavedView, person).filter(reference=reference, list_path=page.list_name())
    return named.values("reference", "name", "query").first()


def views_menu(page: Any) -> dict[str, Any]:
    """The views of a list for its menu: the present one with what can be done with it, one's own, those that are shared."""
    person, place_name, address = page.request.user, page.list_name(), page.request.path
    views = list(visible(SavedView, person).filter(list_path=place_name).select_related("owner", "profile").order_by("name")[:MOST_SHOWN])
    present = next((view for view in views if page.view and view.reference == page.view["reference"]), None)
    pinned = {pin["reference"] for pin in pinned_views(person)}
    first = choice_of(person, place_name)["view"]
    for view in views:
        view.url = f"{address}?{opening_query(view.reference, view.query)}"
        view.is_pinned = view.reference in pinned
        view.is_first = bool(first and first["reference"] == view.reference)
    return {
        "present": present,
        "may_change": present is not None and service.may_change(present, person),
        "changed": page.view_changed(),
        "own": [view for view in views if view.owner_id == person.pk],
        "shared": [view for view in views if view.owner_id != person.pk],
        "save": f"{reverse('view-save')}?{urlencode({'list': place_name, 'query': page.look()})}",
        "look": urlencode({"query": page.look()}),
        "all_rows": f"{address}?view=" if first else address,
        "more": len(views) == MOST_SHOWN,
    }


def columns_menu(page: Any) -> dict[str, Any]:
    """The columns of a list for its menu: those shown in their order, then the others."""
    shown = page.shown_columns
    rest = [column for column in page.all_columns() if column not in shown]
    return {"columns": [(column.name, column.label, True) for column in shown] + [(column.name, column.label, False) for column in rest]}


def opening_query(reference: str, query: str) -> str:
    """The part of an address behind "?" that opens a list with a view."""
    return f"{query}&view={reference}" if query else f"view={reference}"


def address_of(place: Place, view: SavedView) -> str:
    return f"{place.address}?{opening_query(view.reference, view.query)}"


def in_words(place: Place, view: SavedView, person: Any) -> list[tuple[str, str]]:
    """(criterion, value) of a view, as the chips of its list say them; unreadable ones as they were written."""
    page = place.page_for(person, view.query)
    chips = page.criteria.chips(page.address) if page.criteria else []
    return [(str(chip["label"]), chip["value"]) for chip in chips] + [(name, QueryDict(view.query)[name]) for name in page.unknown]
