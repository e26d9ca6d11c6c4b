"""Orders over the API: quote, create, read, list, cancel (ORD-07, API-01)."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status

from assets.models import Asset
from clients.models import Client
from kit.api.auth import KeyAuth, rows
from kit.api.idempotent import idempotent
from kit.api.paging import Page, PageQuery, paged
from kit.api.types import Amount, Line, Moment, Quantity, Text
from ledger.enums import OperationStatus
from ledger.models import Operation
from orders import services
from orders.enums import OrderStatus, PaymentMethod, PaymentState, Right
from orders.models import Order
from wallets.models import Wallet

router = Router(tags=["Orders"])
Code = Annotated[Text, Field(max_length=5, examples=["EUR"])]
Reference = Annotated[Text, Field(max_length=20)]


class QuoteIn(Schema):
    """What an order would be about."""

    asset: Annotated[Code, Field(description="The asset's code.")]
    currency: Code = "EUR"
    quantity: Quantity


class QuoteOut(Schema):
    """What it would cost now; nothing is kept. `fee` is a part of `total`; `asset_fee` is taken, in the asset, out of what the client
    receives."""

    asset: str
    currency: str
    quantity: Amount
    rate: Amount
    price: Amount
    fee: Amount
    total: Amount
    asset_fee: Amount


class OrderQuoteIn(QuoteIn):
    """For whom: the fees are those of the client's price list, without one the asset's own."""

    client: Annotated[Reference, Field(description="The client's reference.", examples=["CLT-7K2M9Q4T"])] = ""


class OrderIn(QuoteIn):
    """A purchase for a client. Without `wallet` the assets go to the client's oldest open wallet."""

    client: Annotated[Reference, Field(description="The client's reference.", examples=["CLT-7K2M9Q4T"])]
    wallet: Annotated[Reference, Field(description="Reference of one of the client's wallets.")] = ""
    payment_method: PaymentMethod = PaymentMethod.BANK_TRANSFER
    external_reference: Annotated[Line, Field(max_length=60, description="The sender's own name for it.")] = ""


class OrderOut(Schema):
    """`payment_reference` is what the payer quotes; `blocked_code` says why a paid order waits, `hold_kind` (hand, level, limit)
    and `hold_reason` why one is on hold; one that waits for its client's level is refused at `held_until`."""

    reference: str
    client: str
    wallet: str
    asset: str
    currency: str
    quantity: Amount
    rate: Amount
    price: Amount
    fee: Amount
    total: Amount
    received: Amount
    status: OrderStatus
    payment_method: PaymentMethod
    payment_reference: str
    payment_state: PaymentState
    blocked_code: str
    hold_kind: str
    hold_reason: str
    held_until: datetime | None
    operation: str | None
    external_reference: str
    is_test: bool
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    completed_at: datetime | None
    closed_at: datetime | None


class OrderQuery(PageQuery):
    """Criteria of the list; all that are given must fit."""

    status: OrderStatus | None = None
    client: Reference = ""
    asset: Code = ""
    created_from: Moment | None = None
    created_to: Moment | None = None


class CancelIn(Schema):
    """Why, for the order's timeline."""

    comment: Line = ""


def as_quote(offer: services.Quote, *, asset_fee: Decimal) -> QuoteOut:
    return QuoteOut(
        asset=offer.asset.code, currency=offer.currency.code, quantity=offer.quantity, rate=offer.rate, price=offer.price,
        fee=offer.fee, total=offer.total, asset_fee=asset_fee,
    )  # fmt: skip


SAME = [
    name for name in OrderOut.model_fields if name not in {"client", "wallet", "asset", "currency", "operation"}
]  # fmt: skip


def as_orders(orders: list[Order]) -> list[OrderOut]:
    """With the operations that gave the assets, in one statement."""
    operations: dict[int | None, str] = dict(
        Operation.objects.filter(
            cause_type=Order._meta.label_lower, cause_id__in=[order.pk for order in orders], status=OperationStatus.POSTED
        ).values_list("cause_id", "reference")
    )
    return [
        OrderOut(
            client=order.client.reference,
            wallet=order.wallet.reference,
            asset=order.asset.code,
            currency=order.currency.code,
            operation=operations.get(order.pk),
            **{name: getattr(order, name) for name in SAME},
        )
        for order in orders
    ]


def orders_of(request: HttpRequest) -> QuerySet[Order]:
    return rows(request, Order).select_related("client", "wallet", "asset", "currency")


def offered(request: HttpRequest, wanted: QuoteIn) -> tuple[Asset, Asset]:
    """The asset of the key's own mode, and the currency."""
    return get_object_or_404(rows(request, Asset), code=wanted.asset), get_object_or_404(Asset, code=wanted.currency, is_test=False)


@router.post("/quotes", auth=KeyAuth(Right.ORDERS_SEE), response=QuoteOut, summary="Quote an order")
def quote_order(request: HttpRequest, wanted: OrderQuoteIn) -> QuoteOut:
    """What it would cost now. Moves nothing, keeps nothing."""
    asset, currency = offered(request, wanted)
    client = get_object_or_404(rows(request, Client), reference=wanted.client) if wanted.client else None
    offer = services.quote(asset=asset, currency=currency, quantity=wanted.quantity)
    fee = services.purchase_fee(client_id=client.pk if client else None, asset=asset, quantity=wanted.quantity, now=timezone.now())
    return as_quote(offer, asset_fee=fee)


@router.post("/orders", auth=KeyAuth(Right.ORDERS_ACT), response={201: OrderOut}, summary="Create an order")
@idempotent
def create_order(request: HttpRequest, wanted: OrderIn) -> Status[OrderOut]:
    """Rate and price are fixed now; payment is due until `expires_at`."""
    asset, currency = offered(request, wanted)
    client = get_object_or_404(rows(request, Client), reference=wanted.client)
    wallet = get_object_or_404(rows(request, Wallet), reference=wanted.wallet, client=client) if wanted.wallet else None
    order = services.create_order(
        client_id=client.pk, wallet_id=wallet.pk if wallet else None, asset_id=asset.pk, currency_id=currency.pk,
        quantity=wanted.quantity, payment_method=wanted.payment_method, external_reference=wanted.external_reference,
        actor=request.auth, now=timezone.now(),
    )  # fmt: skip
    return Status(201, as_orders([order])[0])


@router.get("/orders", auth=KeyAuth(Right.ORDERS_SEE), response=Page[OrderOut], summary="List orders")
def list_orders(request: HttpRequest, query: Query[OrderQuery]) -> dict[str, Any]:
    """Newest first."""
    criteria = {
        "status": query.status,
        "client__reference": query.client,
        "asset__code": query.asset,
        "created_at__gte": query.created_from,
        "created_at__lt": query.created_to,
    }
    found = orders_of(request).filter(**{name: value for name, value in criteria.items() if value})
    page = paged(found, query)
    return {**page, "items": as_orders(page["items"])}


@router.get("/orders/{reference}", auth=KeyAuth(Right.ORDERS_SEE), response=OrderOut, summary="Read an order")
def read_order(request: HttpRequest, reference: Path[Reference]) -> OrderOut:
    return as_orders([get_object_or_404(orders_of(request), reference=reference)])[0]


@router.post("/orders/{reference}/cancel", auth=KeyAuth(Right.ORDERS_ACT), response={200: OrderOut}, summary="Cancel an order")
@idempotent
def cancel_order(request: HttpRequest, reference: Path[Reference], why: CancelIn) -> Status[OrderOut]:
    """Only while it is unpaid; a part that was paid is due back."""
    order = get_object_or_404(orders_of(request), reference=reference)
    services.cancel_order(order_id=order.pk, actor=request.auth, now=timezone.now(), comment=why.comment)
    return Status(200, as_orders([orders_of(request).get(pk=order.pk)])[0])
