from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Verdict(TextChoices):
    """What became of a question to the rules (UIX-09). An alert only: it moved, and somebody is told."""

    ALLOWED = "allowed", _("Allowed")
    ALERT_ONLY = "alert_only", _("Allowed, with an alert")
    REFUSED = "refused", _("Refused")


class HoldStatus(TextChoices):
    """Where a held transaction stands (LIM-09). All but held are final."""

    HELD = "held", _("Held")
    POSTED = "posted", _("Posted")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class Right(TextChoices):
    HOLDS_SEE = "holds.see", _("See transactions on hold")
    HOLDS_ACT = "holds.act", _("Cancel transactions on hold")
    TRANSFERS_SEE = "transfers.see", _("Read P2P transfers, over the API")
    TRANSFERS_ACT = "transfers.act", _("Send P2P transfers for clients, over the API")
    TRANSFER = "operations.transfer", _("Transfer assets between wallets by hand")
    TRANSFER_FROM_CLIENT = "operations.transfer_from_client", _("Transfer assets out of a client's wallet by hand")
