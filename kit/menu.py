"""The sidebar: what apps registered, in the groups of look.md, as far as the person may see it (USR-01)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.registries import extensions
from kit.pages import MenuItem

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


def menu(user: Any, active: str) -> list[dict[str, Any]]:
    """Groups of lines: {"label": str, "lines": [{"label", "url", "icon", "active"}]}; an empty group is left out."""
    items: list[MenuItem] = sorted(extensions("menu", user.face), key=lambda item: item.order)
    groups: dict[str, list[dict[str, Any]]] = {group: [] for group in GROUPS}
    for item in items:
        if item.right == "signed_in" or user.has_right(item.right):
            line = {"label": item.label, "url": reverse(item.url_name), "icon": item.icon, "active": item.url_name == active}
            groups[item.group].append(line)
    return [{"label": GROUPS[group], "lines": lines} for group, lines in groups.items() if lines]
