"""Limits for tests, straight in the tables, and the short way to ask the engine."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from assets.models import Asset
from clients.models import Client
from ledger.enums import OperationType
from tiers.enums import RuleType
from tiers.models import Limit, Threshold
from tiers.services.limits import Ask, Decision, check
from wallets.models import Wallet


def limit(*thresholds: dict[str, Any], **fields: Any) -> Limit:
    made = Limit.objects.create(**{"name": "Limit", "created_at": timezone.now()} | fields)
    for one in thresholds:
        threshold(made, **one)
    return made


def threshold(of: Limit, asset: Asset, amount: Any, rule: str = RuleType.SEND, **fields: Any) -> Threshold:
    made = Threshold.objects.create(limit=of, asset=asset, amount=Decimal(amount), rule=rule, **fields)
    Limit.objects.filter(pk=of.pk).update(edition=uuid.uuid4())
    return made


def ask(
    client: Client,
    asset: Asset,
    quantity: Any,
    direction: Any = "send",
    type: OperationType = OperationType.PAYMENT,  # noqa: A002 - the word of the field
    **options: Any,
) -> Ask:
    return Ask(client.pk, 0, direction, type, asset.pk, Decimal(quantity), **options)


def asked(wallet: Wallet, asset: Asset, quantity: Any, direction: Any = "send", *, now: datetime | None = None, **options: Any) -> Decision:
    assert wallet.client is not None
    return check(asks=[ask(wallet.client, asset, quantity, direction, **options)], now=now or timezone.now())
