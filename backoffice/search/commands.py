"""What the palette can do beside finding: go to a page, make something, export a list, small switches (UIX-04).

Nothing is declared for it: pages come from the menu, actions and exports from the lists' own declarations.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import instance
from kit.enums import Right
from kit.lists import ListPage
from kit.menu import menu
from kit.pages import ANY_FACE, may

OWN_PAGES = {
    "export-list": ("download", gettext_lazy("My exports")),
    "account_change_password": ("lock", gettext_lazy("Change password")),
    "own-profile": ("user", gettext_lazy("My profile")),
    "own-sessions": ("device-desktop", gettext_lazy("My sessions")),
    "two-factor": ("shield-check", gettext_lazy("Second factor")),
}


@dataclass(frozen=True)
class Command:
    """A line of the palette: an address, in a dialog where `in_dialog`; or a button of the frame that it presses."""

    label: str
    icon: str
    url: str = ""
    in_dialog: bool = False
    press: str = ""  # a CSS selector

    def matches(self, words: list[str]) -> bool:
        """Whether each word begins one of the label's."""
        own = re.findall(r"\w+", plain(self.label))
        return all(any(one.startswith(word) for one in own) for word in words)


def commands(request: HttpRequest, text: str) -> list[Command]:
    """Those that the person may use and whose words begin as the text's do; all of them where there is no text."""
    words = re.findall(r"\w+", plain(text))
    if text and not words:
        return []
    return [command for command in every(request) if command.matches(words)]


def plain(text: str) -> str:
    """Small letters without accents: "creer" finds "Créer"."""
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))


def every(request: HttpRequest) -> Iterator[Command]:
    person: User = request.user  # type: ignore[assignment]
    pages = [page_of(view, request) for view in lists(person.face)]
    pages = [page for page in pages if person.has_right(page.right)]
    for page in pages:
        for action in [page.lead_action, *page.other_actions]:
            if action is not None and may(person, action):
                url = action.address() if callable(action.address) else action.address
                yield Command(str(getattr(action, "button", "") or action.verb), action.icon or "plus", url, action.in_dialog)
    for group in menu(person, ""):
        for line in group["lines"]:
            yield Command(_("Go to %(page)s") % {"page": line["label"]}, line["icon"], line["url"])
            for view in line["views"]:
                yield Command(_("Go to %(page)s") % {"page": f"{line['label']} · {view['name']}"}, "bookmark", view["url"])
    for name, (icon, label) in OWN_PAGES.items():
        if name in named_pages():
            yield Command(str(label), icon, reverse(name))
    if person.has_right(Right.EXPORTS_MAKE):
        for page in pages:
            if page.resource is not None and page.face == person.face:
                yield Command(_("Export %(list)s") % {"list": page.title}, "download", f"{page.request.path}#export-menu")
    yield from switches()


def switches() -> Iterator[Command]:
    yield Command(_("Light colours"), "sun", press="button[name=scheme][value=light]")
    yield Command(_("Dark colours"), "moon", press="button[name=scheme][value=dark]")
    yield Command(_("Colours as the system"), "device-desktop", press="button[name=scheme][value=auto]")
    for code, name in instance.languages():
        yield Command(_("Language: %(name)s") % {"name": name}, "language", press=f"button[name=language][value={code}]")
    yield Command(_("Keyboard shortcuts"), "command", press="[data-keys]")
    yield Command(_("Sign out"), "logout", press="[data-sign-out] button")


@cache
def lists(face: str) -> list[tuple[type[ListPage], str]]:
    """Every list of a face, with its url name, as the map of the product has them."""
    found = []
    for name, view in views(get_resolver()):
        kind = getattr(view, "view_class", None)
        if kind is not None and issubclass(kind, ListPage) and kind.face in (face, ANY_FACE):
            found.append((kind, name))
    return found


@cache
def named_pages() -> set[str]:
    return {name for name, _view in views(get_resolver())}


def views(resolver: URLResolver) -> Iterator[tuple[str, Any]]:
    """(name, view) of all that can be reached without saying which thing."""
    for pattern in resolver.url_patterns:
        if "<" in str(pattern.pattern):
            continue
        if isinstance(pattern, URLPattern):
            yield str(pattern.name), pattern.callback
        else:
            yield from views(pattern)


def page_of(view: tuple[type[ListPage], str], request: HttpRequest) -> ListPage:
    """The list as if it had been asked for, since a declaration may compute its actions."""
    kind, name = view
    page = kind()
    asked = HttpRequest()
    asked.user, asked.path = request.user, reverse(name)
    page.setup(asked)
    return page
