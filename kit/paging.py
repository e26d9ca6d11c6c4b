"""Keyset paging: a page is found by the last row's values, never by OFFSET, so that page 1 and page 100,000 cost the same."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Func, Q, QuerySet, Value

COUNT_CAP = 10_000


class RowComparison(Func):
    """(a, b) < (x, y), as PostgreSQL's index scans understand it."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, *expressions: Any, operator: str) -> None:
        super().__init__(*expressions)
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        parts, params = [], []
        for expression in self.source_expressions:
            sql, values = compiler.compile(expression)
            parts.append(sql)
            params += values
        half = len(parts) // 2
        return f"({', '.join(parts[:half])}) {self.operator} ({', '.join(parts[half:])})", params


@dataclass(frozen=True)
class Order:
    """A total order: one sort column and the primary key behind it, both in one direction (one index serves both ways)."""

    column: str
    descending: bool
    nullable: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return ("pk",) if self.column in ("pk", "id") else (self.column, "pk")

    def sort(self, rows: QuerySet[Any], *, reverse: bool = False) -> QuerySet[Any]:
        descending = self.descending != reverse
        if not self.nullable:
            return rows.order_by(*(f"-{column}" if descending else column for column in self.columns))
        # Empty values stand last, so first when walked from the end.
        first, last = (True, None) if reverse else (None, True)
        lead = (
            F(self.column).desc(nulls_first=first, nulls_last=last)
            if descending
            else F(self.column).asc(nulls_first=first, nulls_last=last)
        )
        return rows.order_by(lead, "-pk" if descending else "pk")

    def beyond(self, rows: QuerySet[Any], values: list[Any], *, reverse: bool = False) -> QuerySet[Any]:
        """The rows after the one with these values (before it, walking in reverse)."""
        operator = "<" if self.descending != reverse else ">"
        key = RowComparison(*map(F, self.columns), *map(Value, values), operator=operator)
        if not self.nullable:
            return rows.filter(key)
        empty = Q(**{f"{self.column}__isnull": True})
        if values[0] is None:
            same = empty & Q(**{f"pk__{'lt' if operator == '<' else 'gt'}": values[1]})
            return rows.filter(same | ~empty) if reverse else rows.filter(same)
        return rows.filter(key) if reverse else rows.filter(Q(key) | empty)

    def values(self, row: Any) -> list[Any]:
        found = []
        for column in self.columns:
            value = row
            for name in column.split("__"):
                value = getattr(value, name, None)
            found.append(value)
        return found


def encode_cursor(values: list[Any]) -> str:
    texts = [None if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def decode_cursor(text: str, model: type[models.Model], order: Order) -> list[Any] | None:
    """The values of a cursor, each through its field's own parser; None for anything that isn't one."""
    from kit.cells import field_at  # noqa: PLC0415 - cells doesn't need paging, paging needs one lookup of it

    try:
        texts = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        if not isinstance(texts, list) or len(texts) != len(order.columns):
            return None
        values = []
        for column, value in zip(order.columns, texts, strict=True):
            field = model._meta.pk if column == "pk" else field_at(model, column)
            if value is None and not (order.nullable and column == order.column):
                return None
            if not isinstance(value, (str, type(None))) or field is None or "\x00" in (value or ""):
                return None
            parsed = field.to_python(value)
            field.run_validators(parsed) if isinstance(field, models.IntegerField) and parsed is not None else None
            values.append(parsed)
    except Exception:
        return None
    return values


@dataclass
class Slice:
    """One page of rows and what lies around it."""

    rows: list[Any]
    has_previous: bool
    has_next: bool
    first_cursor: str = ""
    last_cursor: str = ""


def take(
    rows: QuerySet[Any], order: Order, *, size: int, after: list[Any] | None = None, before: list[Any] | None = None, last: bool = False
) -> Slice:
    """A page after or before a row, the first one, or the last one (by reversed order)."""
    backwards = last or before is not None
    page = order.sort(rows, reverse=backwards)
    if after is not None:
        page = order.beyond(page, after)
    elif before is not None:
        page = order.beyond(page, before, reverse=True)
    found = list(page[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_previous = more if backwards else after is not None
    has_next = (before is not None) if backwards else more
    if not found:
        return Slice([], has_previous=after is not None, has_next=before is not None)
    return Slice(found, has_previous, has_next, encode_cursor(order.values(found[0])), encode_cursor(order.values(found[-1])))


def capped_count(rows: QuerySet[Any], cap: int = COUNT_CAP) -> int:
    """How many rows, counted to the cap and one more; more than the cap is "10 000+"."""
    return rows.order_by()[: cap + 1].count()


def capped_counts(several: Sequence[QuerySet[Any]], cap: int) -> list[int]:
    """How many rows each has, up to `cap` + 1, in one statement."""
    parts, values = [], []
    for rows in several:
        try:
            sql, params = rows.order_by().values("pk")[: cap + 1].query.sql_with_params()
        except EmptyResultSet:
            sql, params = "SELECT 1 WHERE false", ()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608
        values += params
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone())
