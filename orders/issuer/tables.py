from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.cells import DONE, FAILED, NEUTRAL, UNDER_WAY, WAITS
from kit.lists import Column
from orders.models import Order, OrderPayment, Refund

cells.register_meanings(
    Order, "status", created=WAITS, on_hold=WAITS, paid=UNDER_WAY, completed=DONE, refused=FAILED, cancelled=NEUTRAL
)  # fmt: skip
PAYMENT = {
    "unpaid": NEUTRAL,
    "underpaid": WAITS,
    "paid": DONE,
    "overpaid": WAITS,
    "double": WAITS,
    "late": FAILED,
    "other_currency": FAILED,
}
cells.register_meanings(Order, "payment_state", **PAYMENT)
cells.register_meanings(OrderPayment, "state", **PAYMENT)
cells.register_meanings(Refund, "status", due=WAITS, paid_back=DONE)

ORDER_COLUMNS = [
    Column("reference", _("Reference"), width="w-3"),
    Column("client", _("End-user"), cell=lambda order: str(order.client)),
    Column("quantity", _("Quantity"), sort="quantity", asset="asset"),
    Column("total", _("Amount"), sort="total", asset="currency"),
    Column("status", _("Status")),
    Column("payment_state", _("Payment")),
    Column("created_at", _("Created"), sort="created_at", align="end"),
    Column("client__reference", _("Client"), hidden=True),
    Column("wallet__address", _("Wallet"), cell=cells.address("wallet__address"), hidden=True),
    Column("hold_kind", _("On hold"), cell=lambda order: order.get_hold_kind_display(), hidden=True),
    Column("price", _("Price"), asset="currency", hidden=True),
    Column("fee", _("Fee"), asset="currency", hidden=True),
    Column("received", _("Received"), asset="currency", hidden=True),
    Column("payment_method", _("Payment method"), cell=lambda order: order.get_payment_method_display(), hidden=True),
    Column("payment_reference", _("Payment reference"), cell=cells.mono("payment_reference"), hidden=True),
    Column("external_reference", _("External reference"), cell=cells.mono("external_reference"), hidden=True),
    Column("creator_label", _("Created by"), cell=cells.mono("creator_label"), hidden=True),
    Column("expires_at", _("To be paid until"), align="end", hidden=True),
    Column("completed_at", _("Completed"), align="end", hidden=True),
]
