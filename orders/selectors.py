"""Shared reads of orders."""

import re

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from chain.models import ChainOp
from clients.models import Client
from core.references import clean_reference
from ledger.enums import OperationStatus
from ledger.models import Operation
from orders.enums import FINAL, RefundStatus
from orders.models import Order, Refund

HASH = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


def operation_of(order: Order) -> Operation | None:
    """The purchase that gave the assets, with its wallets; None while there is none."""
    found = Operation.objects.filter(cause_type=Order._meta.label_lower, cause_id=order.pk, status=OperationStatus.POSTED)
    return found.select_related("asset", "sender", "receiver").first()


def named(text: str) -> Q:
    """Orders by the beginning of their reference or payment reference, in any case and with O for 0 and the like forgiven."""
    wanted = clean_reference(text) or text.strip().upper()
    name = "payment_reference" if wanted.startswith("PAY") else "reference"
    return Q(**{f"{name}__startswith": wanted})


def settled_in(text: str) -> QuerySet[Operation]:
    """The operations of a blockchain transaction's hash, or the one with this transaction identifier (ORD-01)."""
    wanted = text.strip()
    purchases = Operation.objects.filter(cause_type=Order._meta.label_lower, status=OperationStatus.POSTED)
    if HASH.fullmatch(wanted.lower()):
        return purchases.filter(pk__in=ChainOp.objects.filter(chain_tx__hash=wanted.lower()).values("operation_id"))
    return purchases.filter(reference=clean_reference(wanted) or wanted)


def what_is_open(*, client: Client) -> str:
    """Why this client's account can't be deleted yet: an order is open, or money is due back. Empty where neither is (CLI-11)."""
    order = Order.objects.filter(client=client).exclude(status__in=FINAL).order_by("id").first()
    if order is not None:
        return _("The order %(order)s is open. Let it be completed, or cancel it first.") % {"order": order.reference}
    if Refund.objects.filter(order__client=client, status=RefundStatus.DUE).exists():
        return _("Money of an order is due back to the client. Wait until it is paid back.")
    return ""
