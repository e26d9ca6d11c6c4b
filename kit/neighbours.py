"""The way back to the list that one came from, and to the rows before and after this one in it (UIX-02).

A row's link takes the list's address along (`in`, added by lists.js when the row is about to be opened, so that the list weighs
nothing more); the neighbours are found by the same criteria and order, by key, whether or not the row itself still matches.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.db.utils import OperationalError
from django.http import Http404, HttpRequest, QueryDict
from django.urls import Resolver404, resolve
from psycopg.errors import QueryCanceled

from kit.pages import ANY_FACE
from kit.timeouts import statement_timeout

LONGEST = 2000
TIMEOUT_MS = 250


@dataclass(frozen=True)
class Neighbours:
    """`list_url` leads back; `previous` and `following` are "" at the ends."""

    list_url: str
    previous: str
    following: str


def list_of(address: str, model: Any, person: Any) -> Any | None:
    """The list page of `model` at this address of ours, as far as the person may see it; None for anything else."""
    path, query = urlsplit(address[:LONGEST])[2:4] if address.startswith("/") and not address.startswith("//") else ("", "")
    try:
        match = resolve(path)
    except (Resolver404, ValueError):
        return None
    page_class = getattr(match.func, "view_class", None)
    if not hasattr(page_class, "list_name") or page_class.model is not model or page_class.face not in (ANY_FACE, person.face):
        return None
    if page_class.right != "signed_in" and not person.has_right(page_class.right):
        return None
    request = HttpRequest()
    request.method, request.path, request.user = "GET", path, person
    try:
        request.GET = QueryDict(query)
    except SuspiciousOperation:
        return None
    page = page_class()
    page.setup(request, **match.kwargs)
    try:
        page.prepare(**match.kwargs)
    except Http404:
        return None
    return page


def neighbours(page: Any, row: Any, *, tab: str = "") -> Neighbours:
    """Two statements, each with a short time; a list too slow for that has no neighbours."""
    address = page.request.path + (f"?{page.request.GET.urlencode(safe=',')}" if page.request.GET else "")
    more = urlencode({"in": address} | ({"tab": tab} if tab else {}))

    def beside(*, reverse: bool) -> str:
        rows = order.beyond(page.rows(), values, reverse=reverse).select_related(*page.related)
        found = order.sort(rows, reverse=reverse).first()
        url = page.url_of(found) if found is not None else ""
        return f"{url}{'&' if '?' in url else '?'}{more}" if url else ""

    order = page.sorting()
    values = order.values(row)
    try:
        with statement_timeout(TIMEOUT_MS):
            return Neighbours(address, beside(reverse=True), beside(reverse=False))
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled) or connection.in_atomic_block:
            raise
        return Neighbours(address, "", "")
