from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit.enums import VerificationStatus
from audit.models import AuditDigest, AuditEvent, Verification
from kit import cells
from kit.lists import Column
from kit.subjects import subject_html

cells.register_meanings(
    Verification,
    "status",
    **{
        VerificationStatus.QUEUED: cells.NEUTRAL,
        VerificationStatus.RUNNING: cells.UNDER_WAY,
        VerificationStatus.SOUND: cells.DONE,
        VerificationStatus.BROKEN: cells.FAILED,
    },
)


def actor_html(event: AuditEvent) -> SafeString:
    """A person by name, everybody else by label; the reference is in the hover text and in the export."""
    name = getattr(event, "actor_name", "")
    if name:
        return format_html('<span title="{}">{}</span>', event.actor_label, name)
    return format_html('<span class="mono">{}</span>', event.actor_label)


def anchors_html(digest: AuditDigest) -> SafeString:
    anchors = list(digest.anchors.all())
    return cells.address_html(anchors[-1].transaction_hash, copy=False) if anchors else cells.NOTHING


EVENT_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("at", _("Time"), sort="at"),
    Column("action", _("Event"), cell=lambda event: event.label),
    Column("subject", _("Object"), cell=subject_html),
    Column("actor_label", _("Who"), cell=actor_html),
    Column("address", _("Address"), cell=cells.mono("address")),
    Column("organisation", _("Organisation"), cell=cells.mono("organisation")),
]

VERIFICATION_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("requested_at", _("Requested"), sort="requested_at"),
    Column("requested_by", _("Requested by"), cell=cells.mono("requested_by")),
    Column("status", _("Result")),
    Column("events", _("Events")),
    Column("finished_at", _("Finished")),
    Column("broken_event", _("First broken event"), cell=cells.mono("broken_event")),
    Column("reason", _("Reason")),
    Column("head", _("Head"), cell=lambda run: cells.address_html(run.head, copy=False)),
]

DIGEST_COLUMNS = [
    Column("day", _("Day"), sort="day"),
    Column("events", _("Events")),
    Column("last_seq", _("Last link")),
    Column("digest", _("SHA-256"), cell=lambda digest: cells.address_html(bytes(digest.digest).hex(), copy=False)),
    Column("anchors", _("Anchored in"), cell=anchors_html),
    Column("made_at", _("Made")),
]
