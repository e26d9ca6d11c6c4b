"""Limits as every process keeps them: what doesn't change from one transaction to the next (LIM-01, LIM-02).

A limit has another `edition` after each change. The evaluator's statement says which one it found, so that what is kept here is never
older than what was measured, and is read again only after a change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from core.amounts import worded
from ledger.enums import OperationType
from tiers.enums import Criterion, RuleType
from tiers.models import Limit


@dataclass(frozen=True, slots=True)
class Unit:
    """What amounts are counted in."""

    code: str
    decimals: int

    def worded(self, quantity: Decimal) -> str:
        return worded(quantity, decimals=self.decimals, code=self.code)


class Moving(Protocol):
    """What a rule may be about: something that a client sends or receives."""

    @property
    def is_credit(self) -> bool: ...
    @property
    def type(self) -> OperationType: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold; `unit` is its currency's, else its asset's."""

    id: int
    asset_id: int
    asset: Unit
    unit: Unit
    converts: bool
    amount: Decimal
    rule: str
    types: frozenset[str]
    type_codes: tuple[str, ...]
    days: int | None
    max_count: int | None
    minimum: Decimal | None
    blocking: bool
    alert: bool

    def is_about(self, ask: "Moving") -> bool:
        return ask.is_credit == (self.rule != RuleType.SEND) and (not self.types or ask.type in self.types)

    @property
    def same(self) -> tuple[int, str, frozenset[str], str, int | None]:
        """Of two that agree in this the lower holds (LIM-05)."""
        return self.asset_id, self.unit.code, self.types, self.rule, self.days


@dataclass(frozen=True, slots=True)
class LimitRules:
    """A limit with its thresholds by id."""

    id: int
    edition: str
    reference: str
    name: str
    client_type: str
    kind_id: int | None
    tier_id: int | None
    level: int | None
    personal: bool
    rules: Mapping[int, Rule]

    def won_by(self, level: int) -> str:
        """By what it covers a client of this level: the highest criterion that it sets, or that it had to come from a lower level."""
        if self.personal:
            return Criterion.PERSONAL.value
        if self.tier_id is None and self.level is not None and self.level < level:
            return Criterion.LOWER_LEVEL.value
        for is_set, criterion in (
            (self.tier_id, Criterion.TIER),
            (self.kind_id, Criterion.KIND),
            (self.client_type, Criterion.CLIENT_TYPE),
            (self.level is not None, Criterion.LEVEL),
        ):
            if is_set:
                return criterion.value
        return Criterion.EVERYBODY.value


_kept: dict[int, LimitRules] = {}
MOST_KEPT = 2000  # limits


def rules_of(editions: Mapping[int, str]) -> dict[int, LimitRules]:
    """limit id -> the limit, in this edition unless it was changed since; what isn't kept is read. One that is gone isn't in it."""
    missing = [limit_id for limit_id, edition in editions.items() if limit_id not in _kept or _kept[limit_id].edition != edition]
    if missing:
        if len(_kept) > MOST_KEPT:
            _kept.clear()
        found = Limit.objects.filter(pk__in=editions).prefetch_related("thresholds__asset", "thresholds__currency")
        _kept.update({limit.pk: read(limit) for limit in found})
    return {limit_id: _kept[limit_id] for limit_id in editions if limit_id in _kept}


def read(limit: Limit) -> LimitRules:
    rules = {}
    for one in limit.thresholds.all():
        asset = Unit(one.asset.code, one.asset.decimals)
        rules[one.pk] = Rule(
            id=one.pk, asset_id=one.asset_id, asset=asset, converts=one.currency is not None,
            unit=asset if one.currency is None else Unit(one.currency.code, one.currency.decimals),
            amount=one.amount, rule=one.rule, types=frozenset(one.types), type_codes=tuple(sorted(one.types)), days=one.period_days, max_count=one.max_count,
            minimum=one.minimum, blocking=one.blocking, alert=one.alert,
        )  # fmt: skip
    return LimitRules(
        id=limit.pk, edition=str(limit.edition), reference=limit.reference, name=limit.name, client_type=limit.client_type,
        kind_id=limit.kind_id, tier_id=limit.tier_id, level=limit.level, personal=limit.client_id is not None, rules=rules,
    )  # fmt: skip


def type_labels(types: Iterable[str]) -> list[str]:
    """In the order of the enum."""
    chosen = set(types)
    return [str(one.label) for one in OperationType if one.value in chosen]


def listed(words: list[str]) -> str:
    """“Payment, Refund and Fee”."""
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s and %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}
