"""The fees of price lists and assets' default commissions: add, change, end, delete (FEE-02 to FEE-04, AST-07).

A fee that has begun is history: changing it ends it and begins another, so that what was charged can always be read beside the rule
that asked for it. Of two that would hold at once the database refuses the later one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from approvals.services import require
from assets.enums import AssetKind
from assets.models import TOO_LARGE, Asset
from assets.services import plain
from audit.services import record
from core.actors import Actor
from core.amounts import round_down
from core.constraints import broken
from core.errors import DomainError
from core.locks import lock
from core.subjects import Subject, subject_of
from core.text import clean_line
from tiers.enums import CLIENT_OPERATIONS, LEVELS, Direction, FeeKind, Payer, Period
from tiers.models import DictionaryEntry, LevelFee, OperationFee, PriceList, RecurringFee
from tiers.models.prices import MOST_PERCENT
from tiers.selectors.tiers import tiers

ACTION = "prices.fee"
MODELS: dict[str, type[LevelFee] | type[RecurringFee] | type[OperationFee]] = {
    FeeKind.LEVEL: LevelFee,
    FeeKind.RECURRING: RecurringFee,
    FeeKind.OPERATION: OperationFee,
}
FIELDS = {
    FeeKind.LEVEL: ("name", "label", "direction", "level", "currency", "amount"),
    FeeKind.RECURRING: ("tier", "period", "currency", "amount"),
    FeeKind.OPERATION: ("type", "asset", "payer", "fixed", "percentage", "minimum", "maximum"),
}
# What a fee is about: fixed, so that a change of it is another fee.
TARGET = {
    FeeKind.LEVEL: ("direction", "level", "currency"),
    FeeKind.RECURRING: ("tier",),
    FeeKind.OPERATION: ("type", "asset"),
}
LATE = timedelta(minutes=10)  # a form may stand open so long
AnyFee = LevelFee | RecurringFee | OperationFee


class InvalidFee(DomainError):
    code = "invalid_fee"
    status = 422


class FeesOverlap(DomainError):
    """Another fee for the same thing holds in that time (FEE-02)."""

    code = "fees_overlap"


class FeeHasBegun(DomainError):
    code = "fee_has_begun"


class FeeHasEnded(DomainError):
    code = "fee_has_ended"


def add_fee(
    *, kind: FeeKind, price_list: PriceList | None, values: Mapping[str, Any], valid_from: datetime | None, valid_to: datetime | None,
    actor: Actor, now: datetime, approval_id: int | None = None,
) -> AnyFee:  # fmt: skip
    """A fee that holds from `valid_from` on, by default from now, until before `valid_to`. An operation fee without a price list is
    its asset's default. `values` are the kind's FIELDS.

    Raises InvalidFee, UnfitText (422) with the field at fault, FeesOverlap, ApprovalNeeded.
    """
    begins = now if valid_from is None or now - LATE <= valid_from < now else valid_from
    if begins < now:
        raise InvalidFee(_("A fee begins now or later: what was done before is not charged again."), field="valid_from")
    _check_end(begins, valid_to)
    fields = cleaned(kind, price_list, values)
    with transaction.atomic(durable=True):
        _lock_scope(price_list, fields)
        payload = {"do": "add", "kind": kind, "price_list": price_list.reference if price_list else "", "fee": ""}
        _gate(payload, fields, begins if valid_from is not None else None, valid_to, actor, approval_id)
        fee = _insert(kind, price_list, fields, begins, valid_to, now)
        record(action="tiers.fee_added", actor=actor, subject=_subject(fee), now=now, changes=_new(kind, fee), details=_details(kind, fee))
    return fee


def change_fee(
    *, kind: FeeKind, fee_id: int, values: Mapping[str, Any], valid_to: datetime | None, actor: Actor, now: datetime,
    approval_id: int | None = None,
) -> AnyFee:  # fmt: skip
    """Change what a fee asks for. One that has begun ends now and another begins, which is given back; what it is about stays.

    Raises InvalidFee, UnfitText (422), FeesOverlap, FeeHasEnded, ApprovalNeeded.
    """
    with transaction.atomic(durable=True):
        fee = _locked(kind, fee_id)
        if fee.valid_to is not None and fee.valid_to <= now:
            raise FeeHasEnded(_("This fee has ended: add another one."))
        fields = cleaned(kind, fee.price_list, dict(values) | {name: getattr(fee, name) for name in TARGET[kind]})
        _check_end(max(fee.valid_from, now), valid_to)
        changes = {
            name: (_plain(getattr(fee, name)), _plain(value))
            for name, value in (fields | {"valid_to": valid_to}).items()
            if getattr(fee, name) != value
        }
        if not changes:
            return fee
        payload = {"do": "change", "kind": kind, "price_list": fee.price_list.reference if fee.price_list else "", "fee": fee.reference}
        _gate(payload, fields, None, valid_to, actor, approval_id)
        if fee.valid_from > now or changes.keys() <= {"valid_to", "label", "name"}:
            for name, value in (fields | {"valid_to": valid_to}).items():
                setattr(fee, name, value)
            _saved(kind, fee)
        else:
            fee.valid_to = now
            fee.save(update_fields=["valid_to"])
            ended, fee = fee, _insert(kind, fee.price_list, fields, now, valid_to, now)
            changes |= {"reference": (ended.reference, fee.reference)}
        record(action="tiers.fee_changed", actor=actor, subject=_subject(fee), now=now, changes=changes, details=_details(kind, fee))
    return fee


def end_fee(*, kind: FeeKind, fee_id: int, at: datetime | None, actor: Actor, now: datetime, approval_id: int | None = None) -> AnyFee:
    """Let a fee that holds end at a time, by default now. Raises InvalidFee, FeeHasEnded, ApprovalNeeded."""
    with transaction.atomic(durable=True):
        fee = _locked(kind, fee_id)
        ends = now if at is None or now - LATE <= at < now else at
        if fee.valid_to is not None and fee.valid_to <= now:
            raise FeeHasEnded(_("This fee has ended already."))
        if ends < now or ends <= fee.valid_from:
            raise InvalidFee(_("A fee ends now or later, and after it has begun."), field="at")
        payload = {"do": "end", "kind": kind, "fee": fee.reference, "at": at.isoformat() if at else ""}
        require(action=ACTION, actor=actor, payload=payload, approval_id=approval_id)
        changes = {"valid_to": (_plain(fee.valid_to), _plain(ends))}
        fee.valid_to = ends
        _saved(kind, fee)
        record(action="tiers.fee_ended", actor=actor, subject=_subject(fee), now=now, changes=changes, details=_details(kind, fee))
    return fee


def delete_fee(*, kind: FeeKind, fee_id: int, actor: Actor, now: datetime, approval_id: int | None = None) -> None:
    """Take away a fee that hasn't begun. Raises FeeHasBegun, ApprovalNeeded."""
    with transaction.atomic(durable=True):
        fee = _locked(kind, fee_id)
        if fee.valid_from <= now:
            raise FeeHasBegun(_("This fee has begun: end it instead, so that its history stays."))
        require(action=ACTION, actor=actor, payload={"do": "delete", "kind": kind, "fee": fee.reference}, approval_id=approval_id)
        subject, changes = _subject(fee), {name: (value, None) for name, (_none, value) in _new(kind, fee).items()}
        record(action="tiers.fee_deleted", actor=actor, subject=subject, now=now, changes=changes, details=_details(kind, fee))
        fee.delete()


# --- what a fee may say ----------------------------------------------------------------------------------------------


def cleaned(kind: FeeKind, price_list: PriceList | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The kind's fields, each as the table takes it. Raises InvalidFee, UnfitText."""
    given = {name: values.get(name) for name in FIELDS[kind]}
    if kind == FeeKind.OPERATION:
        return _operation(given, price_list)
    if price_list is None:
        raise InvalidFee(_("Choose the price list."), field="price_list")
    currency = given["currency"]
    if not isinstance(currency, Asset) or currency.kind != AssetKind.CURRENCY or not currency.is_active or currency.is_test:
        raise InvalidFee(_("Choose an active currency."), field="currency")
    given["amount"] = _amount(given["amount"], currency.decimals, "amount", least_is_more_than_zero=kind == FeeKind.RECURRING)
    return _level(given, price_list) if kind == FeeKind.LEVEL else _recurring(given, price_list)


def _level(given: dict[str, Any], price_list: PriceList) -> dict[str, Any]:
    if given["direction"] not in Direction.values:
        raise InvalidFee(_("Choose upgrade or downgrade."), field="direction")
    if given["level"] not in LEVELS:
        raise InvalidFee(_("Choose a level from 1 to 5."), field="level")
    tier = tiers(price_list.client_type).filter(level=given["level"]).first()
    if tier is None:
        raise InvalidFee(_("There is no active tier of this level for the clients of this price list: create it first."), field="level")
    name = clean_line(given["name"] or tier.label, maximum=60, field="name", required=True)
    if name != tier.label:
        raise InvalidFee(
            _("The tier of this level is called “%(label)s”: the name must be the same.") % {"label": tier.label}, field="name"
        )  # fmt: skip
    return given | {"name": name, "label": clean_line(given["label"] or "", maximum=60, field="label")}


def _recurring(given: dict[str, Any], price_list: PriceList) -> dict[str, Any]:
    tier = given["tier"]
    if not isinstance(tier, DictionaryEntry) or not tier.level or tier.client_type != price_list.client_type:
        raise InvalidFee(_("Choose a tier for the clients of this price list."), field="tier")
    if given["period"] not in Period.values:
        raise InvalidFee(_("Choose monthly or yearly."), field="period")
    return given


def _operation(given: dict[str, Any], price_list: PriceList | None) -> dict[str, Any]:
    asset = given["asset"]
    if not isinstance(asset, Asset):
        raise InvalidFee(_("Choose the asset."), field="asset")
    if given["type"] not in [one.value for one in CLIENT_OPERATIONS]:
        raise InvalidFee(_("Choose one of the operations offered."), field="type")
    if given["payer"] not in Payer.values:
        raise InvalidFee(_("Choose who pays."), field="payer")
    fixed = _amount(given["fixed"] or Decimal(0), asset.decimals, "fixed")
    bounds = {
        name: None if given[name] is None else _amount(given[name], asset.decimals, name) for name in ("minimum", "maximum")
    }  # fmt: skip
    if None not in bounds.values() and bounds["maximum"] < bounds["minimum"]:  # type: ignore[operator]
        raise InvalidFee(_("The maximum is not below the minimum."), field="maximum")
    percentage = given["percentage"] or Decimal(0)
    if not percentage.is_finite() or not 0 <= percentage <= MOST_PERCENT or percentage != round_down(percentage, decimals=4):
        raise InvalidFee(_("Write a percentage from 0 to 100 with at most 4 decimals."), field="percentage")
    if price_list is None and not fixed and not percentage and not bounds["minimum"]:
        raise InvalidFee(_("This fee asks for nothing: name a fixed part, a percentage or a minimum."), field="fixed")
    return given | {"fixed": fixed, "percentage": percentage} | bounds


def _amount(given: Any, decimals: int, field: str, *, least_is_more_than_zero: bool = False) -> Decimal:
    if not isinstance(given, Decimal) or not given.is_finite() or given < 0 or given >= TOO_LARGE:
        raise InvalidFee(_("Write an amount of at least 0, with at most 20 digits before the point."), field=field)
    if least_is_more_than_zero and not given:
        raise InvalidFee(_("The amount must be more than zero."), field=field)
    if given != round_down(given, decimals=decimals):
        raise InvalidFee(_("Too many decimals: at most %(decimals)s here.") % {"decimals": decimals}, field=field)
    return given


def _check_end(begins: datetime, ends: datetime | None) -> None:
    if ends is not None and ends <= begins:
        raise InvalidFee(_("“Valid to” lies after “valid from”, and not in the past."), field="valid_to")


# --- how it is written -----------------------------------------------------------------------------------------------


def _lock_scope(price_list: PriceList | None, fields: Mapping[str, Any]) -> None:
    """Fees of one price list, or one asset's defaults, are added one after the other: two at the same moment would else be a deadlock
    inside the exclusion constraint."""
    if price_list is not None:
        lock(PriceList.objects.all(), pk=price_list.pk)
    else:
        lock(Asset.objects.all(), pk=fields["asset"].pk)


def _locked(kind: FeeKind, fee_id: int) -> AnyFee:
    model = MODELS[kind]
    found: Any = model._default_manager.select_related("price_list").get(pk=fee_id)
    _lock_scope(found.price_list, {"asset": getattr(found, "asset", None)})
    related = ("price_list", *(name for name in FIELDS[kind] if name in ("currency", "asset", "tier")))
    return cast("AnyFee", lock(model._default_manager.select_related(*related), pk=fee_id))


def _insert(
    kind: FeeKind, price_list: PriceList | None, fields: Mapping[str, Any], begins: datetime, ends: datetime | None, now: datetime
) -> AnyFee:
    fee: Any = MODELS[kind](price_list=price_list, valid_from=begins, valid_to=ends, created_at=now, **fields)
    return _saved(kind, fee)


def _saved(kind: FeeKind, fee: AnyFee) -> AnyFee:
    try:
        fee.save()
    except IntegrityError as error:
        if broken(error).endswith("_one_at_a_time"):
            raise FeesOverlap(
                _("Another fee for the same holds in this time. End it first, or choose another time."), field="valid_from"
            ) from error
        raise
    return fee


def _gate(
    payload: dict[str, Any],
    fields: Mapping[str, Any],
    begins: datetime | None,
    ends: datetime | None,
    actor: Actor,
    approval_id: int | None,
) -> None:
    values = {name: _plain(value) for name, value in fields.items()}
    times = {"valid_from": _plain(begins), "valid_to": _plain(ends)}
    require(action=ACTION, actor=actor, payload=payload | {"values": values} | times, approval_id=approval_id)


def _subject(fee: AnyFee) -> Subject:
    """Its price list, whose timeline tells of it; an asset's default commission belongs to the asset."""
    return subject_of(fee.price_list if fee.price_list is not None else fee.asset)


def _new(kind: FeeKind, fee: AnyFee) -> dict[str, tuple[Any, Any]]:
    names = (*FIELDS[kind], "valid_from", "valid_to")
    return {name: (None, value) for name in names if (value := _plain(getattr(fee, name))) not in (None, "")}


def _details(kind: FeeKind, fee: AnyFee) -> dict[str, str]:
    return {"fee": fee.reference, "kind": str(kind)}


def _plain(value: Any) -> Any:
    """A value as the trail and an approval keep it."""
    match value:
        case Asset():
            return value.code
        case DictionaryEntry():
            return value.reference
        case Decimal():
            return plain(value)
        case datetime():
            return value.isoformat()
    return value
