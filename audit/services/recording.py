"""Events are written in the transaction of the change that they tell of (AUD-01, AUD-03)."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from audit import payload, registry
from audit.models import AuditEvent, AuditPersonal, event_reference
from core.actors import Actor
from core.context import client_address, request_id
from core.prepared import prepared
from core.subjects import Subject, subject_of

COLUMNS = [field.attname for field in AuditEvent._meta.concrete_fields if field.name not in ("id", "xid", "recorded_at")]
INTO = f"INSERT INTO {AuditEvent._meta.db_table} ({', '.join(COLUMNS)}) SELECT {', '.join(['%s'] * len(COLUMNS))}"
COPY = f"COPY {AuditEvent._meta.db_table} (id, {', '.join(COLUMNS)}) FROM STDIN"
COPY_PERSONAL = f"COPY {AuditPersonal._meta.db_table} (event_id, field, old, new, salt) FROM STDIN"
IDS = f"SELECT nextval(pg_get_serial_sequence('{AuditEvent._meta.db_table}', 'id')) FROM generate_series(1, %s)"  # noqa: S608  our names
SET_BY_DATABASE = "RETURNING id, xid::text::bigint, recorded_at"

Change = tuple[Any, Any]
PersonalChange = tuple[str | None, str | None]


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One event to be written, for `record_many`; the fields mean what the arguments of `record` mean."""

    action: str
    actor: Actor
    subject: Model | Subject
    now: datetime
    changes: Mapping[str, Change] | None = None
    details: Mapping[str, Any] | None = None
    personal: Mapping[str, PersonalChange] | None = None
    organisation: str = ""
    comment: str = ""
    _salts: dict[str, bytes] = field(default_factory=dict, init=False, repr=False)

    def personal_values(self) -> dict[str, PersonalChange]:
        values = {name: (_clean(old), _clean(new)) for name, (old, new) in (self.personal or {}).items()}
        if self.comment:
            values[registry.COMMENT] = (None, payload.clean(self.comment))
        return values

    def salt(self, name: str) -> bytes:
        return self._salts.setdefault(name, os.urandom(payload.SALT_BYTES))


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


def record_many(happenings: Iterable[Happening]) -> list[AuditEvent]:
    """Write many events in a few statements; otherwise as `record`, but what the database sets isn't read back."""
    _require_transaction()
    given = list(happenings)
    events = [build(happening) for happening in given]
    with connection.cursor() as cursor:
        cursor.execute(IDS, [len(events)])
        for event, (pk,) in zip(events, cursor.fetchall(), strict=True):
            event.pk, event._state.adding, event._state.db = pk, False, connection.alias
        with cursor.copy(COPY) as copy:  # a third of what INSERT takes: nothing is planned, and no text of thousands of values parsed
            for event in events:
                copy.write_row([event.pk, *(getattr(event, name) for name in COLUMNS)])
        personal = [
            [event.pk, name, old, new, happening.salt(name)]
            for event, happening in zip(events, given, strict=True)
            for name, (old, new) in happening.personal_values().items()
        ]
        if personal:
            with cursor.copy(COPY_PERSONAL) as copy:
                for row in personal:
                    copy.write_row(row)
    return events


def build(happening: Happening) -> AuditEvent:
    """The event as it will stand in the table: the columns are parts of the payload."""
    if not registry.is_known(happening.action):
        raise registry.UnknownAction(f"register the audit action {happening.action} in its app's audit_actions.py")
    changes, details = dict(happening.changes or {}), dict(happening.details or {})
    registry.check_fields(changes)
    registry.check_fields(details)
    subject = subject_of(happening.subject)
    organisation = happening.organisation or getattr(happening.subject, "organisation_reference", "") or ""
    columns = {
        "reference": event_reference(),
        "actor_type": str(happening.actor.actor_type),
        "actor_id": str(happening.actor.actor_id),
        "actor_label": payload.one_line(happening.actor.actor_label, 80),
        "address": payload.one_line(client_address.get(), 45),
        "request_id": payload.one_line(request_id.get(), 64),
        "action": happening.action,
        "subject_type": subject.type,
        "subject_id": subject.id,
        "subject_reference": payload.one_line(subject.reference, 80),
        "organisation": organisation,
    }
    body: dict[str, Any] = {"v": payload.VERSION, "at": happening.now, **columns}
    if changes:
        body["changes"] = {name: [old, new] for name, (old, new) in changes.items()}
    if details:
        body["details"] = details
    if values := happening.personal_values():
        body["personal"] = {
            name: [payload.personal_hash(happening.salt(name), old), payload.personal_hash(happening.salt(name), new)]
            for name, (old, new) in values.items()
        }
    return AuditEvent(at=happening.now, payload=payload.canonical(body), **columns)


def write(happening: Happening, update: str = "", parameters: Sequence[Any] = ()) -> AuditEvent | None:
    """Write the event; with `update`, which changes one row and ends in RETURNING id, in one statement with it, and only if it found
    the row: else nothing is written, and None comes back. Every service that changes anything comes through here, so not by the ORM."""
    _require_transaction()
    event = build(happening)
    statement = f"WITH changed AS ({update}) {INTO} FROM changed {SET_BY_DATABASE}" if update else f"{INTO} {SET_BY_DATABASE}"
    with prepared() as cursor:
        cursor.execute(statement, [*parameters, *(getattr(event, name) for name in COLUMNS)])
        row = cursor.fetchone()
    if row is None:
        return None
    event.pk, event.xid, event.recorded_at = row
    event._state.adding, event._state.db = False, connection.alias
    if personal_rows := _personal_rows(event, happening):
        AuditPersonal.objects.bulk_create(personal_rows)
    return event


def _personal_rows(event: AuditEvent, happening: Happening) -> list[AuditPersonal]:
    return [
        AuditPersonal(event=event, field=name, old=old, new=new, salt=happening.salt(name))
        for name, (old, new) in happening.personal_values().items()
    ]


def _clean(value: str | None) -> str | None:
    return None if value is None else payload.clean(value)


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is written in the transaction of its change, never alone (AUD-03)")
