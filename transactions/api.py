"""P2P transfers and what is held, over the API (LED-09, LIM-09, API-01)."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Field, Path, Query, Router, Schema, Status

from assets.models import Asset
from clients.api.auth import ChannelOrClientAuth, actor_of
from clients.models import Client
from core.errors import DomainError
from kit.api.auth import rows
from kit.api.idempotent import idempotent
from kit.api.paging import Page, PageQuery, paged
from kit.api.types import Amount, Line, Moment, Quantity, Text
from ledger.enums import OperationStatus, OperationType
from ledger.models import Operation
from organisations.enums import Scope
from transactions.enums import HoldStatus
from transactions.models import Hold, TransferQuote
from transactions.services import holds, p2p
from wallets.enums import WalletStatus
from wallets.models import Wallet

router = Router(tags=["P2P transfers"])
SEE, ACT = ChannelOrClientAuth(Scope.TRANSFERS_SEE), ChannelOrClientAuth(Scope.TRANSFERS_ACT)
Reference = Annotated[Text, Field(max_length=20)]
OfClient = Annotated[Reference, Field(description="The client's reference. Not needed beside a client's own token, which names it.")]


class ClientNotNamed(DomainError):
    """A key alone acts for many: it has to say for whom. A token acts for its own client alone."""

    code = "client_not_named"
    status = 422


class Direction(StrEnum):
    """Which side of a transfer the client is on."""

    SENT = "sent"
    RECEIVED = "received"


class ReceiverIn(Schema):
    """Who gets it: one of the two. A phone number finds whoever has verified it."""

    address: Annotated[Text, Field(max_length=42, description="The whole address of a client's wallet, in any case.")] = ""
    phone: Annotated[Text, Field(max_length=40, description="In international form.", examples=["+37120000000"])] = ""


class TransferQuoteIn(Schema):
    """What is to be sent. Without `wallet` it goes out of the client's oldest open wallet."""

    client: OfClient = ""
    wallet: Annotated[Reference, Field(description="Reference of one of the client's wallets.")] = ""
    receiver: ReceiverIn
    asset: Annotated[Text, Field(max_length=5, description="The asset's code.")]
    quantity: Quantity
    comment: Annotated[Line, Field(max_length=200, description="The receiver reads it.")] = ""


class TransferQuoteOut(Schema):
    """What it costs, until `expires_at`. `receiver_name` is masked: enough to see that it is the right person. `held` says that it would
    wait until the client's verification level is higher."""

    quote: str
    receiver_name: str
    asset: str
    quantity: Amount
    fee: Amount
    total: Amount
    held: bool
    expires_at: datetime


class TransferIn(Schema):
    """The quote that the client agrees to."""

    client: OfClient = ""
    quote: Annotated[Reference, Field(examples=["QTE-7K2M9Q4TXXXX"])]


class TransferOut(Schema):
    """`reference` is the transaction identifier. `refused_reason` is a code, empty where it is posted. `direction` is null where no client
    is named. `fee` is what the sender was charged, null for the receiver. `hold` names what it waited as."""

    reference: str
    status: OperationStatus
    refused_reason: str
    direction: Direction | None
    asset: str
    quantity: Amount
    fee: Amount | None
    sender_name: str
    receiver_name: str
    comment: str
    hold: str | None
    is_test: bool
    at: datetime


class HeldOut(Schema):
    """What waits for its client's verification level, its quantity and fee reserved. Once it has gone on or was refused, `transfer` is the
    transaction identifier of what came of it. `waits_for` says why it couldn't go on when it was tried, `reason` why it is closed."""

    reference: str
    client: str
    type: OperationType
    status: HoldStatus
    asset: str
    quantity: Amount
    fee: Amount
    receiver_name: str
    comment: str
    waits_for: str
    reason: str
    transfer: str | None
    is_test: bool
    arrived_at: datetime
    expires_at: datetime
    closed_at: datetime | None


class TransferQuery(PageQuery):
    """Criteria of the list; all that are given must fit."""

    client: OfClient = ""
    direction: Annotated[Direction | None, Field(description="Of the client.")] = None
    status: OperationStatus | None = None
    asset: Annotated[Text, Field(max_length=5)] = ""
    at_from: Moment | None = None
    at_to: Moment | None = None


class HeldQuery(PageQuery):
    """Criteria of the list; all that are given must fit."""

    client: OfClient = ""
    status: HoldStatus | None = None
    type: OperationType | None = None
    asset: Annotated[Text, Field(max_length=5)] = ""


class CancelHeldIn(Schema):
    """Why, for the timeline and the mail."""

    reason: Line = ""


def client_of(request: HttpRequest, named: str, *, needed: bool = True) -> Client | None:
    """The client of the token, or the one that the key names."""
    own: Client | None = request.client  # type: ignore[attr-defined]
    if own is not None:
        if named and named != own.reference:
            raise ClientNotNamed(_("A client's token acts for that client alone."), field="client")
        return own
    if named:
        return get_object_or_404(rows(request, Client), reference=named)
    if needed:
        raise ClientNotNamed(_("Name the client, or send the client's own token."), field="client")
    return None


def name_of(wallet: Wallet) -> str:
    return p2p.masked(wallet.client) if wallet.client else wallet.name


def transfers_of(request: HttpRequest, client: Client | None) -> QuerySet[Operation]:
    found = rows(request, Operation).filter(type=OperationType.P2P_TRANSFER)
    if client is not None:
        wallets = list(Wallet.objects.filter(client=client).values_list("pk", flat=True))
        found = found.filter(Q(sender__in=wallets) | Q(receiver__in=wallets))
    return found.select_related("asset", "sender__client", "receiver__client")


def as_transfers(found: Sequence[Operation], client: Client | None) -> list[TransferOut]:
    """With the fees of their groups, in one statement."""
    charged = Operation.objects.filter(group_id__in=[one.group_id for one in found], type=OperationType.FEE)
    fees = {(group, payer): fee for group, payer, fee in charged.values_list("group_id", "sender_id").annotate(Sum("quantity"))}
    shown = []
    for one in found:
        direction = None if client is None else Direction.SENT if one.sender.client_id == client.pk else Direction.RECEIVED
        fee = None if direction == Direction.RECEIVED else fees.get((one.group_id, one.sender_id), one.quantity * 0)
        shown.append(
            TransferOut(
                reference=one.reference, status=one.status, refused_reason=one.refused_reason, direction=direction, asset=one.asset.code,
                quantity=one.quantity, fee=fee, sender_name=name_of(one.sender), receiver_name=name_of(one.receiver), comment=one.comment,
                hold=one.cause_reference if one.cause_type == Hold._meta.label_lower else None, is_test=one.is_test, at=one.posted_at,
            )
        )  # fmt: skip
    return shown


def holds_of(request: HttpRequest, client: Client | None) -> QuerySet[Hold]:
    found = rows(request, Hold).select_related("client", "asset", "receiver__client")
    return found if client is None else found.filter(client=client)


def as_held(one: Hold) -> HeldOut:
    return HeldOut(
        client=one.client.reference, asset=one.asset.code, receiver_name=name_of(one.receiver), reason=one.closing_reason,
        transfer=one.operation_reference or None,
        **{
            name: getattr(one, name)
            for name in (
                "reference", "type", "status", "quantity", "fee", "comment", "waits_for", "is_test", "arrived_at", "expires_at", "closed_at",
            )
        },
    )  # fmt: skip


@router.post("/transfers/quotes", auth=ACT, response=TransferQuoteOut, summary="Quote a P2P transfer")
def quote_transfer(request: HttpRequest, wanted: TransferQuoteIn) -> TransferQuoteOut:
    """Whom it would reach and what it would cost, for ten minutes. Refused already here with what would refuse the transfer: one's own
    wallet, an asset that clients can't send to each other, too small a balance, what the tier doesn't open, a limit of either side."""
    client = client_of(request, wanted.client)
    wallets = Wallet.objects.filter(client=client, status=WalletStatus.OPEN).select_related("client").order_by("id")
    named = {"reference": wanted.wallet} if wanted.wallet else {}
    sender = get_object_or_404(wallets, **named) if wanted.wallet else wallets.first()
    if sender is None:
        raise p2p.NoOpenWallet(_("The client has no open wallet to send from."), field="wallet")
    asset = get_object_or_404(rows(request, Asset), code=wanted.asset)
    receiver = p2p.receiver_of(address=wanted.receiver.address, phone=wanted.receiver.phone, is_test=sender.is_test)
    quote = p2p.quote_transfer(
        sender=sender,
        receiver=receiver.wallet,
        asset=asset,
        quantity=wanted.quantity,
        comment=wanted.comment,
        actor=actor_of(request),
        now=timezone.now(),
    )
    return TransferQuoteOut(
        quote=quote.reference, receiver_name=receiver.shown_name, asset=asset.code, quantity=quote.quantity, fee=quote.fee,
        total=quote.quantity + quote.fee, held=p2p.would_be_held(sender), expires_at=quote.expires_at,
    )  # fmt: skip


@router.post("/transfers", auth=ACT, response={201: TransferOut, 202: HeldOut}, summary="Confirm a P2P transfer")
@idempotent
def confirm_transfer(request: HttpRequest, wanted: TransferIn) -> Status[TransferOut | HeldOut]:
    """Does what was quoted, once, and tells both by mail. 202 with what is held where the client's verification level is one at which
    transactions are held: it goes on by itself when the client has reached another."""
    client = client_of(request, wanted.client)
    quote = get_object_or_404(TransferQuote, reference=wanted.quote, sender__client=client)
    sent = p2p.confirm_transfer(quote_id=quote.pk, actor=actor_of(request), now=timezone.now())
    if sent.operation is not None:
        return Status(201, as_transfers([transfers_of(request, client).get(pk=sent.operation.pk)], client)[0])
    return Status(202, as_held(holds_of(request, client).get(pk=sent.hold.pk)))


@router.get("/transfers", auth=SEE, response=Page[TransferOut], summary="List P2P transfers")
def list_transfers(request: HttpRequest, query: Query[TransferQuery]) -> dict[str, Any]:
    """Newest first: posted, refused and cancelled ones. What waits is listed under `/held`."""
    client = client_of(request, query.client, needed=query.direction is not None)
    found = transfers_of(request, client)
    if query.direction is not None:
        found = found.filter(**{"sender__client" if query.direction == Direction.SENT else "receiver__client": client})
    criteria = {"status": query.status, "asset__code": query.asset, "posted_at__gte": query.at_from, "posted_at__lt": query.at_to}
    page = paged(found.filter(**{name: value for name, value in criteria.items() if value}), query)
    return {**page, "items": as_transfers(page["items"], client)}


@router.get("/transfers/{reference}", auth=SEE, response=TransferOut, summary="Read a P2P transfer")
def read_transfer(request: HttpRequest, reference: Path[Reference], client: OfClient = "") -> TransferOut:
    named = client_of(request, client, needed=False)
    return as_transfers([get_object_or_404(transfers_of(request, named), reference=reference)], named)[0]


@router.get("/held", auth=SEE, response=Page[HeldOut], summary="List held transactions")
def list_held(request: HttpRequest, query: Query[HeldQuery]) -> dict[str, Any]:
    """Newest first, closed ones too. Orders that wait are listed among the orders, with the status `on_hold`."""
    criteria = {"status": query.status, "type": query.type, "asset__code": query.asset}
    found = holds_of(request, client_of(request, query.client, needed=False))
    page = paged(found.filter(**{name: value for name, value in criteria.items() if value}), query)
    return {**page, "items": [as_held(one) for one in page["items"]]}


@router.get("/held/{reference}", auth=SEE, response=HeldOut, summary="Read a held transaction")
def read_held(request: HttpRequest, reference: Path[Reference], client: OfClient = "") -> HeldOut:
    return as_held(get_object_or_404(holds_of(request, client_of(request, client, needed=False)), reference=reference))


@router.post("/held/{reference}/cancel", auth=ACT, response={200: HeldOut}, summary="Cancel a held transaction")
@idempotent
def cancel_held(request: HttpRequest, reference: Path[Reference], why: CancelHeldIn) -> Status[HeldOut]:
    """Only while it waits: what was reserved is released, and the client is told by mail."""
    found = holds_of(request, client_of(request, "", needed=False))
    one = get_object_or_404(found, reference=reference)
    reason = why.reason or str(_("Cancelled by the client"))
    holds.cancel_hold(hold_id=one.pk, reason=reason, actor=actor_of(request), now=timezone.now())
    return Status(200, as_held(found.get(pk=one.pk)))
