"""What this app records in the trail."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "ledger.transferred": _("Transferred by hand"),
    "transactions.held": _("Transaction held"),
    "transactions.hold_posted": _("Held transaction posted"),
    "transactions.hold_refused": _("Held transaction refused"),
    "transactions.hold_cancelled": _("Held transaction cancelled"),
    "transactions.hold_expired": _("Held transaction expired"),
    "transactions.sent": _("P2P transfer sent"),
}
