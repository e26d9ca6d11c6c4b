"""The legal moves of orders and refunds (ORD-02)."""

from audit.transitions import Transitions
from orders.enums import OrderStatus, RefundStatus

ORDER = Transitions(
    field="status",
    moves={
        OrderStatus.CREATED: {
            OrderStatus.PAID: "orders.paid",
            OrderStatus.ON_HOLD: "orders.held",
            OrderStatus.CANCELLED: "orders.cancelled",
        },
        OrderStatus.ON_HOLD: {OrderStatus.CREATED: "orders.released", OrderStatus.REFUSED: "orders.refused"},
        OrderStatus.PAID: {OrderStatus.COMPLETED: "orders.completed", OrderStatus.REFUSED: "orders.refused"},
    },
)
REFUND = Transitions(field="status", moves={RefundStatus.DUE: {RefundStatus.PAID_BACK: "orders.refund_paid_back"}})
