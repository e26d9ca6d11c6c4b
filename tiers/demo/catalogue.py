"""The demo's tiers for persons and companies, price lists in euro with their fees, and a commission."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.demo import person
from assets.models import Asset
from clients.enums import ClientType
from core.actors import Actor
from tiers.enums import DictionaryType, Direction, FeeKind, Payer, Period, Provider
from tiers.models import DictionaryEntry, PriceList
from tiers.services.dictionaries import EntryValues, create_entry
from tiers.services.pricing import create_price_list
from tiers.services.rules import add_fee

TIERS = {
    ClientType.PERSON: {
        1: EntryValues(label="Basic", description="E-mail address and phone number are confirmed.", order=1),
        2: EntryValues(
            label="Plus", description="Higher limits, for those who have shown a document and their face.", order=2,
            provider=Provider.SHUFTI, checks=("document", "face"),
        ),
        3: EntryValues(label="Prime", description="The highest limits, after proof of address and of funds.", order=3),
    },
    ClientType.COMPANY: {
        1: EntryValues(label="Company", description="E-mail address and phone number are confirmed.", order=1),
        2: EntryValues(
            label="Business", description="Register entry, representatives and owners are verified.", order=2, provider=Provider.SUMSUB,
            provider_level="basic-kyb-level", checks=("document", "background"),
        ),
        3: EntryValues(label="Business Prime", description="For turnover above the usual, after a talk with the CRO.", order=3),
    },
}  # fmt: skip
KINDS = {DictionaryType.PERSON_TYPE: ("Resident", "Student"), DictionaryType.COMPANY_TYPE: ("Shop", "Association")}
# level: (coming up, coming down, each month or year)
FEES: dict[tuple[str, ClientType, bool], dict[int, tuple[str, str, tuple[str, Period] | None]]] = {
    ("Persons", ClientType.PERSON, True): {1: ("0", "0", None), 2: ("5", "0", ("1.50", Period.MONTHLY)), 3: ("15", "2.50", ("4.90", Period.MONTHLY))},
    ("Persons, founding members", ClientType.PERSON, False): {1: ("0", "0", None), 2: ("0", "0", None), 3: ("7.50", "0", None)},
    ("Companies", ClientType.COMPANY, True): {1: ("0", "0", None), 2: ("50", "0", ("9", Period.MONTHLY)), 3: ("120", "10", ("290", Period.YEARLY))},
}  # fmt: skip


def load(then: datetime) -> None:
    dictionaries(person("CRO"), then)
    euro = Asset.objects.get(code="EUR")
    for (name, client_type, is_default), levels in FEES.items():
        prices = create_price_list(
            name=name, client_type=client_type, currency=euro, is_default=is_default, actor=person("CFO"), now=then
        )  # fmt: skip
        for level, (up, down, recurring) in levels.items():
            level_fees(prices, level, up, down, then)
            if recurring is not None:
                values = {"tier": tier_of(client_type, level), "period": recurring[1], "currency": euro, "amount": Decimal(recurring[0])}
                add(FeeKind.RECURRING, prices, values, then)
    commission(then)


def dictionaries(actor: Actor, then: datetime) -> None:
    for client_type, levels in TIERS.items():
        for level, values in levels.items():
            create_entry(
                type=DictionaryType.VERIFICATION_LEVEL, client_type=client_type, level=level, values=values, actor=actor, now=then
            )  # fmt: skip
    for kind, labels in KINDS.items():
        own = ClientType.PERSON if kind == DictionaryType.PERSON_TYPE else ClientType.COMPANY
        for order, label in enumerate(labels):
            create_entry(type=kind, client_type=own, level=None, values=EntryValues(label=label, order=order), actor=actor, now=then)


def level_fees(prices: PriceList, level: int, up: str, down: str, then: datetime) -> None:
    for direction, asked in ((Direction.UPGRADE, up), (Direction.DOWNGRADE, down)):
        values = {"name": "", "label": "", "direction": direction, "level": level, "currency": prices.currency, "amount": Decimal(asked)}
        add(FeeKind.LEVEL, prices, values, then)


def commission(then: datetime) -> None:
    """Half a per cent of what clients send each other, at least 0.01."""
    amber = Asset.objects.get(code="AMBER")
    values = {"type": "p2p_transfer", "asset": amber, "payer": Payer.SENDER, "percentage": Decimal("0.5"), "minimum": Decimal("0.01")}
    add(FeeKind.OPERATION, None, values, then)


def add(kind: FeeKind, prices: PriceList | None, values: dict[str, Any], then: datetime) -> None:
    add_fee(kind=kind, price_list=prices, values=values, valid_from=None, valid_to=None, actor=person("CFO"), now=then)


def tier_of(client_type: str, level: int) -> DictionaryEntry:
    return DictionaryEntry.objects.get(type=DictionaryType.VERIFICATION_LEVEL, client_type=client_type, level=level, is_active=True)
