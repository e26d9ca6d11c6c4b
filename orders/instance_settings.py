"""What an instance may set about orders (INS-03)."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.instance import Kind, Setting

PAYMENT_HOURS = Setting(
    key="orders.payment_hours",
    label=_("Unpaid orders are cancelled after"),
    help=_("Counted from the order, or from its release where it was held. Orders made before keep their time."),
    kind=Kind.NUMBER,
    default=settings.ORDER_PAYMENT_HOURS,
    group="orders",
    minimum=1,
    maximum=24 * 90,
    unit=_("hours"),
)
