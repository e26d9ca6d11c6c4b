"""What the ledger's services record. A posting is its own record: only what a person does by hand is an event beside it."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "assets.issued": _("More was issued"),
    "assets.reissued": _("More was issued automatically"),
    "assets.burnt": _("A quantity was burnt"),
    "ledger.proof_requested": _("Proof of the ledger requested"),
}
