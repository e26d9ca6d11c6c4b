"""The badges of pinned views: counted after the page, up to a cap, each for a moment at most, and kept for some seconds."""

from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.utils import OperationalError
from psycopg.errors import QueryCanceled

from kit.idempotency import content_hash
from kit.paging import capped_count
from kit.saved.places import place_of
from kit.saved.selectors import pinned_views
from kit.timeouts import statement_timeout

CAP = 999
TIMEOUT_MS = 250
KEPT = 15  # seconds


def badges(person: Any) -> list[tuple[str, str]]:
    """(reference, "12" or "999+") of the person's pinned views: the rows that this person may see. What takes too long has none."""
    return [(view["reference"], _badge(person, view)) for view in pinned_views(person)]


def _badge(person: Any, view: dict[str, Any]) -> str:
    place = place_of(view["list"])
    if place is None or not place.open_to(person):
        return ""
    key = content_hash("view count", str(person.pk), view["reference"], view["query"])
    badge: str | None = cache.get(key)
    if badge is None:
        badge = _counted(place.page_for(person, view["query"]))
        cache.set(key, badge, KEPT)
    return badge


def _counted(page: Any) -> str:
    if page.criteria is not None and not page.criteria.form.is_valid():
        return ""
    try:
        with statement_timeout(TIMEOUT_MS):
            number = capped_count(page.rows(), CAP)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled) or connection.in_atomic_block:
            raise
        return ""
    return f"{CAP}+" if number > CAP else str(number)
