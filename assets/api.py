"""Assets and rates over the API (API-01, RAT-01): keys read them; the issuer's channel may set rates."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema, Status

from assets import services
from assets.enums import AssetKind, AssetStatus, Right
from assets.models import Asset, Rate
from core.images import CONTENT_TYPES, image_response
from kit.api.auth import KeyAuth, rows
from kit.api.idempotent import idempotent
from kit.api.paging import Page, PageQuery, paged
from kit.api.types import Amount, Quantity, Text

router = Router(tags=["Assets"])
Code = Annotated[Text, Field(max_length=5, examples=["WLC"])]
CurrencyCode = Annotated[Text, Field(max_length=5, examples=["EUR"])]


class AssetOut(Schema):
    """A digital asset or a currency. `image` is an address of this API, or null. Payments, P2P transfers, redemptions and exchanges
    of an asset that isn't `payable`, `p2p`, `redeemable` or `exchangeable` are refused."""

    code: str
    name: str
    label: str
    kind: AssetKind
    status: AssetStatus
    decimals: int
    max_client_balance: Amount | None
    reissuable: bool
    expires: bool
    expiration_days: int | None
    limits_transactions: bool
    transaction_count: int | None
    category: str
    description: str
    terms_url: str
    payable: bool
    p2p: bool
    redeemable: bool
    exchangeable: bool
    on_chain: bool
    image: str | None
    is_test: bool
    created_at: datetime


class AssetQuery(PageQuery):
    """Criteria of the list; all that are given must fit."""

    kind: AssetKind | None = None
    status: AssetStatus | None = None


class RateOut(Schema):
    """What one unit of the asset costs in the currency. `name` is asset and currency, for example WLC-EUR."""

    name: str
    asset: str
    currency: str
    rate: Amount
    set_at: datetime


class RateQuery(PageQuery):
    asset: Code = ""
    currency: CurrencyCode = ""


class RateIn(Schema):
    rate: Quantity


class RateDeleted(Schema):
    """The rate that was."""

    asset: str
    currency: str
    rate: Amount


SAME = [name for name in AssetOut.model_fields if name != "image"]


def as_asset(asset: Asset) -> AssetOut:
    image = reverse("api:asset-image", args=[asset.code]) if asset.image else None
    return AssetOut(image=image, **{name: getattr(asset, name) for name in SAME})


def rates_of(request: HttpRequest) -> QuerySet[Rate]:
    named = rows(request, Rate, is_test="asset__is_test").annotate(name=Concat("asset__code", Value("-"), "currency__code"))
    return named.select_related("asset", "currency")


def as_rate(rate: Any) -> RateOut:
    name = f"{rate.asset.code}-{rate.currency.code}"
    return RateOut(name=name, asset=rate.asset.code, currency=rate.currency.code, rate=rate.rate, set_at=rate.set_at)


@router.get("/assets", auth=KeyAuth(Right.ASSETS_SEE), response=Page[AssetOut], summary="List assets")
def list_assets(request: HttpRequest, query: Query[AssetQuery]) -> dict[str, Any]:
    """Digital assets and currencies, newest first."""
    criteria = {"kind": query.kind, "status": query.status}
    page = paged(rows(request, Asset).filter(**{name: value for name, value in criteria.items() if value}), query, key="code")
    return {**page, "items": [as_asset(asset) for asset in page["items"]]}


@router.get("/assets/{code}", auth=KeyAuth(Right.ASSETS_SEE), response=AssetOut, summary="Read an asset")
def read_asset(request: HttpRequest, code: Path[Code]) -> AssetOut:
    return as_asset(get_object_or_404(rows(request, Asset), code=code))


@router.get(
    "/assets/{code}/image",
    auth=KeyAuth(Right.ASSETS_SEE),
    url_name="asset-image",
    summary="An asset's image",
    openapi_extra={
        "responses": {
            200: {
                "description": "The image",
                "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in CONTENT_TYPES.values()},
            }
        }
    },
)
def read_image(request: HttpRequest, code: Path[Code]) -> FileResponse:
    """PNG, JPEG or WebP, at most 512 pixels a side, or SVG. 404 where the asset has none."""
    asset = get_object_or_404(rows(request, Asset), code=code)
    return image_response(asset.image, name=asset.code)


@router.get("/rates", auth=KeyAuth(Right.RATES_SEE), response=Page[RateOut], summary="List rates")
def list_rates(request: HttpRequest, query: Query[RateQuery]) -> dict[str, Any]:
    criteria = {"asset__code": query.asset, "currency__code": query.currency}
    page = paged(rates_of(request).filter(**{name: value for name, value in criteria.items() if value}), query, key="name")
    return {**page, "items": [as_rate(rate) for rate in page["items"]]}


@router.get("/assets/{code}/rates/{currency}", auth=KeyAuth(Right.RATES_SEE), response=RateOut, summary="Read a rate")
def read_rate(request: HttpRequest, code: Path[Code], currency: Path[CurrencyCode]) -> RateOut:
    return as_rate(get_object_or_404(rates_of(request), asset__code=code, currency__code=currency))


@router.put("/assets/{code}/rates/{currency}", auth=KeyAuth(Right.RATES_EDIT), response={200: RateOut}, summary="Set a rate")
@idempotent
def set_rate(request: HttpRequest, code: Path[Code], currency: Path[CurrencyCode], wanted: RateIn) -> Status[RateOut]:
    """Added, or changed where there is one; kept in the history either way. The issuer's channel alone."""
    asset, target = concerned(request, code, currency)
    rate = services.set_rate(asset_id=asset.pk, currency_id=target.pk, rate=Decimal(wanted.rate), actor=request.auth, now=timezone.now())
    return Status(200, as_rate(rate))


@router.delete("/assets/{code}/rates/{currency}", auth=KeyAuth(Right.RATES_EDIT), response={200: RateDeleted}, summary="Delete a rate")
@idempotent
def delete_rate(request: HttpRequest, code: Path[Code], currency: Path[CurrencyCode]) -> Status[RateDeleted]:
    """What depends on it can't be done until there is one again. The issuer's channel alone."""
    asset, target = concerned(request, code, currency)
    rate = get_object_or_404(rates_of(request), asset=asset, currency=target)
    services.delete_rate(asset_id=asset.pk, currency_id=target.pk, actor=request.auth, now=timezone.now())
    return Status(200, RateDeleted(asset=asset.code, currency=target.code, rate=rate.rate))


def concerned(request: HttpRequest, code: str, currency: str) -> tuple[Asset, Asset]:
    """The asset of the key's own mode, and the currency, which has none."""
    return get_object_or_404(rows(request, Asset), code=code), get_object_or_404(Asset, code=currency, kind=AssetKind.CURRENCY)
