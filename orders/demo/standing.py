"""How far the demo's clients are verified, and which tier they pay for: with the client's sign-up, and some weeks later."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.demo import person
from assets.models import Asset
from clients.models import Client
from clients.services import set_verification_level
from core.actors import Actor
from ledger.enums import OperationType
from ledger.services.posting import Move, post
from tiers.models import DictionaryEntry, PriceList
from tiers.selectors.tiers import tiers
from tiers.services.assignment import assign_price_list, set_tier
from tiers.services.recurring import charges_to_try, try_charge, write_due
from wallets.selectors import outside_wallet, wallet_of

MONEY = Decimal(400)  # euro that a client pays in, for its fees
POOR = Decimal(6)  # enough for the change, not for the months
FOUNDING_MEMBERS = 4


def settle_in(client: Client, number: int, *, app: Actor, at: datetime) -> None:
    """Verified with level 2, some money paid in, at the tier of level 2 by its fee; the first ones have a price list of their own."""
    with transaction.atomic():
        set_verification_level(client_id=client.pk, level=2, actor=person("CRO"), now=at, reason="Seen at the counter")
    money = POOR if number % 11 == 7 and number % 6 != 5 and client.type == "person" else MONEY
    with transaction.atomic():
        move = Move(
            type=OperationType.TOP_UP, asset=Asset.objects.get(code="EUR"), sender=outside_wallet(), receiver=wallet_of(client.pk),
            quantity=money, comment="Bank transfer",
        )  # fmt: skip
        post(moves=[move], actor=app, now=at + timedelta(minutes=1))
    if number < FOUNDING_MEMBERS and client.type == "person":
        founding = PriceList.objects.filter(is_default=False, client_type=client.type).first()
        assign_price_list(client=client, price_list=founding, actor=person("CFO"), now=at + timedelta(minutes=2))
    come_to(client, 2, at + timedelta(minutes=3))


def come_to(client: Client, level: int, at: datetime) -> None:
    """With its fee, as a client's own choice would be."""
    with_level: DictionaryEntry | None = tiers(client.type).filter(level=level).first()
    if with_level is not None:
        set_tier(client=client, tier=with_level, actor=person("OPERATIONS"), now=at, with_fee=True)


def charge_recurring(at: datetime) -> None:
    """What the job does each hour."""
    write_due(now=at)
    for charge_id in charges_to_try(now=at):
        try_charge(charge_id=charge_id, now=at)
