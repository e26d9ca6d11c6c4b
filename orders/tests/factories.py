"""Orders for tests, through the real services."""

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from assets.models import Asset
from assets.tests.factories import currency, digital_asset, rate
from clients.models import Client
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from ledger.enums import OperationType
from ledger.models import Balance
from ledger.services.posting import Move, post
from orders import services
from orders.models import Order, OrderPayment
from wallets.models import Wallet
from wallets.selectors import outside_wallet
from wallets.tests.factories import client_wallet, issued_by

TESTS = SystemActor("tests")
_numbers = count(1)


def asset_for_sale(price: str = "1.50", **fields: object) -> Asset:
    """A digital asset with an issuing wallet (empty) and a rate in euros."""
    asset = digital_asset(**fields)
    issued_by(asset)
    rate(asset, price)
    return asset


def buyer(**fields: object) -> Client:
    """An active client with a wallet."""
    client = client_of_type(**fields)
    client_wallet(client, is_test=client.is_test)
    return client


def wallet_of(client: Client) -> Wallet:
    return Wallet.objects.get(client=client)


def order(
    *, asset: Asset | None = None, client: Client | None = None, quantity: str = "100", now: datetime | None = None, **fields: Any
) -> Order:
    """A new order of 100 at 1.50 EUR, unless told otherwise."""
    return services.create_order(
        client_id=(client or buyer()).pk,
        asset_id=(asset or asset_for_sale()).pk,
        currency_id=currency().pk,
        quantity=Decimal(quantity),
        actor=fields.pop("actor", TESTS),
        now=now or timezone.now(),
        **fields,
    )


def pay(order: Order, amount: str | None = None, *, currency: str = "EUR", reference: str = "", at: datetime | None = None) -> OrderPayment:
    """A bank transfer for the order, by default of what is due."""
    now = at or timezone.now()
    return services.record_payment(
        order_id=order.pk,
        provider="bank",
        provider_reference=reference or f"BANK-{next(_numbers)}",
        amount=Decimal(amount) if amount else order.total,
        currency=currency,
        received_at=now,
        actor=TESTS,
        now=now,
    )


def stock(asset: Asset, quantity: str = "1000000") -> Asset:
    """Issue so much of the asset into its issuing wallet."""
    issued = Move(
        type=OperationType.ADDITIONAL_ISSUING,
        asset=asset,
        sender=outside_wallet(is_test=asset.is_test),
        receiver=asset.issuer_wallets.issuing_wallet,
        quantity=Decimal(quantity),
    )
    with transaction.atomic():
        post(moves=[issued], actor=TESTS, now=timezone.now())
    return asset


def held(wallet: Wallet, asset: Asset) -> Decimal:
    """What the wallet holds of the asset."""
    return Balance.objects.filter(wallet=wallet, asset=asset).values_list("quantity", flat=True).first() or Decimal(0)


def paid_order(**fields: Any) -> Order:
    one = order(**fields)
    pay(one, at=one.created_at)
    one.refresh_from_db()
    return one
