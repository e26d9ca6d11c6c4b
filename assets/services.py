"""What is done to assets and rates (AST-01, AST-03, AST-04, AST-06, RAT-01, RAT-03). Issuing and burning stand in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from approvals.services import require
from assets.currencies import currency_decimals, currency_name
from assets.enums import AssetKind, AssetStatus, RateEvent
from assets.models import CODE, Asset, Rate, RateChange
from assets.transitions import ASSET
from audit.services import move, record
from core.actors import Actor
from core.amounts import MAX_DECIMALS, check_quantity
from core.errors import DomainError
from core.images import StoredImage, discard
from core.locks import lock
from core.text import clean_https, clean_line, clean_lines

LARGEST_NUMBER = 1_000_000  # days, counts: more is a slip of the keyboard


class InvalidAsset(DomainError):
    code = "invalid_asset"
    status = 422


class CodeTaken(DomainError):
    code = "asset_code_taken"


class FixedAfterCreation(DomainError):
    code = "fixed_after_creation"


class InvalidRate(DomainError):
    code = "invalid_rate"
    status = 422


class RateNotSet(DomainError):
    code = "rate_not_set"
    status = 404


@dataclass(frozen=True, kw_only=True)
class NewAsset:
    """What a digital asset is made of (AST-01). It expires if it has a period, and limits transactions if it has a count."""

    code: str
    name: str
    label: str
    decimals: int
    reissuable: bool = False
    max_client_balance: Decimal | None = None
    reissue_below: Decimal | None = None
    reissue_quantity: Decimal | None = None
    expiration_days: int | None = None
    transaction_count: int | None = None
    image: str = ""  # a name that core.images.store gave
    category: str = ""
    description: str = ""
    terms_url: str = ""
    payable: bool = True
    p2p: bool = True
    redeemable: bool = True
    exchangeable: bool = True
    is_test: bool = False


class AssetChanges(TypedDict, total=False):
    """What can change after creation (AST-03); what is left out stays."""

    code: str
    label: str
    max_client_balance: Decimal | None
    reissue_below: Decimal | None
    reissue_quantity: Decimal | None
    expiration_days: int
    transaction_count: int
    category: str
    description: str
    terms_url: str
    payable: bool
    p2p: bool
    redeemable: bool
    exchangeable: bool


def add_digital_asset(*, new: NewAsset, actor: Actor, now: datetime) -> Asset:
    """The asset's row, inside the ledger's creation, which issues its first quantity (AST-02). Raises InvalidAsset, CodeTaken."""
    if not 0 <= new.decimals <= MAX_DECIMALS:
        raise InvalidAsset(_("An asset has 0 to 18 decimals."), field="decimals")
    values = {field.name: getattr(new, field.name) for field in fields(NewAsset)}
    return _add(
        Asset(
            kind=AssetKind.DIGITAL,
            expires=new.expiration_days is not None,
            limits_transactions=new.transaction_count is not None,
            created_at=now,
            **values,
        ),
        actor=actor,
        now=now,
    )


@transaction.atomic(durable=True)
def add_currency(
    *, code: str, actor: Actor, now: datetime, name: str = "", label: str = "", max_client_balance: Decimal | None = None
) -> Asset:
    """A currency of ISO 4217 with its decimals, off the chain (AST-06). Raises UnknownCurrency, InvalidAsset, CodeTaken."""
    decimals = currency_decimals(code)
    name = name or currency_name(code)[:60]
    asset = Asset(
        kind=AssetKind.CURRENCY,
        code=code,
        name=name,
        label=label or name[:20],
        decimals=decimals,
        max_client_balance=max_client_balance,
        created_at=now,
    )
    return _add(asset, actor=actor, now=now)


def _add(asset: Asset, *, actor: Actor, now: datetime) -> Asset:
    with transaction.atomic(savepoint=False):
        _check(asset)
        _insert(asset)
        details = {name: plain(getattr(asset, name)) for name in ("kind", "decimals", "reissuable", "expires", "limits_transactions")}
        record(action="assets.created", actor=actor, subject=asset, details=details, now=now)
    return asset


def _insert(asset: Asset) -> None:
    try:
        asset.save(force_insert=asset.pk is None)
    except IntegrityError as error:
        if "assets_asset_code" in str(error):
            raise CodeTaken(_("Another asset has the code %(code)s.") % {"code": asset.code}, field="code") from error
        raise


def _check(asset: Asset) -> None:
    """Everything the table's constraints ask for, in words and at its field; texts in the form they are stored in."""
    if not CODE.regex.match(asset.code):
        raise InvalidAsset(CODE.message, field="code")
    for name, most in (("name", 60), ("label", 20)):
        text = getattr(asset, name)
        if not text.strip() or len(text) > most or not text.isprintable():
            raise InvalidAsset(_("Write 1 to %(most)s characters, without line breaks.") % {"most": most}, field=name)
    asset.category = clean_line(asset.category, maximum=40, field="category")
    asset.description = clean_lines(asset.description, maximum=2000, field="description")
    asset.terms_url = clean_https(asset.terms_url, field="terms_url")
    for name in ("max_client_balance", "reissue_below", "reissue_quantity"):
        if (amount := getattr(asset, name)) is not None:
            _check_amount(amount, asset=asset, field=name)
    if (asset.reissue_below is None) != (asset.reissue_quantity is None):
        missing = "reissue_below" if asset.reissue_below is None else "reissue_quantity"
        raise InvalidAsset(_("Automatic reissue needs both: below which stock, and how much each time."), field=missing)
    if asset.reissue_below is not None and not asset.reissuable:
        raise InvalidAsset(_("Only a reissuable asset can be reissued automatically."), field="reissue_below")
    for name, wanted, when in (
        ("expiration_days", asset.expires, _("Only an asset that expires has an expiration period.")),
        ("transaction_count", asset.limits_transactions, _("Only an asset with a transaction limit has a transaction count.")),
    ):
        number = getattr(asset, name)
        if (number is not None) != wanted:
            raise InvalidAsset(when if number is not None else _("It can't be empty."), field=name)
        if number is not None and not 1 <= number <= LARGEST_NUMBER:
            raise InvalidAsset(_("Write a whole number from 1 to 1000000."), field=name)


def _check_amount(amount: Decimal, *, asset: Asset, field: str) -> None:
    try:
        check_quantity(amount, decimals=asset.decimals)
    except DomainError as error:
        error.field = field
        raise


def plain(value: Any) -> Any:
    """A value as the trail keeps it: exact, without trailing zeros."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value


@transaction.atomic(durable=True)
def edit_asset(*, asset_id: int, changes: AssetChanges, actor: Actor, now: datetime) -> Asset:
    """Change what may change (AST-03), properties among it (AST-07). Expiration period and transaction count hold for later issues; a lower maximum takes
    nothing away (AST-10). Nothing that differs: nothing is written. Raises FixedAfterCreation, InvalidAsset, UnfitText, CodeTaken."""
    asset = lock(Asset.objects.all(), pk=asset_id)
    before = {name: getattr(asset, name) for name, _value in _items(changes)}
    for name, value in _items(changes):
        if name not in AssetChanges.__annotations__:
            raise FixedAfterCreation(_("This is fixed after creation."), field=name)
        setattr(asset, name, value)
    if asset.kind == AssetKind.CURRENCY and asset.code != before.get("code", asset.code):
        raise FixedAfterCreation(_("A currency keeps its code: it comes from ISO 4217."), field="code")
    _check(asset)
    differing = {name: (plain(old), plain(getattr(asset, name))) for name, old in before.items() if getattr(asset, name) != old}
    if not differing:
        return asset
    try:
        asset.save(update_fields=list(differing))
    except IntegrityError as error:
        raise CodeTaken(_("Another asset has the code %(code)s.") % {"code": asset.code}, field="code") from error
    record(action="assets.edited", actor=actor, subject=asset, changes=differing, now=now)
    return asset


def _items(changes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(changes.items())


@transaction.atomic(durable=True)
def set_image(*, asset_id: int, image: StoredImage | None, actor: Actor, now: datetime) -> Asset:
    """Give the asset an image that `core.images.store` has cleaned, or none (AST-08)."""
    asset = lock(Asset.objects.all(), pk=asset_id)
    before = asset.image.name or ""
    asset.image = image.name if image else ""
    asset.save(update_fields=["image"])
    record(
        action="assets.image_set" if image else "assets.image_removed",
        actor=actor,
        subject=asset,
        details={"size": image.size, "width": image.width, "height": image.height} if image else {},
        now=now,
    )
    transaction.on_commit(lambda: discard(before))
    return asset


@transaction.atomic(durable=True)
def deactivate_asset(*, asset_id: int, actor: Actor, now: datetime, reason: str = "") -> Asset:
    """From now on it can't move, except back to the issuer (AST-06). Raises IllegalTransition."""
    asset = lock(Asset.objects.all(), pk=asset_id)
    return move(asset, table=ASSET, to=AssetStatus.DEACTIVATED, actor=actor, now=now, comment=reason)


@transaction.atomic(durable=True)
def reactivate_asset(*, asset_id: int, actor: Actor, now: datetime, reason: str = "") -> Asset:
    """It can move again. Raises IllegalTransition."""
    asset = lock(Asset.objects.all(), pk=asset_id)
    return move(asset, table=ASSET, to=AssetStatus.ACTIVE, actor=actor, now=now, comment=reason)


@transaction.atomic(durable=True)
def set_rate(*, asset_id: int, currency_id: int, rate: Decimal, actor: Actor, now: datetime, approval_id: int | None = None) -> Rate:
    """Say what one unit of the asset costs in the currency: added, or changed where there is one (RAT-01). The same rate
    again is written too: it says that the rate still held at that time. Raises InvalidRate, ApprovalNeeded."""
    asset = lock(Asset.objects.all(), pk=asset_id)
    currency = Asset.objects.get(pk=currency_id)
    if currency.kind != AssetKind.CURRENCY or not currency.is_active:
        raise InvalidRate(_("%(code)s is not an active currency.") % {"code": currency.code}, field="currency")
    if currency.pk == asset.pk:
        raise InvalidRate(_("A currency has no rate in itself."), field="currency")
    try:
        check_quantity(rate, decimals=MAX_DECIMALS)
    except DomainError as error:
        raise InvalidRate(_("A rate is a number of more than zero, with at most 18 decimals."), field="rate") from error
    payload = {"asset": asset.code, "currency": currency.code, "rate": plain(rate)}
    require(action="rates.set", actor=actor, payload=payload, approval_id=approval_id)
    present = Rate.objects.filter(asset=asset, currency=currency).first()
    old = present.rate if present else None
    who = _who(actor, now)
    if present:
        present.rate = rate
        for name, value in who.items():
            setattr(present, name, value)
        present.save(update_fields=["rate", *who])
    else:
        present = Rate.objects.create(asset=asset, currency=currency, rate=rate, **who)
    event = RateEvent.ADDED if old is None else RateEvent.CHANGED
    RateChange.objects.create(asset=asset, currency=currency, event=event, old_rate=old, rate=rate, **who)
    record(
        action=f"rates.{event}",
        actor=actor,
        subject=asset,
        changes={currency.code: (plain(old), plain(rate))},
        details={"currency": currency.code},
        now=now,
    )
    return present


@transaction.atomic(durable=True)
def delete_rate(*, asset_id: int, currency_id: int, actor: Actor, now: datetime, approval_id: int | None = None) -> None:
    """Take the rate away; what depends on it can't be done until there is one again (RAT-01).
    Raises RateNotSet, ApprovalNeeded."""
    asset = lock(Asset.objects.all(), pk=asset_id)
    currency = Asset.objects.get(pk=currency_id)
    present = Rate.objects.filter(asset=asset, currency=currency).first()
    if present is None:
        raise RateNotSet(_("%(asset)s has no rate in %(currency)s.") % {"asset": asset.code, "currency": currency.code})
    payload = {"asset": asset.code, "currency": currency.code}
    require(action="rates.delete", actor=actor, payload=payload, approval_id=approval_id)
    present.delete()
    RateChange.objects.create(asset=asset, currency=currency, event=RateEvent.DELETED, old_rate=present.rate, rate=None, **_who(actor, now))
    record(
        action="rates.deleted",
        actor=actor,
        subject=asset,
        changes={currency.code: (plain(present.rate), None)},
        details={"currency": currency.code},
        now=now,
    )


def _who(actor: Actor, now: datetime) -> dict[str, Any]:
    return {"set_at": now, "actor_type": actor.actor_type, "actor_id": actor.actor_id, "actor_label": actor.actor_label}
