"""How a client stands: the limit that covers it and why, and what is used and left of every threshold (LIM-03, LIM-11)."""

from dataclasses import dataclass
from datetime import datetime

from tiers.enums import RuleType
from tiers.services.limits.check import covering_of, is_free, look_of, lowest_of, measure
from tiers.services.limits.decision import Covering, RuleLook


@dataclass(frozen=True, slots=True)
class Standing:
    """`looks` ask for nothing: what they say is used and left now."""

    covering: Covering
    looks: tuple[RuleLook, ...]


def standing(*, client_id: int, now: datetime) -> Standing:
    """Which limit covers the client and how it stands (LIM-03, LIM-04, LIM-06), read without a lock, for pages and the API."""
    nothing: list[tuple[int, int, bool, str | None]] = [(client_id, 0, False, None)]
    found = measure(nothing, now=now, lock=False)
    sides = {(rule.asset_id, rule.rule != RuleType.SEND) for limit in found.limits.values() for rule in limit.rules.values()}
    if sides:
        found = measure([(client_id, asset_id, is_credit, None) for asset_id, is_credit in sorted(sides)], now=now, lock=False)
    covered = found.covered[client_id]
    rules = [one for own in found.rules.values() for one in own]
    lowest = lowest_of(rule for _limit, rule, _used in rules)
    looks = [
        look_of(limit, rule, used, [], [], [], covered=covered, outdone=rule.amount > lowest[rule.same]) for limit, rule, used in rules
    ]
    return Standing(covering_of(covered, found.limits, free=is_free()), tuple(looks))
