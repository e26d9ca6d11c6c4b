"""Which tiers a client can choose, and what the others lack (TIE-03)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.models import Client
from core.registries import extensions
from tiers.enums import Direction
from tiers.models import DictionaryEntry
from tiers.selectors.limits import tiers_with_limits
from tiers.selectors.terms import terms_of
from tiers.selectors.tiers import tiers
from tiers.services.fees import ChangeFee, direction_to, fees_in_force


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a client can't choose a tier: a code for programs, words for people."""

    code: str
    words: Any


NO_LIMIT = Missing("no_limit", _("There is no active limit with a threshold for this tier."))
NO_FEE = Missing("no_fee", _("The client's price list has no fee for this change that holds now; 0 would be one."))
NO_PRICE_LIST = Missing("no_price_list", _("The client has no price list, and there is no default one for its type."))
NO_CONTACTS = Missing("contacts_not_verified", _("The client hasn't confirmed its e-mail address and phone number."))


@dataclass(frozen=True, slots=True)
class TierChoice:
    """A tier as one client may choose it: `missing` is empty where it can. `needs_case`: a KYC case opens first (TIE-04)."""

    tier: DictionaryEntry
    direction: Direction
    fee: ChangeFee | None
    missing: tuple[Missing, ...]
    needs_case: bool

    @property
    def is_open(self) -> bool:
        return not self.missing


def choices(*, client: Client, now: datetime) -> list[TierChoice]:
    """Every tier for the client's type but the one that it has, in their order.

    A higher app says what else stands in the way by `extend("tiers.services.selection.choices", "obstacle", (client, tier) -> Missing | None)`.
    """
    terms = terms_of(client.pk)
    offered = [tier for tier in tiers(client.type) if terms.tier is None or tier.pk != terms.tier.pk]
    limited = tiers_with_limits()
    fees: dict[tuple[int, str], ChangeFee] = {}
    if terms.price_list is not None:
        for rule in fees_in_force(terms.price_list, now):
            fees.setdefault((rule.level, rule.direction), ChangeFee(rule, rule.amount, rule.currency, Direction(rule.direction)))
    obstacles = extensions("tiers.services.selection.choices", "obstacle")
    found = []
    for tier in offered:
        direction, level = direction_to(terms.tier, tier), tier.level or 0
        fee = fees.get((level, direction))
        missing = [] if tier.pk in limited else [NO_LIMIT]
        if fee is None:
            missing.append(NO_FEE if terms.price_list is not None else NO_PRICE_LIST)
        needs_case = level > max(client.verification_level, 1)
        if client.verification_level == 0 and level == 1:
            missing.append(NO_CONTACTS)
        missing += [why for obstacle in obstacles if (why := obstacle(client, tier))]
        found.append(TierChoice(tier, direction, fee, tuple(missing), needs_case))
    return found
