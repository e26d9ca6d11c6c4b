from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.lists import Column
from transactions.enums import HoldStatus
from transactions.models import Hold

cells.register_meanings(
    Hold,
    "status",
    **{
        HoldStatus.HELD: cells.WAITS,
        HoldStatus.POSTED: cells.DONE,
        HoldStatus.REFUSED: cells.FAILED,
        HoldStatus.CANCELLED: cells.NEUTRAL,
        HoldStatus.EXPIRED: cells.NEUTRAL,
    },
)

HOLD_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("client", _("Client"), cell=lambda hold: str(hold.client)),
    Column("type", _("Type"), cell=lambda hold: hold.get_type_display()),
    Column("quantity", _("Quantity"), sort="quantity", asset="asset"),
    Column("status", _("Status")),
    Column("level", _("Level then")),
    Column("arrived_at", _("Waiting since"), sort="arrived_at", align="end"),
    Column("expires_at", _("Expires"), align="end"),
    Column("client__reference", _("Client's reference"), hidden=True),
    Column("client__verification_level", _("Level now"), hidden=True),
    Column("sender__address", _("Sender"), cell=cells.address("sender__address"), hidden=True),
    Column("receiver__address", _("Receiver"), cell=cells.address("receiver__address"), hidden=True),
    Column("fee", _("Fee"), asset="asset", hidden=True),
    Column("comment", _("Comment"), hidden=True),
    Column("waits_for", _("Why it still waits"), hidden=True),
    Column("closing_reason", _("Reason"), hidden=True),
    Column("operation_reference", _("Transaction identifier"), cell=cells.mono("operation_reference"), hidden=True),
    Column("creator_label", _("Created by"), cell=cells.mono("creator_label"), hidden=True),
    Column("closed_at", _("Closed"), align="end", hidden=True),
]
