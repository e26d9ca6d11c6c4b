"""The sidebar: what apps registered, in the groups of look.md, as far as the person may see it (USR-01)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.registries import badges, extensions
from kit.pages import MenuItem
from kit.saved.menus import opening_query
from kit.saved.places import place_of
from kit.saved.selectors import pinned_views

GROUPS = {
    "overview": _("Overview"),
    "clients": _("Clients"),
    "assets": _("Assets"),
    "transactions": _("Transactions"),
    "merchants": _("Merchants"),
    "wallets": _("Wallets"),
    "treasury": _("Treasury"),
    "oversight": _("Oversight"),
    "communication": _("Communication"),
    "administration": _("Administration"),
}


def menu(user: Any, active: str, view: str = "") -> list[dict[str, Any]]:
    """Groups of lines: {"label": str, "lines": [{"label", "url", "icon", "active", "count", "badge", "views"}]}; an empty group is left out.

    `count` came with the person, `badge` names what is counted after the page has come (`register_badge`). `views` are the
    person's pinned views of that list; `view` is the reference of the one that is shown.
    """
    pinned = _pinned(user, view)
    counted = badges()
    items: list[MenuItem] = sorted(extensions("menu", user.face), key=lambda item: item.order)
    groups: dict[str, list[dict[str, Any]]] = {group: [] for group in GROUPS}
    for item in items:
        if item.right == "signed_in" or user.has_right(item.right):
            line = {"label": item.label, "url": reverse(item.url_name), "icon": item.icon, "active": item.url_name == active}
            line["count"] = getattr(user, item.count, 0) if item.count else 0
            line["badge"] = item.url_name if item.url_name in counted else ""
            line["views"] = pinned.get(item.url_name, [])
            line["active"] = line["active"] and not any(one["active"] for one in line["views"])
            groups[item.group].append(line)
    shown = [{"label": GROUPS[group], "lines": lines} for group, lines in groups.items() if lines]
    named = {item.url_name for item in items}
    # Views of lists that no menu item leads to, as one's exports.
    others = [
        one | {"label": one["name"], "icon": "bookmark", "badge": "", "views": []}
        for name in pinned
        for one in pinned[name]
        if name not in named
    ]
    return [*shown, {"label": _("Views"), "lines": others}] if others else shown


def _pinned(user: Any, shown: str) -> dict[str, list[dict[str, Any]]]:
    """url name of a menu item -> the pinned views of its list."""
    found: dict[str, list[dict[str, Any]]] = {}
    for view in pinned_views(user):
        place = place_of(view["list"])
        if place is not None and place.open_to(user):
            url = f"{place.address}?{opening_query(view['reference'], view['query'])}"
            under = place.page.named(place.page.menu) if place.page.menu else place.url_name
            line = {"reference": view["reference"], "name": view["name"], "url": url, "active": view["reference"] == shown}
            found.setdefault(under, []).append(line)
    return found
