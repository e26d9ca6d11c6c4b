"""Wallets with balances for tests, made through real posting: nothing here writes the ledger's tables."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from assets.models import Asset
from assets.tests.factories import digital_asset
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from ledger.enums import OperationType
from ledger.services.posting import Move, Posted, post
from organisations.tests.factories import organisation
from wallets.enums import WalletOwner
from wallets.models import AssetWallets, Wallet
from wallets.selectors import outside_wallet
from wallets.services import create_wallet

ACTOR = SystemActor("tests")


def make_wallet(owner_type: WalletOwner = WalletOwner.CLIENT, *, is_test: bool = False, **fields: Any) -> Wallet:
    """A wallet of any owner; a client's or an organisation's gets its owner too, unless one is given."""
    if owner_type == WalletOwner.CLIENT and "client" not in fields:
        fields["client"] = client_of_type(is_test=is_test)
    if owner_type == WalletOwner.ORGANISATION and "organisation" not in fields:
        fields["organisation"] = organisation()
    return create_wallet(owner_type=owner_type, is_test=is_test, actor=ACTOR, now=timezone.now(), **fields)


def make_asset(
    *, issued: Decimal | int = 0, issuer: Wallet | None = None, is_test: bool = False, now: datetime | None = None, **fields: Any
) -> Asset:
    """A digital asset of two decimals with an issuing wallet of its own (`issuer_of`), and so much of it issued."""
    asset = digital_asset(is_test=is_test, **fields)
    issuer = issuer or make_wallet(WalletOwner.ISSUER, is_test=is_test)
    AssetWallets.objects.create(asset=asset, issuing_wallet=issuer, beneficiary_wallet=issuer)
    if issued:
        move(OperationType.ASSET_CREATION, asset, outside_wallet(is_test=is_test), issuer, issued, now=now)
    return asset


def issuer_of(asset: Asset) -> Wallet:
    return AssetWallets.objects.get(asset=asset).issuing_wallet


def move(
    type: OperationType,  # noqa: A002 - the word of the field
    asset: Asset,
    sender: Wallet,
    receiver: Wallet,
    quantity: Decimal | int | str,
    *,
    now: datetime | None = None,
    key: str | None = None,
    **options: Any,
) -> Posted:
    """One move, posted in a transaction of its own where none is open."""
    return post(
        moves=[Move(type=type, asset=asset, sender=sender, receiver=receiver, quantity=Decimal(quantity), **options)],
        actor=ACTOR, now=now or timezone.now(), idempotency_key=key,
    )  # fmt: skip


def buy(
    asset: Asset, wallet: Wallet, quantity: Decimal | int | str, *, expires_on: date | None = None, now: datetime | None = None
) -> Posted:
    """A purchase from the issuing wallet (a manual transfer where the expiry date is said)."""
    kind = OperationType.PURCHASE if expires_on is None else OperationType.MANUAL_TRANSFER
    return move(kind, asset, issuer_of(asset), wallet, quantity, now=now, expires_on=expires_on)
