"""What exports of the trail hold (EXP-X1). Personal values stay out: they are shown one event at a time (AUD-05)."""

from django.db.models import Func, JSONField, QuerySet, TextField, Value

from audit.models import AuditDigest, AuditEvent, Verification
from kit.exports.resource import ListResource


class PayloadPart(Func):
    """A member of the event's signed content, as JSON."""

    output_field = JSONField()

    def __init__(self, member: str) -> None:
        super().__init__("payload", Value("UTF8"), template="convert_from(%(expressions)s)::jsonb -> " + f"'{member}'")


class EventResource(ListResource):
    more = {"changes": "changes_made", "details": "details_given"}
    excluded = {
        "payload": "the signed bytes; what they say stands in the other columns",
        "xid": "the database's own transaction number",
    }

    class Meta:
        model = AuditEvent

    @staticmethod
    def annotate(rows: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return rows.annotate(changes_made=PayloadPart("changes"), details_given=PayloadPart("details"))


class VerificationResource(ListResource):
    excluded = {"lease_until": "of the worker alone"}

    class Meta:
        model = Verification


class DigestResource(ListResource):
    more = {"document_text": "document_text"}
    excluded = {"document": "exported as the text that it is"}

    class Meta:
        model = AuditDigest

    @staticmethod
    def annotate(rows: QuerySet[AuditDigest]) -> QuerySet[AuditDigest]:
        return rows.annotate(document_text=Func("document", Value("UTF8"), function="convert_from", output_field=TextField()))
