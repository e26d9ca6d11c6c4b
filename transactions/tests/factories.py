"""Clients with something to send, quotes and holds, all made through the services."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from assets.models import Asset
from clients.models import Client
from clients.services.levels import set_verification_level
from clients.tests.factories import client_of_type
from core import instance
from core.actors import SystemActor
from ledger.models import Balance
from ledger.tests.factories import buy
from transactions.models import Hold, TransferQuote
from transactions.services import p2p
from wallets.models import Wallet
from wallets.tests.factories import client_wallet

TESTS = SystemActor("tests")
HELD = {"transactions.held_levels": ["0", "1"]}  # as an instance comes; most tests are about something else


def member(asset: Asset | None = None, quantity: str = "100", *, level: int = 0, **fields: Any) -> Wallet:
    """The wallet of an active client at this level, with so much of the asset."""
    client = client_of_type(**fields)
    Client.objects.filter(pk=client.pk).update(verification_level=level)
    wallet = client_wallet(client, is_test=client.is_test)
    if asset is not None:
        buy(asset, wallet, quantity)
    return wallet


def quoted(
    asset: Asset, sender: Wallet, receiver: Wallet, quantity: str = "10", *, now: datetime | None = None, **fields: Any
) -> TransferQuote:
    return p2p.quote_transfer(
        sender=sender,
        receiver=receiver,
        asset=asset,
        quantity=Decimal(quantity),
        actor=TESTS,
        now=now or timezone.now(),
        **fields,
    )


def sent(asset: Asset, sender: Wallet, receiver: Wallet, quantity: str = "10", *, now: datetime | None = None, **fields: Any) -> p2p.Sent:
    """Quoted and confirmed."""
    now = now or timezone.now()
    return p2p.confirm_transfer(quote_id=quoted(asset, sender, receiver, quantity, now=now, **fields).pk, actor=TESTS, now=now)


def held(asset: Asset, sender: Wallet, receiver: Wallet, quantity: str = "10", **fields: Any) -> Hold:
    """A transfer that waits: levels 0 and 1 are held for as long as it takes to make it."""
    before = dict(instance.stored())
    instance.assume(before | HELD)
    hold = sent(asset, sender, receiver, quantity, **fields).hold
    instance.assume(before)
    assert hold is not None
    return hold


def reach(wallet: Wallet, level: int) -> None:
    """The wallet's client is at this level from now on."""
    with transaction.atomic():
        set_verification_level(client_id=wallet.client_id, level=level, actor=TESTS, now=timezone.now())


def balance(wallet: Wallet, asset: Asset) -> tuple[Decimal, Decimal]:
    """Quantity and what of it is reserved."""
    return Balance.objects.filter(wallet=wallet, asset=asset).values_list("quantity", "reserved").first() or (Decimal(0), Decimal(0))
