"""Clients that ask for a tier, and cases in every status, made through the services."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from assets.tests.factories import currency
from backoffice.services.settings import change_settings
from clients.enums import ClientType
from clients.models import Client
from core import instance
from core.actors import SystemActor
from kyc import services
from kyc.models import Case
from kyc.providers.interface import Finding, Reason, Snapshot
from ledger.enums import OperationType
from ledger.services.posting import Move, available, post
from tiers.models import DictionaryEntry, Limit, Threshold
from tiers.tests.factories import level_fee, tier
from wallets.models import Wallet
from wallets.selectors import outside_wallet
from wallets.tests.factories import client_wallet

TESTS = SystemActor("tests")
PROVIDER = SystemActor("shufti")


def set_to(**values: Any) -> None:
    """Settings of KYC as an administrator sets them: `set_to(enabled=False)`."""
    change_settings(values={f"kyc.{name}": value for name, value in values.items()}, actor=TESTS, now=timezone.now())
    instance.forget()


def rich(amount: str = "100", **fields: Any) -> Wallet:
    """The wallet of a new client of level 1, with so many euros in it."""
    wallet = client_wallet(**fields)
    assert wallet.client is not None
    Client.objects.filter(pk=wallet.client.pk).update(verification_level=1)
    wallet.client.refresh_from_db()
    if Decimal(amount):
        outside = outside_wallet(is_test=wallet.is_test)
        move = Move(type=OperationType.TOP_UP, asset=currency(), sender=outside, receiver=wallet, quantity=Decimal(amount))
        post(moves=[move], actor=TESTS, now=timezone.now())
    return wallet


def euros(wallet: Wallet) -> Decimal:
    return available(wallet, currency(), now=timezone.now())


def offered(level: int = 2, fee: str = "10", *, client_type: str = ClientType.PERSON, **fields: Any) -> DictionaryEntry:
    """A tier that clients can choose: with a limit and, up and down, a fee."""
    made = tier(level, client_type)
    for name, value in fields.items():
        setattr(made, name, value)
    made.save()
    limit, is_new = Limit.objects.get_or_create(
        tier=made, level=level, client_type=client_type, is_active=True, defaults={"name": made.label, "created_at": timezone.now()}
    )
    if is_new:
        Threshold.objects.create(limit=limit, asset=currency(), amount=Decimal(10**6), rule="send")
        level_fee(made, fee)
        level_fee(made, "0", direction="downgrade")
    return made


def case(*, provider: str = "manual", fee: str = "10", wallet: Wallet | None = None, level: int = 2, **fields: Any) -> Case:
    """A case as it stands when it was opened; with an integrated provider, as it stands before that has answered."""
    wallet = wallet or rich()
    asked = offered(level, fee, provider=provider, client_type=wallet.client.type, **fields)
    made = services.request_tier(client_id=wallet.client.pk, tier_id=asked.pk, actor=TESTS, now=timezone.now()).case
    assert made is not None
    return made


def with_provider(**fields: Any) -> Case:
    """The provider has a session, and the client its address."""
    made = case(**{"provider": "shufti"} | fields)
    return services.sent_to_provider(case=made, url="https://verify.example.com/1", url_expires_at=None, actor=PROVIDER, now=timezone.now())


def result(of: Case, said: str, *reasons: Reason, findings: tuple[Finding, ...] = ()) -> Case:
    """What the provider says of it now."""
    snapshot = Snapshot(result=said, reasons=reasons, findings=findings)
    services.apply_snapshot(case_id=of.pk, snapshot=snapshot, actor=PROVIDER, now=timezone.now())
    of.refresh_from_db()
    return of
