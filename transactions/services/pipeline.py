"""The one way an asset moves under the rules, top to bottom (DESIGN section 2):

    wallets and clients → what the tier opens → limits → fees → ledger and decision → alerts

    with keeping_refusals(actor=actor, now=now), transaction.atomic(durable=True):
        …                                                     # lock, guard, change
        moved = pipeline.move(moves=[…], actor=actor, now=now, cause=Cause.of(thing))
        record(…)                                             # audit

The ledger alone is called by what is nobody's transaction: issuing, burning, expiry and limit returns, the fees of tiers, and what
takes back a failed settlement. A test names them all.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.db import transaction

from core import instance
from core.actors import Actor
from core.errors import DomainError
from core.prepared import prepared
from core.subjects import Subject
from ledger.enums import OperationType
from ledger.services.posting import LEDGER_POST, Batch, Cause, Move, Posted, call, local_date
from ledger.services.refusals import REFUSALS
from tiers.enums import CLIENT_OPERATIONS, Exceeded, Payer
from tiers.services import limits
from tiers.services.fees import fees_wallet
from tiers.services.opening import refusal_of
from tiers.services.operation_fees import operation_fee
from transactions.models import Decision
from transactions.services.decisions import raise_alarms, refuse
from transactions.services.judgement import Alarm, Fee, Judgement, fees_of

PARTIES = "SELECT * FROM transactions_parties(%s, %s, %s, %s)"
# What was posted and what the rules said of it, in one statement: a hot wallet that spends stays locked no longer than it must.
POST = """
    WITH posted AS MATERIALIZED (SELECT * FROM {door}(%s, %s, %s, %s, %s, %s)), kept AS (
        INSERT INTO transactions_decision (group_id, verdict, code, content, decided_at) {kept}
    )
    SELECT * FROM posted
"""
POST_ONE = POST.format(door="ledger_post", kept="SELECT group_id, %s, '', %s::jsonb, %s FROM posted WHERE NOT repeated LIMIT 1")
POST_MANY = POST.format(
    door="ledger_post_many",
    kept="""
        SELECT DISTINCT ON (d.place) p.group_id, d.verdict, '', d.content, d.at
        FROM jsonb_to_recordset(%s) AS d (place int, verdict text, content jsonb, at timestamptz)
        JOIN posted p ON p.place = d.place AND NOT p.repeated""",
)


@dataclass(frozen=True, slots=True)
class Moved:
    """What was posted, fees behind the moves, and what the rules said."""

    posted: Posted
    judgement: Judgement


class Party(NamedTuple):
    """Who takes part in a move (transactions/sql/parties.sql)."""

    place: int
    member: int
    refusal: str | None
    group_id: int | None
    sender_client: int | None
    receiver_client: int | None
    doer: int | None
    opens: bool | None
    is_priced: bool
    is_limited: bool
    is_test: bool | None


def move(
    *,
    moves: Sequence[Move],
    actor: Actor,
    now: datetime,
    cause: Cause | None = None,
    idempotency_key: str | None = None,
    overridden: frozenset[int] = frozenset(),
) -> Moved:
    """Move a group under the rules, all or nothing. Inside the caller's transaction, before its audit event.

    `overridden` are the thresholds (ids) that somebody with the right to has lifted for this once. Used again, an idempotency
    key gives what was posted, without asking the rules. Raises what `ledger.services.posting.post` raises, NotOpened,
    LimitExceeded, NoLimit and RateMissing; what the rules refuse carries an `attempt` for `decisions.keeping_refusals`.
    """
    with transaction.atomic(savepoint=False):
        (one,) = _pass([Batch(moves, cause, idempotency_key)], now=now, overridden=overridden)
        if one.is_kept:
            kept = (one.judgement.verdict.value, json.dumps(one.judgement.as_json()), now)
            posted = call(POST_ONE, one.content, actor, now, *kept)[0]
        else:
            posted = call(LEDGER_POST, one.content, actor, now)[0]
        raise_alarms(one.judgement, now=now)
        return Moved(posted, one.judgement)


def move_many(*, groups: Sequence[Batch], actor: Actor, now: datetime) -> list[Moved]:
    """The same for many groups, all or none, in chunks of 500 to 2,000 moves cut by wallet: a later one finds what the earlier ones
    use of a limit. Raises what `move` raises, for the first that is refused."""
    if not groups:
        return []
    with transaction.atomic(savepoint=False):
        passed = _pass(groups, now=now)
        at = now.isoformat()
        kept = [
            {"place": place, "verdict": one.judgement.verdict, "content": one.judgement.as_json(), "at": at}
            for place, one in enumerate(passed, 1)
            if one.is_kept
        ]
        posted = call(POST_MANY, [one.content for one in passed], actor, now, json.dumps(kept))
        for one in passed:
            raise_alarms(one.judgement, now=now)
        return [Moved(own, one.judgement) for own, one in zip(posted, passed, strict=True)]


def check(*, moves: Sequence[Move], now: datetime, overridden: frozenset[int] = frozenset()) -> Judgement:
    """What `move` would say now, without doing it: for a quote, an order, or the question "what if" (LIM-10). Balances aren't asked."""
    group = Batch(moves)
    parties = _parties([group], now, lock=False)
    return _judge([group], parties, now, overridden=overridden)[0]


class Passed(NamedTuple):
    """A group that no rule refuses: as the ledger takes it, fees behind its moves."""

    content: dict[str, Any]
    judgement: Judgement
    is_kept: bool


def _pass(groups: Sequence[Batch], *, now: datetime, overridden: frozenset[int] = frozenset()) -> list[Passed]:
    """Lock the clients and ask all rules of each group; what is refused is raised."""
    parties = _parties(groups, now, lock=True)
    judgements = _judge(groups, parties, now, overridden=overridden)
    passed = []
    for group, own, judgement in zip(groups, parties, judgements, strict=True):
        if judgement.refusal is not None:
            refuse(judgement, group.moves[0], group.cause)
        fees = fee_moves(group.moves, judgement.fees, is_test=bool(own[0].is_test), now=now)
        content = replace(group, moves=[*group.moves, *fees]).as_json()
        passed.append(Passed(content, judgement, own[0].group_id is None and judgement.says_something))
    return passed


def _parties(groups: Sequence[Batch], now: datetime, *, lock: bool) -> list[list[Party]]:
    """Who takes part, group by group; with `lock` their clients are locked until the transaction's end."""
    content = json.dumps([group.as_json() for group in groups])
    with prepared() as cursor:
        cursor.execute(PARTIES, [content, local_date(now), now, lock])
        rows = [Party(*row) for row in cursor.fetchall()]
    return [list(own) for _place, own in groupby(rows, key=lambda row: row.place)]


def _judge(groups: Sequence[Batch], parties: Sequence[Sequence[Party]], now: datetime, *, overridden: frozenset[int]) -> list[Judgement]:
    """All rules in their order; the first that refuses is the group's refusal. Groups that were posted before aren't asked again."""
    asks = {
        place: list(_asks(group.moves, own, overridden))
        for place, (group, own) in enumerate(zip(groups, parties, strict=True))
        if own[0].group_id is None
    }
    said = _limits(asks, parties, now)
    judgements = []
    for place, (group, own) in enumerate(zip(groups, parties, strict=True)):
        if own[0].group_id is not None:
            judgements.append(_judged_before(own[0].group_id))
            continue
        decision = said.get(place)
        refusal = _refusal_of_ledger(group.moves, own) or _refusal_of_tier(group.moves, own) or (decision.refusal if decision else None)
        fees = tuple(_fees(group.moves, own, now))
        alarms = tuple(_alarms(decision, asks[place], own[0])) if decision else ()
        judgements.append(Judgement(refusal, decision, fees, alarms))
    return judgements


def _judged_before(group_id: int) -> Judgement:
    """Of a group that its idempotency key has made: with the fees of that time, which are a part of its content."""
    kept = Decision.objects.filter(group_id=group_id).values_list("content", flat=True).first()
    return Judgement(fees=fees_of(kept)) if kept else Judgement()


# --- wallets and clients ----------------------------------------------------------------------------------------------


def _refusal_of_ledger(moves: Sequence[Move], own: Sequence[Party]) -> DomainError | None:
    """Closed, frozen, blocked, deactivated, not payable: what the ledger refuses whatever the balances are (LED-04, AST-06, WAL-03)."""
    for one, party in zip(moves, own, strict=True):
        if party.refusal and not one.optional:
            return REFUSALS[party.refusal]()
    return None


# --- what the tier opens ----------------------------------------------------------------------------------------------


def _refusal_of_tier(moves: Sequence[Move], own: Sequence[Party]) -> DomainError | None:
    """What a client does must be opened by its tier, with the asset (TIE-07)."""
    for one, party in zip(moves, own, strict=True):
        if party.doer is None or one.type not in CLIENT_OPERATIONS:
            continue
        is_open = one.type in instance.value("tiers.zero_operations") if party.opens is None else party.opens
        if not is_open and (refusal := refusal_of(client_id=party.doer, type=one.type, asset_id=one.asset.pk)):
            return refusal
    return None


# --- limits -----------------------------------------------------------------------------------------------------------


def _asks(moves: Sequence[Move], own: Sequence[Party], overridden: frozenset[int]) -> Iterator[limits.Ask]:
    """What each client sends and receives. An optional move (a reward) and a fee aren't the client's own doing: nobody asks."""
    for one, party in zip(moves, own, strict=True):
        if one.optional or one.type == OperationType.FEE:
            continue
        if party.sender_client is not None:
            yield limits.Ask(party.sender_client, one.sender.pk, "send", one.type, one.asset.pk, one.quantity, overridden)
        if party.receiver_client is not None:
            yield limits.Ask(party.receiver_client, one.receiver.pk, "receive", one.type, one.asset.pk, one.quantity, overridden)


def _limits(asks: Mapping[int, Sequence[limits.Ask]], parties: Sequence[Sequence[Party]], now: datetime) -> dict[int, limits.Decision]:
    """What the limits say, by place; the clients are locked, where anything moves. Without any limit in an instance that lets
    move freely there is nothing to ask."""
    places = [place for place, own in asks.items() if own]
    if not places or not (parties[0][0].is_limited or instance.value("tiers.without_limit") == "refuse"):
        return {}
    return dict(zip(places, limits.check_many(groups=[asks[place] for place in places], now=now, lock=False), strict=True))


def _alarms(decision: limits.Decision, asks: Sequence[limits.Ask], party: Party) -> Iterator[Alarm]:
    """Exceeded thresholds with an alert and missing rates (KYC-30, KYC-31); clients whom no limit covers (LIM-04)."""
    ids = dict(zip((one.client for one in decision.coverings), dict.fromkeys(ask.client_id for ask in asks), strict=True))
    for covering in decision.coverings:
        if covering.is_empty and (covering.refused or party.is_limited):
            yield Alarm("limits.none", _client(ids, covering.client), covering.why)
    for look in decision.looks:
        if look.alerts and look.exceeded == Exceeded.RATE:
            pair = f"{look.asset.code}/{look.unit.code}"
            yield Alarm("limits.rate_missing", Subject("assets.rate", pair, pair), look.words)
        elif look.alerts:
            yield Alarm("limits.exceeded", _client(ids, look.client), look.words)


def _client(ids: Mapping[str, int], reference: str) -> Subject:
    return Subject("clients.client", str(ids[reference]), reference)


# --- fees -------------------------------------------------------------------------------------------------------------


def _fees(moves: Sequence[Move], own: Sequence[Party], now: datetime) -> Iterator[Fee]:
    """What the moves cost by the rule in force now: one commission an operation (FEE-04, FEE-06)."""
    for place, (one, party) in enumerate(zip(moves, own, strict=True)):
        if not party.is_priced or one.optional:
            continue
        fee = operation_fee(client_id=party.doer, type=one.type, asset=one.asset, quantity=one.quantity, now=now)
        if fee is not None:
            yield Fee(place, fee.payer, f"{fee.quantity.normalize():f}", getattr(one.asset, "code", ""), fee.source, fee.rule)


def fee_moves(moves: Sequence[Move], fees: Sequence[Fee], *, is_test: bool, now: datetime) -> list[Move]:
    """The fees as moves of the same group: out of the payer's wallet, to the account for fees."""
    if not fees:
        return []
    account = fees_wallet(is_test=is_test, now=now)
    made = []
    for fee in fees:
        one = moves[fee.move]
        payer = one.sender if fee.payer == Payer.SENDER else one.receiver
        made.append(Move(OperationType.FEE, one.asset, payer, account, Decimal(fee.quantity)))
    return made
