"""What an event says, and how it stands in the table: made once for as many events as differ in their subject alone."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from audit import payload, registry
from core.actors import Actor
from core.context import client_address, request_id
from core.subjects import Subject, subject_of

SHARED = ("at", "actor_type", "actor_id", "actor_label", "address", "request_id", "action")
OWN = ("organisation", "reference", "subject_id", "subject_reference", "subject_type")  # sorted, as they stand in the payload
COLUMNS = ("reference", *SHARED, "subject_type", "subject_id", "subject_reference", "organisation", "payload")

Change = tuple[Any, Any]
PersonalChange = tuple[str | None, str | None]
PersonalRow = tuple[str, str | None, str | None, bytes]  # field, what it was, what it became, salt


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What was done, whatever to; the fields mean what the arguments of `record` mean."""

    action: str
    actor: Actor
    now: datetime
    changes: Mapping[str, Change] | None = None
    details: Mapping[str, Any] | None = None
    personal: Mapping[str, PersonalChange] | None = None
    organisation: str = ""
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Happening(Deed):
    """A deed done to one thing: one event."""

    subject: Model | Subject


class Frame:
    """The deed as columns and as the canonical text of the payload, with gaps for what is the subject's own.

    Raises UnknownAction and UnfitField for mistakes in the code.
    """

    def __init__(self, deed: Deed) -> None:
        if not registry.is_known(deed.action):
            raise registry.UnknownAction(f"register the audit action {deed.action} in its app's audit_actions.py")
        changes, details = dict(deed.changes or {}), dict(deed.details or {})
        registry.check_fields(changes)
        registry.check_fields(details)
        self.organisation = deed.organisation
        self.shared = (
            deed.now,
            str(deed.actor.actor_type),
            str(deed.actor.actor_id),
            payload.one_line(deed.actor.actor_label, 80),
            payload.one_line(client_address.get(), 45),
            payload.one_line(request_id.get(), 64),
            deed.action,
        )
        body: dict[str, Any] = {"v": payload.VERSION, **dict(zip(SHARED, self.shared, strict=True))}
        if changes:
            body["changes"] = {name: [old, new] for name, (old, new) in changes.items()}
        if details:
            body["details"] = details
        gaps = dict.fromkeys(OWN, "%s") | {"reference": '"%s"'}  # a reference needs no escapes
        self.personal = _personal_values(deed)
        if self.personal:
            pairs = (f"{payload.text(name)}:[{_hash_gap(old)},{_hash_gap(new)}]" for name, old, new in self.personal)
            gaps["personal"] = f"{{{','.join(pairs)}}}"
        self.template = payload.template(body, gaps)

    def fill(self, reference: str, thing: Model | Subject) -> tuple[list[Any], list[PersonalRow]]:
        """The event about a thing: its values in the order of COLUMNS, and the personal ones that stand beside it."""
        subject = subject_of(thing)
        subject_reference = payload.one_line(subject.reference, 80)
        text = payload.text
        organisation = self.organisation or getattr(thing, "organisation_reference", "") or ""
        personal = [(name, old, new, os.urandom(payload.SALT_BYTES)) for name, old, new in self.personal]
        hashes = [
            payload.personal_hash(salt, value) for _name, old, new, salt in personal for value in (old, new) if value is not None
        ]  # fmt: skip
        # Sorted by name, as the template has its gaps: organisation, personal, reference, subject_…
        content = self.template % (
            text(organisation), *hashes, reference, text(subject.id), text(subject_reference), text(subject.type),
        )  # fmt: skip
        values = [reference, *self.shared, subject.type, subject.id, subject_reference, organisation, content.encode()]
        return values, personal


def _personal_values(deed: Deed) -> Sequence[tuple[str, str | None, str | None]]:
    """Sorted by name, as they stand in the payload."""
    values = {name: (_clean(old), _clean(new)) for name, (old, new) in (deed.personal or {}).items()}
    if deed.comment:
        values[registry.COMMENT] = (None, payload.clean(deed.comment))
    return [(name, old, new) for name, (old, new) in sorted(values.items())]


def _clean(value: str | None) -> str | None:
    return None if value is None else payload.clean(value)


def _hash_gap(value: str | None) -> str:
    return "null" if value is None else '"%s"'
