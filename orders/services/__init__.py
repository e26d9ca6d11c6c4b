"""What is done to orders: the app's public face (ORD)."""

from orders.services.callbacks import process_callback, receive_callback
from orders.services.completion import complete_order, try_completion
from orders.services.creation import Quote, create_order, purchase_fee, quote
from orders.services.decisions import cancel_if_unpaid, cancel_order, hold_order, refuse_order, release_order, unpaid
from orders.services.holding import approve_order, expire_held, may_be_approved, resume_order
from orders.services.payments import record_payment
from orders.services.refunds import pay_back_refund

__all__ = [
    "Quote", "approve_order", "cancel_if_unpaid", "cancel_order", "complete_order", "create_order", "expire_held", "hold_order", "may_be_approved", "pay_back_refund",
    "process_callback", "purchase_fee", "quote", "receive_callback", "record_payment", "refuse_order", "release_order", "resume_order", "try_completion",
    "unpaid",
]  # fmt: skip
