"""Events are written in the transaction of the change that they tell of (AUD-01, AUD-03)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from audit.models import AuditEvent, AuditPersonal, event_reference, event_references
from audit.services.frames import COLUMNS, Change, Deed, Frame, Happening, PersonalChange
from core.actors import Actor
from core.prepared import prepared
from core.subjects import Subject

INTO = f"INSERT INTO {AuditEvent._meta.db_table} ({', '.join(COLUMNS)}) SELECT {', '.join(['%s'] * len(COLUMNS))}"
COPY = f"COPY {AuditEvent._meta.db_table} (id, {', '.join(COLUMNS)}) FROM STDIN"
COPY_PERSONAL = f"COPY {AuditPersonal._meta.db_table} (event_id, field, old, new, salt) FROM STDIN"
SEQUENCE = f"SELECT pg_get_serial_sequence('{AuditEvent._meta.db_table}', 'id')::regclass AS sequence OFFSET 0"  # asked once, not for each
IDS = f"SELECT nextval(ids.sequence) FROM ({SEQUENCE}) ids, generate_series(1, %s)"  # noqa: S608  our names
SET_BY_DATABASE = "RETURNING id, xid::text::bigint, recorded_at"


def record(
    *,
    action: str,
    actor: Actor,
    subject: Model | Subject,
    now: datetime,
    changes: Mapping[str, Change] | None = None,
    details: Mapping[str, Any] | None = None,
    personal: Mapping[str, PersonalChange] | None = None,
    organisation: str = "",
    comment: str = "",
) -> AuditEvent:
    """Write one event into the running transaction: one INSERT, two with personal values or a comment (AUD-01).

    `changes` and `personal` map a field to (what it was, what it became); personal values and the comment can be erased
    later, all else stays for ever, so neither personal data nor secrets may stand in `changes` and `details` (AUD-05).
    `organisation` is its reference, by default the subject's `organisation_reference` where it has one.
    Raises UnknownAction and UnfitField for mistakes in the code, TransactionManagementError outside a transaction.
    """
    happening = Happening(
        action=action, actor=actor, subject=subject, now=now, changes=changes, details=details, personal=personal,
        organisation=organisation, comment=comment,
    )  # fmt: skip
    event = write(happening)
    assert event is not None
    return event


def record_many(happenings: Iterable[Happening]) -> None:
    """Write many events in a few statements; otherwise as `record`."""
    record_alike((happening, [happening.subject]) for happening in happenings)


def record_alike(deeds: Iterable[tuple[Deed, Iterable[Model | Subject]]]) -> None:
    """As `record_many`, for the same done to many things: what their events share is made once, so that each costs a fraction."""
    _require_transaction()
    given = [(Frame(deed), list(things)) for deed, things in deeds]
    number = sum(len(things) for _frame, things in given)
    if not number:
        return
    references = iter(event_references(number))
    personal = []
    with connection.cursor() as cursor:
        cursor.execute(IDS, [number])
        ids = iter(cursor.fetchall())
        with cursor.copy(COPY) as copy:  # a third of what INSERT takes: nothing is planned, and no text of thousands of values parsed
            for frame, things in given:
                for thing in things:
                    (pk,) = next(ids)
                    values, beside = frame.fill(next(references), thing)
                    copy.write_row((pk, *values))
                    personal += [(pk, *row) for row in beside]
        if personal:
            with cursor.copy(COPY_PERSONAL) as copy:
                for row in personal:
                    copy.write_row(row)


def write(happening: Happening, update: str = "", parameters: Sequence[Any] = ()) -> AuditEvent | None:
    """Write the event; with `update`, which changes one row and ends in RETURNING id, in one statement with it, and only if it found
    the row: else nothing is written, and None comes back. Every service that changes anything comes through here, so not by the ORM."""
    _require_transaction()
    values, personal = Frame(happening).fill(event_reference(), happening.subject)
    statement = f"WITH changed AS ({update}) {INTO} FROM changed {SET_BY_DATABASE}" if update else f"{INTO} {SET_BY_DATABASE}"
    with prepared() as cursor:
        cursor.execute(statement, [*parameters, *values])
        row = cursor.fetchone()
    if row is None:
        return None
    event = AuditEvent(**dict(zip(COLUMNS, values, strict=True)))
    event.pk, event.xid, event.recorded_at = row
    event._state.adding, event._state.db = False, connection.alias
    if personal:
        AuditPersonal.objects.bulk_create(
            AuditPersonal(event=event, field=name, old=old, new=new, salt=salt) for name, old, new, salt in personal
        )
    return event


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is written in the transaction of its change, never alone (AUD-03)")
