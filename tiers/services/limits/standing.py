"""How a client stands: the limit that covers it and why, and what is used and left of every threshold (LIM-03, LIM-11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core import instance
from tiers.enums import RuleType
from tiers.models import Threshold
from tiers.services.limits.check import covering_of, look_of, lowest_of, measure
from tiers.services.limits.decision import Covering, RuleLook


@dataclass(frozen=True, slots=True)
class Standing:
    """`looks` ask for nothing: what they say is used and left now."""

    covering: Covering
    looks: tuple[RuleLook, ...]


def covering(*, client_id: int, now: datetime) -> Covering:
    """Which limit covers the client, and by what it won (LIM-03, LIM-04, LIM-06)."""
    return standing(client_id=client_id, now=now).covering


def standing(*, client_id: int, now: datetime) -> Standing:
    """Read without a lock, for pages and the API."""
    any_asset: list[tuple[int, int, bool, str | None]] = [(client_id, 0, False, None)]
    rows, limits = measure(any_asset, now=now, lock=False)
    rules = Threshold.objects.filter(limit_id__in=limits).values_list("asset_id", "rule").distinct()
    sides = sorted({(asset_id, rule != RuleType.SEND) for asset_id, rule in rules})
    if sides:
        rows, limits = measure([(client_id, asset_id, is_credit, None) for asset_id, is_credit in sides], now=now, lock=False)
    oldest = now - timedelta(hours=instance.value("tiers.rate_hours"))
    found = [(limits[row.limit_id], row) for row in rows if row.limit_id is not None and row.threshold_id is not None]
    lowest = lowest_of(limit.rules[row.threshold_id or 0] for limit, row in found)
    looks = []
    for limit, row in found:
        rule = limit.rules[row.threshold_id or 0]
        looks.append(look_of(limit, rule, row, [], [], [], oldest=oldest, outdone=rule.amount > lowest[rule.same]))
    free = instance.value("tiers.without_limit") == "free"
    return Standing(covering_of(rows[0], limits, free=free), tuple(looks))
