from typing import Any

from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column
from kyc.enums import MessageNote, MessageStatus
from kyc.models import ProviderMessage

cells.register_meanings(
    ProviderMessage,
    "status",
    **{
        MessageStatus.RECEIVED: cells.UNDER_WAY,
        MessageStatus.DONE: cells.DONE,
        MessageStatus.UNMATCHED: cells.WAITS,
        MessageStatus.FAILED: cells.FAILED,
        MessageStatus.REFUSED: cells.FAILED,
    },
)


def note_of(message: ProviderMessage) -> Any:
    return MessageNote(message.note).label if message.note in MessageNote.values else cells.NOTHING


MESSAGE_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("received_at", _("Received"), sort="received_at"),
    Column("provider", _("Provider"), cell=lambda message: message.get_provider_display()),
    Column("event", _("Event"), cell=cells.mono("event")),
    Column("case__reference", _("Case")),
    Column("status", _("Status")),
    Column("copies", _("Copies"), align="end"),
    Column("note", _("Note"), cell=note_of),
    Column("provider_reference", _("Provider's reference"), cell=cells.mono("provider_reference"), hidden=True),
    Column("signature_holds", _("Signature holds"), hidden=True),
    Column("last_received_at", _("Last copy"), hidden=True),
    Column("processed_at", _("Handled"), hidden=True),
    Column("attempts", _("Attempts"), align="end", hidden=True),
]
