"""Price lists (FEE-01). A change of one is under four-eyes where the instance wants that (USR-05)."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from approvals.services import require
from assets.enums import AssetKind
from assets.models import Asset
from audit.services import record
from clients.enums import ClientType
from core.actors import Actor
from core.constraints import broken
from core.errors import DomainError
from core.locks import lock, lock_name
from core.text import clean_line
from tiers.models import PriceList

ACTION = "prices.price_list"


class InvalidPriceList(DomainError):
    code = "invalid_price_list"
    status = 422


class PriceListTaken(DomainError):
    code = "price_list_taken"


def create_price_list(
    *, name: str, client_type: str, currency: Asset, actor: Actor, now: datetime, is_default: bool = False, approval_id: int | None = None
) -> PriceList:
    """A new, active price list. A new default takes the place of the one before. Raises InvalidPriceList, UnfitText, PriceListTaken,
    ApprovalNeeded."""
    if client_type not in ClientType.values:
        raise InvalidPriceList(_("Choose persons or companies."), field="client_type")
    prices = PriceList(client_type=client_type, created_at=now)
    return _save(
        prices, _cleaned(name, currency, is_default=is_default, is_active=True), "tiers.price_list_created", actor, now, approval_id
    )


def edit_price_list(
    *, price_list_id: int, name: str, currency: Asset, is_default: bool, is_active: bool, actor: Actor, now: datetime,
    approval_id: int | None = None,
) -> PriceList:  # fmt: skip
    """Change a price list; its client type is fixed. What it charges is changed with its fees. Clients of one that isn't active have
    the default. Raises as create_price_list."""
    prices = PriceList.objects.select_related("currency").get(pk=price_list_id)
    return _save(
        prices, _cleaned(name, currency, is_default=is_default, is_active=is_active), "tiers.price_list_edited", actor, now, approval_id
    )  # fmt: skip


def _cleaned(name: str, currency: Asset, *, is_default: bool, is_active: bool) -> dict[str, Any]:
    if currency.kind != AssetKind.CURRENCY or not currency.is_active or currency.is_test:
        raise InvalidPriceList(_("Choose an active currency."), field="currency")
    if is_default and not is_active:
        raise InvalidPriceList(_("The default price list is active: make another one the default first."), field="is_active")
    return {
        "name": clean_line(name, maximum=80, field="name", required=True),
        "currency": currency,
        "is_default": is_default,
        "is_active": is_active,
    }


@transaction.atomic(durable=True)
def _save(prices: PriceList, values: dict[str, Any], action: str, actor: Actor, now: datetime, approval_id: int | None) -> PriceList:
    is_new = prices.pk is None
    if not is_new:
        prices = lock(PriceList.objects.select_related("currency"), pk=prices.pk)
    before: dict[str, Any] = dict.fromkeys(values) if is_new else {name: getattr(prices, name) for name in values}
    changes = {name: (_plain(before[name]), _plain(value)) for name, value in values.items() if value != before[name]}
    if not changes:
        return prices
    payload = {"price_list": "" if is_new else prices.reference, "client_type": prices.client_type}
    require(action=ACTION, actor=actor, payload=payload | {name: _plain(value) for name, value in values.items()}, approval_id=approval_id)
    if values["is_default"]:
        lock_name(f"default price list {prices.client_type}")
        for other in PriceList.objects.filter(client_type=prices.client_type, is_default=True).exclude(pk=prices.pk).select_for_update():
            other.is_default = False
            other.save(update_fields=["is_default"])
            record(action="tiers.price_list_edited", actor=actor, subject=other, now=now, changes={"is_default": (True, False)})
    for name, value in values.items():
        setattr(prices, name, value)
    try:
        prices.save()
    except IntegrityError as error:
        if broken(error) == "price_list_named_once":
            raise PriceListTaken(_("Another price list for these clients has this name."), field="name") from error
        raise
    record(
        action=action,
        actor=actor,
        subject=prices,
        now=now,
        changes=changes | ({"client_type": (None, prices.client_type)} if is_new else {}),
    )
    return prices


def _plain(value: Any) -> Any:
    return value.code if isinstance(value, Asset) else value
