"""The one way a status changes: a conditional update along a table of legal moves, and its event (DESIGN sections 2, 6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

from django.db import connection
from django.db.models import Field, Model
from django.utils.translation import gettext_lazy as _

from audit.services.frames import Deed, Happening
from audit.services.recording import record_alike, write
from audit.transitions import Transitions
from core.actors import Actor
from core.errors import DomainError
from core.lookups import one_of

M = TypeVar("M", bound=Model)


class IllegalTransition(DomainError):
    """The thing isn't in a status from which this is possible, or somebody else has just changed it."""

    code = "illegal_transition"
    status = 409


def move(
    obj: M,
    *,
    table: Transitions,
    to: Any,
    actor: Actor,
    now: datetime,
    comment: str = "",
    details: Mapping[str, Any] | None = None,
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    **fields: Any,
) -> M:
    """Move `obj` to the status `to`, set `fields` with it, and record the table's action for the move.

    The update names the old status as it was read, so that of two who decide at once one wins and the other gets
    IllegalTransition; the object in memory changes only once the row has. Runs inside the caller's transaction.
    """
    old = getattr(obj, table.field)
    action = table.action(old, to)
    if action is None:
        raise _refusal(obj, table, to)
    values = {table.field: to, **fields}
    update, columns = _update(type(obj), table.field, tuple(values))
    parameters = [column.get_db_prep_save(value, connection) for column, value in zip(columns, values.values(), strict=True)]
    happening = Happening(
        action=action, actor=actor, subject=obj, changes={table.field: (old, to), **(changes or {})}, details=details, comment=comment, now=now
    )  # fmt: skip
    if write(happening, update, [*parameters, obj.pk, old]) is None:
        raise IllegalTransition(_("Somebody else has changed this in the meantime. Look at it again."))
    for name, value in values.items():
        setattr(obj, name, value)
    return obj


def move_many(
    rows: Sequence[M], *, table: Transitions, to: Any, actor: Actor, now: datetime, comment: str = "", **fields: Any
) -> dict[int, IllegalTransition]:
    """As `move`, for many rows that the caller has locked, in a few statements: the row's id -> why it didn't move."""
    refused: dict[int, IllegalTransition] = {}
    alike: dict[Any, list[M]] = {}
    for row in rows:
        alike.setdefault(getattr(row, table.field), []).append(row)
    deeds, moving = [], []
    for old, ones in alike.items():
        if (action := table.action(old, to)) is None:
            refused |= dict.fromkeys((one.pk for one in ones), _refusal(ones[0], table, to))
        else:
            deeds.append((Deed(action=action, actor=actor, changes={table.field: (old, to)}, comment=comment, now=now), ones))
            moving += ones
    values = {table.field: to, **fields}
    ids = [row.pk for row in moving]
    if ids and type(rows[0])._default_manager.filter(one_of("pk", ids)).update(**values) != len(ids):
        raise IllegalTransition(_("Somebody else has changed this in the meantime. Look at it again."))
    record_alike(deeds)
    for row in moving:
        for name, value in values.items():
            setattr(row, name, value)
    return refused


def _refusal(row: Model, table: Transitions, to: Any) -> IllegalTransition:
    words = {"old": _status_label(row, table, getattr(row, table.field)), "new": _status_label(row, table, to)}
    return IllegalTransition(_("This is %(old)s now and can't become %(new)s.") % words)


@cache
def _update(model: type[Model], status: str, names: tuple[str, ...]) -> tuple[str, list["Field[Any, Any]"]]:
    """The statement that sets these fields where the status is still the old one, and the fields."""
    columns = [cast("Field[Any, Any]", model._meta.get_field(name)) for name in names]
    changes = ", ".join(f"{column.column} = %s" for column in columns)
    return f"UPDATE {model._meta.db_table} SET {changes} WHERE id = %s AND {status} = %s RETURNING id", columns  # noqa: S608  our names


def _status_label(obj: Model, table: Transitions, status: Any) -> str:
    choices = dict(getattr(obj._meta.get_field(table.field), "flatchoices", ()))
    return str(choices.get(status, status)).lower()
