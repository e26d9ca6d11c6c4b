from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "orders.created": _("Order created"),
    "orders.payment_received": _("Payment received"),
    "orders.paid": _("Order paid"),
    "orders.held": _("Order put on hold"),
    "orders.approved": _("Order approved above a limit"),
    "orders.checked_again": _("Checked again, still on hold"),
    "orders.released": _("Order released"),
    "orders.completed": _("Order completed"),
    "orders.completion_blocked": _("Completion waits"),
    "orders.refused": _("Order refused"),
    "orders.cancelled": _("Order cancelled"),
    "orders.refund_due": _("Refund due"),
    "orders.refund_paid_back": _("Refund paid back"),
}
