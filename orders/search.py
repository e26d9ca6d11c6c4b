"""Orders in the global search: by their own reference, their payment's, their refund's, and what others call them (UIX-04)."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from core.question import Question
from orders.enums import Right
from orders.models import Order, OrderPayment, Refund


def called_elsewhere(question: Question) -> Q | None:
    """The reference that an API client gave the order."""
    return Q(external_reference=question.token) & ~Q(external_reference="") if question.token else None


def paid_as(question: Question) -> Q | None:
    """The payment's reference at the bank or the provider."""
    return Q(provider_reference=question.token) if question.token else None


def register() -> None:
    register_search(
        SearchSource(
            label=_("Payments of orders"),
            model=OrderPayment,
            right=Right.ORDERS_SEE,
            page="order-detail",
            icon="cash",
            key="order__reference",
            shown=("provider_reference", "order__reference", "amount", "currency", "received_at"),
            status="state",
            exact=paid_as,
        )
    )
    register_search(
        SearchSource(
            label=_("Refunds"),
            model=Refund,
            right=Right.ORDERS_SEE,
            page="order-detail",
            icon="receipt-2",
            key="order__reference",
            shown=("reference", "order__reference", "amount", "currency"),
            status="status",
            prefixes={"RFD": "reference"},
        )
    )
    register_search(
        SearchSource(
            label=_("Orders"),
            model=Order,
            right=Right.ORDERS_SEE,
            page="order-detail",
            icon="shopping-cart",
            shown=("reference", "payment_reference", "total", "currency__code", "created_at", "external_reference"),
            status="status",
            prefixes={"ORD": "reference", "PAY": "payment_reference"},
            exact=called_elsewhere,
            all_of_them=("order-list", "reference"),
        )
    )
