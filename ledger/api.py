"""Wallets over the API, with what they hold (API-01, WAL-01, WAL-02). They stand here because balances do."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status

from assets.models import Asset
from core.registries import visible
from kit.api.auth import KeyAuth, rows
from kit.api.idempotent import idempotent
from kit.api.paging import Page, PageQuery, paged
from kit.api.types import Amount, Line, Moment, Text
from ledger.holdings import Holding, holding, holdings
from organisations.models import Organisation
from wallets import services
from wallets.enums import Right, WalletOwner, WalletStatus
from wallets.models import Wallet

router = Router(tags=["Wallets"])
Reference = Annotated[Text, Field(max_length=20, examples=["WAL-7K2M9Q4T"])]


class BalanceOut(Schema):
    """`available` is what can be spent now: without what is reserved or has expired. `remaining_count` is null where the
    asset doesn't limit transactions."""

    asset: str
    quantity: Amount
    reserved: Amount
    available: Amount
    remaining_count: int | None


class WalletOut(Schema):
    """`address` is in EIP-55 form. `client` and `organisation` are references, null where it is neither's."""

    reference: str
    address: str
    name: str
    owner_type: WalletOwner
    client: str | None
    organisation: str | None
    status: WalletStatus
    is_test: bool
    created_at: datetime
    closed_at: datetime | None
    balances: list[BalanceOut]


class WalletQuery(PageQuery):
    """Criteria of the list; all that are given must fit. `address` is a whole address, in any case."""

    client: Reference = ""
    organisation: Reference = ""
    address: Annotated[Text, Field(max_length=42)] = ""
    owner_type: WalletOwner | None = None
    status: WalletStatus | None = None
    asset: Annotated[Text, Field(max_length=5, description="Wallets that hold this asset.")] = ""
    created_from: Moment | None = None
    created_to: Moment | None = None


class WalletIn(Schema):
    """A wallet of an organisation, or without one of the issuer. A client gets its wallet at sign-up."""

    organisation: Annotated[Reference, Field(description="The organisation's reference.")] = ""
    name: Annotated[Line, Field(max_length=80)] = ""


SAME = ("reference", "address", "name", "owner_type", "status", "is_test", "created_at", "closed_at")


def as_wallets(wallets: list[Wallet]) -> list[WalletOut]:
    """With their balances, in one statement."""
    held = holdings([wallet.pk for wallet in wallets], now=timezone.now())
    return [
        WalletOut(
            client=wallet.client.reference if wallet.client else None,
            organisation=wallet.organisation.reference if wallet.organisation else None,
            balances=[as_balance(one) for one in held.get(wallet.pk, [])],
            **{name: getattr(wallet, name) for name in SAME},
        )
        for wallet in wallets
    ]


def as_balance(one: Holding) -> BalanceOut:
    count = one.remaining_count if one.limits_transactions else None
    return BalanceOut(asset=one.code, quantity=one.quantity, reserved=one.reserved, available=one.available, remaining_count=count)


@router.get("/wallets", auth=KeyAuth(Right.WALLETS_SEE), response=Page[WalletOut], summary="List wallets")
def list_wallets(request: HttpRequest, query: Query[WalletQuery]) -> dict[str, Any]:
    """Newest first, with balances."""
    criteria: dict[str, Any] = {
        "client__reference": query.client,
        "organisation__reference": query.organisation,
        "owner_type": query.owner_type,
        "status": query.status,
        "created_at__gte": query.created_from,
        "created_at__lt": query.created_to,
    }
    found = rows(request, Wallet).select_related("client", "organisation")
    found = found.filter(**{name: value for name, value in criteria.items() if value})
    if query.address:
        # The trigram index finds it in any case; the comparison makes sure that it is the whole address.
        found = found.filter(search_text__icontains=query.address, address__iexact=query.address)
    if query.asset:
        found = holding(found, asset=get_object_or_404(rows(request, Asset), code=query.asset))
    page = paged(found, query)
    return {**page, "items": as_wallets(page["items"])}


@router.get("/wallets/{reference}", auth=KeyAuth(Right.WALLETS_SEE), response=WalletOut, summary="Read a wallet")
def read_wallet(request: HttpRequest, reference: Path[Reference]) -> WalletOut:
    return as_wallets([get_object_or_404(rows(request, Wallet).select_related("client", "organisation"), reference=reference)])[0]


@router.post("/wallets", auth=KeyAuth(Right.WALLETS_EDIT), response={201: WalletOut}, summary="Create a wallet")
@idempotent
def create_wallet(request: HttpRequest, wanted: WalletIn) -> Status[WalletOut]:
    """Its address is of its own, and no private key opens it."""
    key: Any = request.auth  # type: ignore[attr-defined]
    organisation = get_object_or_404(rows_of_organisations(request), reference=wanted.organisation) if wanted.organisation else None
    wallet = services.create_wallet(
        owner_type=WalletOwner.ORGANISATION if organisation else WalletOwner.ISSUER,
        organisation=organisation,
        name=wanted.name,
        is_test=key.is_test,
        actor=key,
        now=timezone.now(),
    )
    return Status(201, as_wallets([wallet])[0])


def rows_of_organisations(request: HttpRequest) -> Any:
    """An organisation has both live and test wallets, so that no mode is asked for."""
    return visible(Organisation, request.auth).filter(is_active=True)  # type: ignore[attr-defined]
