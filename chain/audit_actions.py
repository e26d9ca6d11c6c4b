from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "chain.deployed": _("Contract deployed"),
    "chain.rebuilt": _("Chain rebuilt from the ledger"),
    "chain.resumed": _("Settlement resumed"),
    "chain.voided": _("Settlement of an operation voided"),
    "chain.speed_up_requested": _("Higher fees asked for"),
    "chain.cancel_requested": _("Cancellation of a transaction asked for"),
    "chain.replaced": _("Transaction replaced"),
    "chain.replacement_refused": _("Replacement not possible any more"),
    "chain.comparison_requested": _("Comparison with the chain requested"),
    "chain.operator_changed": _("Operator's key changed"),
}
