"""The trail: what was done, by whom, to what (AUD-01), chained so that a change of the past is seen (AUD-04).

An event's truth is `payload`, canonical bytes written once; the columns beside it repeat parts of it for searching, and
verification compares them. `xid` and `recorded_at` are set by the database. Nothing here is ever changed: the
application's role may only insert, and triggers refuse everybody else (AUD-03).
"""

import json
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audit import registry
from audit.enums import VerificationStatus
from core.actors import ActorType
from core.references import new_reference, new_references
from core.subjects import type_label


class TransactionIdField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's xid8: grows with every transaction of one cluster and never wraps."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)


class CurrentTransactionId(models.Func):
    function = "pg_current_xact_id"
    output_field = TransactionIdField()
    template = "%(function)s()"


class ClockTimestamp(models.Func):
    """The clock itself: `now()` stands still inside a transaction."""

    function = "clock_timestamp"
    output_field = models.DateTimeField()
    template = "%(function)s()"


def event_references(number: int) -> list[str]:
    return new_references("EVT", number, length=12)


def event_reference() -> str:
    return event_references(1)[0]


class AuditEvent(models.Model):
    """One thing done. `at` is the business time; labels are public references, never names (AUD-05)."""

    reference = models.CharField(_("reference"), max_length=20, default=event_reference, editable=False)
    at = models.DateTimeField(_("time"))
    actor_type = models.CharField(_("actor type"), max_length=20, choices=ActorType.choices)
    actor_id = models.CharField(max_length=40)
    actor_label = models.CharField(_("actor"), max_length=80)
    address = models.CharField(_("address"), max_length=45, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    action = models.CharField(_("event"), max_length=80)
    subject_type = models.CharField(_("object type"), max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_reference = models.CharField(_("object"), max_length=80)
    organisation = models.CharField(_("organisation"), max_length=40, blank=True)
    payload = models.BinaryField()
    xid = TransactionIdField(db_default=CurrentTransactionId(), editable=False)
    recorded_at = models.DateTimeField(_("recorded"), db_default=ClockTimestamp(), editable=False)

    writes = "insert"
    actor_name: str = ""  # set by selectors.name_actors

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        constraints = [models.UniqueConstraint(fields=["reference"], name="audit_event_reference_once")]
        indexes = [
            models.Index(fields=["xid", "id"], name="audit_event_commit_order"),
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_event_subject"),
            models.Index(fields=["at", "id"], name="audit_event_at"),
            models.Index(fields=["action", "at", "id"], name="audit_event_action"),
            models.Index(fields=["actor_type", "actor_id", "at", "id"], name="audit_event_actor"),
            models.Index(fields=["subject_reference", "at", "id"], name="audit_event_reference"),
            models.Index(fields=["subject_type", "at", "id"], name="audit_event_kind"),
            models.Index(fields=["organisation", "at", "id"], name="audit_event_organisation", condition=~models.Q(organisation="")),
            models.Index(fields=["request_id"], name="audit_event_request", condition=~models.Q(request_id="")),
        ]

    def __str__(self) -> str:
        return self.reference

    @cached_property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(bytes(self.payload))
        return body

    @property
    def changes(self) -> dict[str, list[Any]]:
        """field -> [what it was, what it became], personal fields aside."""
        changes: dict[str, list[Any]] = self.body.get("changes", {})
        return changes

    @property
    def details(self) -> dict[str, Any]:
        details: dict[str, Any] = self.body.get("details", {})
        return details

    @cached_property
    def comment(self) -> str:
        """What the person wrote, or "" where nothing was written or it has been erased."""
        return next((row.new or "" for row in self.personal.all() if row.field == registry.COMMENT), "")

    @property
    def label(self) -> str:
        return str(registry.action_label(self.action))

    @property
    def subject_type_label(self) -> str:
        return type_label(self.subject_type)


class AuditPersonal(models.Model):
    """A personal value of an event: what it was and became. Deleted when the person is forgotten; the event holds a hash
    of it under `salt`, which goes with it, so that what is left says nothing (AUD-05)."""

    # No constraint: an event is written just before its rows, by the same service, and no role can delete one.
    event = models.ForeignKey(AuditEvent, models.PROTECT, related_name="personal", db_index=False, db_constraint=False)
    field = models.CharField(_("field"), max_length=60)
    old = models.TextField(_("what it was"), null=True)  # noqa: DJ001  (absent and empty differ, and are hashed differently)
    new = models.TextField(_("what it became"), null=True)  # noqa: DJ001
    salt = models.BinaryField(max_length=16)

    writes = "erase"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "field"], name="audit_personal_once_per_field")]

    def __str__(self) -> str:
        return f"{self.field} of event {self.event_id}"


class AuditLink(models.Model):
    """The chain: event after event in the order of their commits, each hash over the one before (AUD-04)."""

    seq = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, models.PROTECT, related_name="link")
    hash = models.BinaryField(max_length=32)

    writes = "insert"

    def __str__(self) -> str:
        return f"link {self.seq}"


class AuditDigest(models.Model):
    """A day's digest of the chain: signed, exported, and anchored outside the database (AUD-04).

    `document` is canonical JSON, `digest` its SHA-256 (what is anchored), `signature` Ed25519 over the document.
    """

    day = models.DateField(_("day"), unique=True)
    last_seq = models.BigIntegerField(_("last link"))
    events = models.BigIntegerField(_("events"))
    document = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=64)
    made_at = models.DateTimeField(_("made"))

    writes = "insert"

    def __str__(self) -> str:
        return f"digest of {self.day:%Y-%m-%d}"


class AuditAnchor(models.Model):
    """Where a digest stands on the chain. A chain that was rebuilt anchors it again, in another transaction."""

    digest = models.ForeignKey(AuditDigest, models.PROTECT, related_name="anchors")
    transaction_hash = models.CharField(_("transaction"), max_length=66)
    block = models.BigIntegerField(_("block"))
    anchored_at = models.DateTimeField(_("anchored"))

    writes = "insert"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "transaction_hash"], name="audit_anchor_once_per_transaction")]

    def __str__(self) -> str:
        return f"anchor of {self.digest_id} in {self.transaction_hash}"


def verification_reference() -> str:
    return new_reference("VER")


class Verification(models.Model):
    """A run over the whole chain, asked for by a person or by the clock, and what it found (AUD-04)."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=verification_reference, editable=False)
    status = models.CharField(_("result"), max_length=10, choices=VerificationStatus.choices, default=VerificationStatus.QUEUED)
    requested_by = models.CharField(_("requested by"), max_length=80)
    requested_at = models.DateTimeField(_("requested"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    events = models.BigIntegerField(_("events"), default=0)
    head = models.CharField(_("head"), max_length=64, blank=True)
    broken_event = models.CharField(_("first broken event"), max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("verification")

    def __str__(self) -> str:
        return self.reference
