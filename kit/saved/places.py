"""Which lists there are, and where each stands: a name that came from a form or a row is looked up here, never imported."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import URLPattern, URLResolver, get_resolver, get_urlconf, reverse

from accounts.enums import Face
from kit.pages import ANY_FACE


@dataclass(frozen=True)
class Place:
    """A list page and its url name."""

    page: Any
    url_name: str

    @property
    def address(self) -> str:
        return reverse(self.url_name)

    def open_to(self, person: Any) -> bool:
        """Whether the person may see the list at all; its rows are another matter."""
        free = self.page.right == "signed_in"
        return self.page.face in (ANY_FACE, person.face) and (free or person.has_right(self.page.right))

    def page_for(self, person: Any, query: str = "") -> Any:
        """The list as `person` would see it at this address, without a browser."""
        request = HttpRequest()
        request.method, request.path, request.user = "GET", self.address, person
        request.GET = QueryDict(query)
        page = self.page()
        page.request = request
        return page


def place_of(list_name: str) -> Place | None:
    """Where the list of this dotted name stands; None where there is no such list (any more)."""
    return _places(get_urlconf()).get(list_name)


def home_face(place: Place) -> str:
    """The face that a list belongs to, for what is shared among its people."""
    return str(place.page.face) if place.page.face in Face.values else ""


@cache
def _places(urlconf: str | None) -> dict[str, Place]:
    found = {}
    for pattern in _patterns(get_resolver(urlconf)):
        page = getattr(pattern.callback, "view_class", None)
        # A list below one thing ("things/<reference>/parts/") has no address of its own.
        if hasattr(page, "list_name") and pattern.name and not pattern.pattern.converters:
            found[page.list_name()] = Place(page, pattern.name)
    return found


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern)
        else:
            yield pattern
