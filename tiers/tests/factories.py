"""Tiers, price lists and fees for tests, straight in the tables: tests of the verbs themselves use tiers.services."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from assets.models import Asset
from assets.tests.factories import currency
from clients.enums import ClientType
from core.actors import SystemActor
from tiers.enums import DictionaryType, Direction
from tiers.models import DictionaryEntry, LevelFee, OperationFee, PriceList, RecurringCharge, RecurringFee
from tiers.services.assignment import set_tier
from wallets.tests.factories import client_wallet

_numbers = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def as_number(given: Any) -> Any:
    return Decimal(given) if isinstance(given, str) else given


def tier(level: int = 2, client_type: str = ClientType.PERSON, **fields: Any) -> DictionaryEntry:
    """The active tier of the level and client type, made where there is none."""
    found = DictionaryEntry.objects.filter(
        type=DictionaryType.VERIFICATION_LEVEL, level=level, client_type=client_type, is_active=True
    ).first()
    if found and not fields:
        return found
    values = {"label": f"Tier {level} {next(_numbers)}", "created_at": timezone.now(), "order": level} | fields
    return DictionaryEntry.objects.create(type=DictionaryType.VERIFICATION_LEVEL, level=level, client_type=client_type, **values)


def kind(client_type: str = ClientType.PERSON, **fields: Any) -> DictionaryEntry:
    """A person or company type."""
    own = DictionaryType.PERSON_TYPE if client_type == ClientType.PERSON else DictionaryType.COMPANY_TYPE
    values = {"label": f"Kind {next(_numbers)}", "created_at": timezone.now()} | fields
    return DictionaryEntry.objects.create(type=own, client_type=client_type, **values)


def price_list(client_type: str = ClientType.PERSON, *, is_default: bool = False, **fields: Any) -> PriceList:
    values = {"name": f"Prices {next(_numbers)}", "created_at": timezone.now()} | fields
    values.setdefault("currency", currency())
    return PriceList.objects.create(client_type=client_type, is_default=is_default, **values)


def default_price_list(client_type: str = ClientType.PERSON) -> PriceList:
    found = PriceList.objects.filter(client_type=client_type, is_default=True).first()
    return found or price_list(client_type, is_default=True)


def level_fee(to: DictionaryEntry, amount: Any = "10", *, direction: str = Direction.UPGRADE, **fields: Any) -> LevelFee:
    prices = fields.pop("price_list", None) or default_price_list(to.client_type)
    values = {"name": to.label, "valid_from": LONG_AGO, "created_at": timezone.now(), "currency": prices.currency} | fields
    return LevelFee.objects.create(price_list=prices, level=to.level, direction=direction, amount=as_number(amount), **values)


def recurring_fee(of: DictionaryEntry, amount: Any = "5", *, period: str = "monthly", **fields: Any) -> RecurringFee:
    prices = fields.pop("price_list", None) or default_price_list(of.client_type)
    values = {"valid_from": LONG_AGO, "created_at": timezone.now(), "currency": prices.currency} | fields
    return RecurringFee.objects.create(price_list=prices, tier=of, period=period, amount=as_number(amount), **values)


def operation_fee(asset: Asset, type: str = "p2p_transfer", *, price_list: PriceList | None = None, **fields: Any) -> OperationFee:  # noqa: A002
    values = {"valid_from": timezone.now() - timedelta(days=1), "created_at": timezone.now()} | fields
    return OperationFee.objects.create(asset=asset, type=type, price_list=price_list, **values)


def charge() -> RecurringCharge:
    """A client's period that is due."""
    wallet, gold = client_wallet(), tier(3)
    fee, now = recurring_fee(gold, price_list=price_list()), timezone.now()
    change = set_tier(
        client=wallet.client, tier=gold, actor=SystemActor("tests"), now=now - timedelta(days=40), with_fee=False, reason="Test"
    )
    return RecurringCharge.objects.create(
        client=wallet.client, change=change, fee=fee, tier=gold, months=1, due_on=now.date(), ends_on=now.date() + timedelta(days=30),
        amount=fee.amount, currency=fee.currency, next_try_at=now, created_at=now,
    )  # fmt: skip
