"""The limit engine (LIM, KYC-30): one statement locks the clients and measures every rule; the rest is arithmetic.

    decision = check(asks=[Ask(client.pk, wallet.pk, "send", OperationType.PAYMENT, asset.pk, quantity)], now=now)
    if decision.refusal: raise decision.refusal

Inside the transaction that then posts: the clients stay locked until its end, so two at once can't pass a threshold together (LIM-07).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from django.db import transaction

from core import instance
from core.prepared import prepared
from ledger.enums import OperationType
from tiers.enums import Exceeded, RuleType
from tiers.services.limits.decision import Covering, Decision, RuleLook
from tiers.services.limits.rules import LimitRules, Rule, rules_of

MEASURE = "SELECT * FROM tiers_measure(%s::bigint[], %s::bigint[], %s::boolean[], %s::text[], %s, %s, %s)"
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


class Covered(NamedTuple):
    """What covers a client."""

    client: str
    level: int
    personal_id: int | None
    personal_edition: str | None
    assigned_id: int | None
    assigned_edition: str | None

    @classmethod
    def of(cls, text: str) -> "Covered":
        """As the statement writes it; what isn't there is empty."""
        client, level, personal_id, personal_edition, assigned_id, assigned_edition = text.split(" ")
        return cls(
            client, int(level), int(personal_id) if personal_id else None, personal_edition or None,
            int(assigned_id) if assigned_id else None, assigned_edition or None,
        )  # fmt: skip

    def editions(self) -> Iterator[tuple[int, str]]:
        for limit_id, edition in ((self.personal_id, self.personal_edition), (self.assigned_id, self.assigned_edition)):
            if limit_id is not None and edition is not None:
                yield limit_id, edition


class Used(NamedTuple):
    """What is used of a rule (of a balance: what is held), in units of the asset, and the rate, if it has a fresh one."""

    rate: Decimal | None
    used: Decimal | None
    used_count: int | None


class Found(NamedTuple):
    """The statement's rows in order: what covers each client, the limits themselves, and each rule about a client's asset."""

    covered: dict[int, Covered]
    limits: Mapping[int, LimitRules]
    rules: dict[Side, list[tuple[LimitRules, Rule, Used]]]


def check(*, asks: Sequence[Ask], now: datetime, lock: bool = True) -> Decision:
    """What the limits say of moves that are made together, all or none. Without `lock` it is a forecast (LIM-10)."""
    return check_many(groups=[asks], now=now, lock=lock)[0]


def check_many(*, groups: Sequence[Sequence[Ask]], now: datetime, lock: bool = True) -> list[Decision]:
    """The same for many groups, each posted or refused alone: a later one finds what the earlier ones that go on will use."""
    keys = sorted({(ask.client_id, ask.asset_id, ask.is_credit, str(ask.type)) for group in groups for ask in group})
    found = measure(keys, now=now, lock=lock)
    free = is_free()
    earlier: dict[Side, list[Ask]] = defaultdict(list)
    decisions = []
    for group in groups:
        together: dict[Side, list[Ask]] = defaultdict(list)
        for ask in group:
            together[ask.client_id, ask.asset_id].append(ask)
        looks = [
            look
            for side, asks in together.items()
            for look in _looks(found.rules.get(side, ()), asks, earlier[side], found.covered[side[0]])
        ]
        coverings = [
            covering_of(found.covered[one], found.limits, free=free) for one in dict.fromkeys(client for client, _asset in together)
        ]
        decision = Decision(tuple(coverings), tuple(looks), now)
        decisions.append(decision)
        if decision.refusal is None:
            for side, asks in together.items():
                earlier[side] += asks
    return decisions


def is_free() -> bool:
    """Whether a client without any limit moves without limits (LIM-04)."""
    return bool(instance.value("tiers.without_limit") == "free")


def measure(keys: Sequence[tuple[int, int, bool, str | None]], *, now: datetime, lock: bool) -> Found:
    """Every rule about these (client, asset, direction, type), those of one client one after the other, with what is used of it."""
    columns = [as_array(column) for column in zip(*keys, strict=True)] or [as_array(())] * 4
    hours = instance.value("tiers.rate_hours")
    with transaction.atomic(savepoint=False), prepared() as cursor:
        while True:
            cursor.execute(MEASURE, [*columns, now, hours, lock])
            found = _read(cursor.fetchall())
            if found is not None:
                return found
            # A limit was changed meanwhile: what was measured is of rules that are no more.


def as_array(values: Sequence[object]) -> str:
    """PostgreSQL's text of an array of numbers, truths or codes: a list as parameter costs more than a rule's measuring."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def _read(rows: Sequence[tuple[Any, ...]]) -> Found | None:
    """None where a limit has changed since it was measured."""
    texts = {row[0]: row[5] for row in rows}
    covered = {client_id: Covered.of(text) for client_id, text in texts.items()}
    editions = {limit_id: edition for one in covered.values() for limit_id, edition in one.editions()}
    limits = rules_of(editions)
    if any(limit_id not in limits or limits[limit_id].edition != edition for limit_id, edition in editions.items()):
        return None
    kept = {threshold_id: (limit, rule) for limit in limits.values() for threshold_id, rule in limit.rules.items()}
    rules: dict[Side, dict[int, tuple[LimitRules, Rule, Used]]] = defaultdict(dict)
    for client_id, threshold_id, rate, used, used_count, _covered in rows:
        if threshold_id is None:
            continue
        if threshold_id not in kept:
            return None
        limit, rule = kept[threshold_id]
        rules[client_id, rule.asset_id][threshold_id] = limit, rule, Used(rate, used, used_count)
    return Found(covered, limits, {side: list(own.values()) for side, own in rules.items()})


def covering_of(row: Covered, limits: Mapping[int, LimitRules], *, free: bool) -> Covering:
    assigned = limits[row.assigned_id] if row.assigned_id is not None else None
    personal = limits[row.personal_id] if row.personal_id is not None else None
    return Covering(
        client=row.client, level=row.level,
        limit=assigned.reference if assigned else "", limit_name=assigned.name if assigned else "",
        won_by=assigned.won_by(row.level) if assigned else "", limit_level=assigned.level if assigned else None,
        personal=personal.reference if personal else "", personal_name=personal.name if personal else "",
        refused=not (assigned or personal or free),
    )  # fmt: skip


def _looks(rules: Sequence[tuple[LimitRules, Rule, Used]], asks: Sequence[Ask], earlier: Sequence[Ask], covered: Covered) -> list[RuleLook]:
    """A group's asks of one client and asset against each rule about them."""
    found = []
    for limit, rule, used in rules:
        about = [ask for ask in asks if rule.is_about(ask)]
        if about:
            found.append((limit, rule, used, about))
    lowest = lowest_of(rule for _limit, rule, _used, _about in found)
    return [
        look_of(limit, rule, used, about, asks, earlier, covered=covered, outdone=rule.amount > lowest[rule.same])
        for limit, rule, used, about in found
    ]


def lowest_of(rules: Iterable[Rule]) -> dict[object, Decimal]:
    """The lower amount of those that bound the same holds (LIM-05): all are checked, and what passes it passes the others."""
    lowest: dict[object, Decimal] = {}
    for rule in rules:
        lowest[rule.same] = min(rule.amount, lowest.get(rule.same, rule.amount))
    return lowest


def look_of(
    limit: LimitRules, rule: Rule, row: Used, about: Sequence[Ask], asks: Sequence[Ask], earlier: Sequence[Ask],
    *, covered: Covered, outdone: bool = False,
) -> RuleLook:  # fmt: skip
    """One rule: what is used, what `about` adds, and whether that is too much. `asks` are all of the client's moves of the asset
    in the group, which a balance is made of, `earlier` those of the groups before it."""
    used, asked, count_used = NONE, NONE, row.used_count or 0
    if rule.rule == RuleType.BALANCE:
        used = (row.used or NONE) + net(earlier)
        asked = net(asks) if about else NONE
    elif rule.days is None:
        asked = max((ask.quantity for ask in about), default=NONE)
    else:
        before = [ask for ask in earlier if rule.is_about(ask)]
        used = (row.used or NONE) + sum((ask.quantity for ask in before), NONE)
        count_used += len(before)
        asked = sum((ask.quantity for ask in about), NONE)
    least = min((ask.quantity for ask in about), default=None)
    if row.rate is not None:
        used, asked, least = used * row.rate, asked * row.rate, None if least is None else least * row.rate
    exceeded = ""
    if rule.converts and row.rate is None:
        exceeded = Exceeded.RATE.value
    elif asked > 0 and used + asked > rule.amount:
        exceeded = Exceeded.AMOUNT.value
    elif about and rule.max_count is not None and count_used + len(about) > rule.max_count:
        exceeded = Exceeded.COUNT.value
    elif rule.minimum is not None and least is not None and least < rule.minimum:
        exceeded, asked = Exceeded.MINIMUM.value, least
    return RuleLook(
        limit=limit.reference, limit_name=limit.name, threshold=rule.id, client=covered.client, level=covered.level,
        personal=limit.personal, won_by=limit.won_by(covered.level), asset=rule.asset, unit=rule.unit, rate=row.rate, rule=rule.rule,
        types=rule.type_codes, days=rule.days, amount=rule.amount, used=used, asked=asked,
        count_used=count_used, count_asked=len(about), count_max=rule.max_count, minimum=rule.minimum,
        blocking=rule.blocking, alert=rule.alert, exceeded=exceeded,
        overridden=bool(exceeded) and any(rule.id in ask.overridden for ask in about), outdone=outdone,
    )  # fmt: skip


def net(asks: Sequence[Ask]) -> Decimal:
    return sum((ask.quantity if ask.is_credit else -ask.quantity for ask in asks), NONE)
