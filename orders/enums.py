from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderStatus(TextChoices):
    """Where an order stands (ORD-02). Completed, refused and cancelled are final."""

    CREATED = "created", _("Created")
    ON_HOLD = "on_hold", _("On hold")
    PAID = "paid", _("Paid")
    COMPLETED = "completed", _("Completed")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")


FINAL = frozenset({OrderStatus.COMPLETED, OrderStatus.REFUSED, OrderStatus.CANCELLED})
OPEN_TO_PAYMENT = frozenset({OrderStatus.CREATED, OrderStatus.ON_HOLD})


class PaymentMethod(TextChoices):
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
    PROVIDER = "provider", _("Payment provider")


class PaymentState(TextChoices):
    """What has been paid, against what is due (ORD-05). Late: money came when the order could take none any more."""

    UNPAID = "unpaid", _("Unpaid")
    UNDERPAID = "underpaid", _("Underpaid")
    PAID = "paid", _("Paid in full")
    OVERPAID = "overpaid", _("Overpaid")
    DOUBLE = "double", _("Paid twice")
    LATE = "late", _("Paid late")
    OTHER_CURRENCY = "other_currency", _("Paid in another currency")


class RefundStatus(TextChoices):
    DUE = "due", _("Due")
    PAID_BACK = "paid_back", _("Paid back")


class RefundReason(TextChoices):
    """Why money goes back to the client."""

    REFUSED = "refused", _("Order refused")
    CANCELLED = "cancelled", _("Order cancelled")
    OVERPAID = "overpaid", _("Overpaid")
    DOUBLE = "double", _("Paid twice")
    LATE = "late", _("Paid late")
    OTHER_CURRENCY = "other_currency", _("Paid in another currency")


class CallbackStatus(TextChoices):
    """A payment provider's message: stored first, worked on later."""

    RECEIVED = "received", _("Received")
    DONE = "done", _("Done")
    IGNORED = "ignored", _("Ignored")
    UNMATCHED = "unmatched", _("No such order")


class HoldKind(TextChoices):
    """Why an order is on hold. By hand: somebody said so. Level: until the client's verification level is above the held ones (LIM-09).
    Limit: above a blocking threshold, until an administrator decides (KYC-32)."""

    HAND = "hand", _("By hand")
    LEVEL = "level", _("Until the client is verified")
    LIMIT = "limit", _("Above a limit")


class Right(TextChoices):
    ORDERS_SEE = "orders.see", _("See orders")
    ORDERS_ACT = "orders.act", _("Create orders and change their status")
    ORDERS_OVERRIDE = "orders.override", _("Approve orders that are above a limit")
