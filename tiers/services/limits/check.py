"""The limit engine (LIM, KYC-30): one statement locks the clients and measures every rule; the rest is arithmetic.

    decision = check(asks=[Ask(client.pk, wallet.pk, "send", OperationType.PAYMENT, asset.pk, quantity)], now=now)
    if decision.refusal: raise decision.refusal

Inside the transaction that then posts: the clients stay locked until its end, so two at once can't pass a threshold together (LIM-07).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

from django.db import transaction

from core import instance
from core.prepared import prepared
from ledger.enums import OperationType
from tiers.enums import Criterion, Exceeded, RuleType
from tiers.services.limits.decision import Covering, Decision, RuleLook
from tiers.services.limits.rules import LimitRules, Rule, rules_of

MEASURE = "SELECT * FROM tiers_measure(%s::bigint[], %s::bigint[], %s::boolean[], %s::text[], %s, %s)"
NONE = Decimal(0)
Side = tuple[int, int]  # a client's id and an asset's


@dataclass(frozen=True, slots=True)
class Ask:
    """What a client is about to send or receive. `overridden` are thresholds (ids) that somebody with the right to has lifted."""

    client_id: int
    wallet_id: int
    direction: Literal["send", "receive"]
    type: OperationType
    asset_id: int
    quantity: Decimal
    overridden: frozenset[int] = frozenset()

    @property
    def is_credit(self) -> bool:
        return self.direction == "receive"


class Measured(NamedTuple):
    """A row of the statement: what holds for a client, and what is used of one rule, or none where no rule is about the ask."""

    client_id: int
    client: str
    level: int
    tier_id: int | None
    kind_id: int | None
    personal_id: int | None
    personal_edition: UUID | None
    assigned_id: int | None
    assigned_edition: UUID | None
    asset_id: int
    limit_id: int | None
    threshold_id: int | None
    rate: Decimal | None
    rate_set_at: datetime | None
    used: Decimal | None
    used_count: int | None
    balance: Decimal | None

    @property
    def editions(self) -> Iterator[tuple[int, UUID]]:
        if self.personal_id is not None and self.personal_edition is not None:
            yield self.personal_id, self.personal_edition
        if self.assigned_id is not None and self.assigned_edition is not None:
            yield self.assigned_id, self.assigned_edition


def check(*, asks: Sequence[Ask], now: datetime, lock: bool = True) -> Decision:
    """What the limits say of moves that are made together, all or none. Without `lock` it is a forecast (LIM-10)."""
    return check_many(groups=[asks], now=now, lock=lock)[0]


def check_many(*, groups: Sequence[Sequence[Ask]], now: datetime, lock: bool = True) -> list[Decision]:
    """The same for many groups, each posted or refused alone: a later one finds what the earlier ones that go on will use."""
    keys = list(dict.fromkeys((ask.client_id, ask.asset_id, ask.is_credit, str(ask.type)) for group in groups for ask in group))
    rows, limits = measure(keys, now=now, lock=lock)
    measured: dict[Side, dict[int, Measured]] = defaultdict(dict)
    clients: dict[int, Measured] = {}
    for row in rows:
        clients[row.client_id] = row
        if row.threshold_id is not None:
            measured[row.client_id, row.asset_id][row.threshold_id] = row
    free = instance.value("tiers.without_limit") == "free"
    oldest = now - timedelta(hours=instance.value("tiers.rate_hours"))
    earlier: dict[Side, list[Ask]] = defaultdict(list)
    decisions = []
    for group in groups:
        together: dict[Side, list[Ask]] = defaultdict(list)
        for ask in group:
            together[ask.client_id, ask.asset_id].append(ask)
        looks = [
            look for side, asks in together.items() for look in _looks(measured[side], asks, earlier[side], limits=limits, oldest=oldest)
        ]
        coverings = [covering_of(clients[one], limits, free=free) for one in dict.fromkeys(client for client, _asset in together)]
        decision = Decision(tuple(coverings), tuple(looks), now)
        decisions.append(decision)
        if decision.refusal is None:
            for side, asks in together.items():
                earlier[side] += asks
    return decisions


def measure(
    keys: Sequence[tuple[int, int, bool, str | None]], *, now: datetime, lock: bool
) -> tuple[list[Measured], dict[int, LimitRules]]:
    """Every rule about these (client, asset, direction, type) with what is used of it, and the limits that they belong to."""
    columns = [list(column) for column in zip(*keys, strict=True)] or [[], [], [], []]
    with transaction.atomic(savepoint=False), prepared() as cursor:
        while True:
            cursor.execute(MEASURE, [*columns, now, lock])
            rows = [Measured(*row) for row in cursor.fetchall()]
            wanted = {limit_id: edition for row in rows for limit_id, edition in row.editions}
            limits = rules_of(wanted)
            if all(limit_id in limits and limits[limit_id].edition == edition for limit_id, edition in wanted.items()):
                return rows, limits
            # A limit was changed between the two statements: what was measured is of rules that are no more.


def covering_of(row: Measured, limits: dict[int, LimitRules], *, free: bool) -> Covering:
    assigned = limits[row.assigned_id] if row.assigned_id is not None else None
    personal = limits[row.personal_id] if row.personal_id is not None else None
    return Covering(
        client=row.client, level=row.level,
        limit=assigned.reference if assigned else "", limit_name=assigned.name if assigned else "",
        won_by=assigned.won_by(row.level) if assigned else "", limit_level=assigned.level if assigned else None,
        personal=personal.reference if personal else "", personal_name=personal.name if personal else "",
        refused=not (assigned or personal or free),
    )  # fmt: skip


def _looks(
    measured: dict[int, Measured], asks: Sequence[Ask], earlier: Sequence[Ask], *, limits: dict[int, LimitRules], oldest: datetime
) -> list[RuleLook]:
    """A group's asks of one client and asset against each rule about them."""
    found = []
    for row in measured.values():
        limit = limits[row.limit_id or 0]
        rule = limit.rules[row.threshold_id or 0]
        about = [ask for ask in asks if ask.is_credit == rule.is_credit and (not rule.types or ask.type in rule.types)]
        if about:
            found.append((limit, rule, row, about))
    lowest = lowest_of(rule for _limit, rule, _row, _about in found)
    return [
        look_of(limit, rule, row, about, asks, earlier, oldest=oldest, outdone=rule.amount > lowest[rule.same])
        for limit, rule, row, about in found
    ]


def lowest_of(rules: Iterable[Rule]) -> dict[object, Decimal]:
    """The lower amount of those that bound the same holds (LIM-05): all are checked, and what passes it passes the others."""
    lowest: dict[object, Decimal] = {}
    for rule in rules:
        lowest[rule.same] = min(rule.amount, lowest.get(rule.same, rule.amount))
    return lowest


def look_of(
    limit: LimitRules, rule: Rule, row: Measured, about: Sequence[Ask], asks: Sequence[Ask], earlier: Sequence[Ask],
    *, oldest: datetime, outdone: bool = False,
) -> RuleLook:  # fmt: skip
    """One rule: what is used, what `about` adds, and whether that is too much. `asks` are all of the client's moves of the asset
    in the group, which a balance is made of, `earlier` those of the groups before it."""
    rate = row.rate if rule.converts and row.rate_set_at is not None and row.rate_set_at >= oldest else None
    price = rate or Decimal(1)
    used, asked, count_used = NONE, NONE, row.used_count or 0
    if rule.rule == RuleType.BALANCE:
        used = (row.balance or NONE) + net(earlier)
        asked = net(asks) if about else NONE
    elif rule.days is None:
        asked = max((ask.quantity for ask in about), default=NONE)
    else:
        before = [ask for ask in earlier if ask.is_credit == rule.is_credit and (not rule.types or ask.type in rule.types)]
        used = (row.used or NONE) + sum((ask.quantity for ask in before), NONE)
        count_used += len(before)
        asked = sum((ask.quantity for ask in about), NONE)
    used, asked = used * price, asked * price
    exceeded = ""
    if rule.converts and rate is None:
        exceeded = Exceeded.RATE
    elif asked > 0 and used + asked > rule.amount:
        exceeded = Exceeded.AMOUNT
    elif about and rule.max_count is not None and count_used + len(about) > rule.max_count:
        exceeded = Exceeded.COUNT
    elif rule.minimum is not None and (least := min((ask.quantity for ask in about), default=rule.minimum) * price) < rule.minimum:
        exceeded, asked = Exceeded.MINIMUM, least
    return RuleLook(
        limit=limit.reference, limit_name=limit.name, threshold=rule.id, client=row.client, level=row.level, personal=limit.personal,
        won_by=str(Criterion(limit.won_by(row.level))), asset=rule.asset, unit=rule.unit, rate=rate, rule=rule.rule,
        types=tuple(sorted(rule.types)), days=rule.days, amount=rule.amount, used=used, asked=asked, left=max(rule.amount - used, NONE),
        count_used=count_used, count_asked=len(about), count_max=rule.max_count, minimum=rule.minimum,
        blocking=rule.blocking, alert=rule.alert, exceeded=str(exceeded),
        overridden=bool(exceeded) and any(rule.id in ask.overridden for ask in about), outdone=outdone,
    )  # fmt: skip


def net(asks: Sequence[Ask]) -> Decimal:
    return sum((ask.quantity if ask.is_credit else -ask.quantity for ask in asks), NONE)
