"""Cursor paging: newest first, the cursor is the last row's public reference (API-02). No offsets, no counts."""

from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from ninja import Field, Schema

from core.errors import DomainError
from kit.api.types import Text

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class InvalidCursor(DomainError):
    code = "invalid_cursor"
    status = 422


class PageQuery(Schema):
    """What every list takes beside its own criteria."""

    limit: Annotated[int, Field(ge=1, le=100, description="Rows on a page.")] = 50
    cursor: Annotated[Text, Field(max_length=60, description="`next_cursor` of the page before.")] = ""


class Page(Schema, Generic[T]):
    """One page; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None


def paged(rows: QuerySet[M], query: PageQuery, *, key: str = "reference") -> dict[str, Any]:
    """The page of `rows` after the cursor, by descending id. `key` is the public name that serves as the cursor.

    Raises InvalidCursor where no row that the caller may see has that name.
    """
    if query.cursor:
        last = rows.filter(**{key: query.cursor}).values_list("pk", flat=True).first()
        if last is None:
            raise InvalidCursor(_("No row of this list has this cursor."), field="cursor")
        rows = rows.filter(pk__lt=last)
    found = list(rows.order_by("-pk")[: query.limit + 1])
    more = len(found) > query.limit
    found = found[: query.limit]
    return {"items": found, "next_cursor": getattr(found[-1], key) if more else None}
