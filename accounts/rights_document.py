"""docs/rights.md: each right with the default profiles that hold it, and each page with the right that it asks for (USR-01, USR-02).

`manage.py write_rights` writes it; a test keeps it equal to the code, so that whoever adds a page says there whom it is for.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.profiles import rights_table
from core.registries import known_rights

FACES = ((Face.ISSUER, _("Issuer's face")), (Face.MERCHANT, _("Merchant's face")), ("any", _("Both faces")))
WITHOUT_RIGHT = {"public": _("everybody"), "signed_in": _("everyone signed in")}


def rights_document() -> str:
    """The whole file, in the active language."""
    return f"{rights_table()}\n{pages_table()}"


def pages_table() -> str:
    labels, lines = known_rights(), ["# The right of each page", ""]
    for face, heading in FACES:
        lines += [f"## {heading}", "", "| address | page | right | code |", "| --- | --- | --- | --- |"]
        for address, view in sorted(_pages(), key=lambda found: found[0]):
            if view.face == face:
                code = "" if view.right in WITHOUT_RIGHT else f"`{view.right}`"
                lines.append(f"| `{address}` | {_title(view)} | {WITHOUT_RIGHT.get(view.right) or labels[view.right]} | {code} |")
        lines.append("")
    return "\n".join(lines)


def _pages(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    """(address, view) of everything that has a face: pages, dialogs and files, not the API's operations."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _pages(pattern, route)
        elif isinstance(pattern, URLPattern) and hasattr(pattern.callback, "face"):
            yield _readable(route), pattern.callback


def _readable(route: str) -> str:
    """`/users/<str:reference>/` as `/users/<reference>/`; of a regular expression its names alone."""
    named = re.sub(r"\(\?P(<\w+>)(?:[^()]|\([^()]*\))*\)", r"\1", route)
    return re.sub(r"<\w+:(\w+)>", r"<\1>", named).replace("^", "").replace("$", "").replace("|", "\\|")


def _title(view: Any) -> str:
    page = getattr(view, "view_class", None)
    initial = (getattr(view, "view_initkwargs", None) or {}).get("extra_context", {})
    named = initial.get("page_title") or getattr(page, "title", "") or getattr(page, "verb", "") or getattr(page, "kind", "")
    return str(named or getattr(page, "__name__", ""))
