from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as now_in_words
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column
from kyc.enums import DocumentStatus
from kyc.models import Document
from kyc.services.documents.keeping import today

cells.register_meanings(Document, "status", uploaded=cells.WAITS, approved=cells.DONE, rejected=cells.FAILED)


def expiry_html(document: Document) -> Any:
    """The date on the document, marked where it has passed and the document should still hold."""
    if document.expires_on is None:
        return cells.NOTHING
    day = cells.when_html(document.expires_on)
    if document.status != DocumentStatus.APPROVED or document.expires_on >= today(timezone.now()):
        return day
    return format_html("{} {}", day, cells.badge_html(now_in_words("Lapsed"), cells.FAILED))


def sender_html(document: Document) -> Any:
    return format_html("{}", document.uploaded_by or _("The client"))


DOCUMENT_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("client", _("Client"), cell=lambda document: format_html("{}", document.client)),
    Column("kind", _("Kind"), cell=lambda document: document.get_kind_display()),
    Column("status", _("Verdict")),
    Column("expires_on", _("Valid until"), cell=expiry_html, sort="expires_on"),
    Column("case", _("KYC case"), cell=cells.mono("case__reference")),
    Column("uploaded_by", _("Sent by"), cell=sender_html),
    Column("uploaded_at", _("Uploaded"), sort="uploaded_at", align="end"),
    Column("client__reference", _("Client's reference"), hidden=True),
    Column("name", _("File name"), hidden=True),
    Column("pages", _("Pages"), hidden=True),
    Column("size", _("Size"), cell=lambda document: filesizeformat(document.size), hidden=True),
    Column("reason", _("Reason"), cell=lambda document: document.get_reason_display() or cells.NOTHING, hidden=True),
    Column("decided_by", _("Verdict by"), cell=cells.text("decided_by"), hidden=True),
    Column("decided_at", _("Verdict given"), align="end", hidden=True),
]
