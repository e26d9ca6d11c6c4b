"""Posting: the one way an asset moves (LED-01). Thin on purpose: what is decided, is decided inside the database's functions.

    with transaction.atomic(durable=True):
        order = lock(...)                       # guard, change …
        posted = post(moves=[Move(type=OperationType.PURCHASE, asset=asset, sender=issuer, receiver=wallet, quantity=quantity)],
                      actor=actor, now=now, cause=Cause.of(order))

Everything runs inside the caller's transaction, and the ledger's locks are held until its end: post late, right before the audit
event. What belongs together goes into one `post`: two in one transaction lock in the order they are called.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple, Self

from django.db import connection, transaction
from django.db.models import Model

from assets.models import Asset
from core import instance
from core.actors import Actor
from core.amounts import check_quantity
from core.prepared import prepared
from core.subjects import Subject
from core.tasks import enqueue
from ledger.enums import OperationType
from ledger.services.refusals import REFUSALS, LedgerRefusal, refusals
from wallets.models import Wallet

LEDGER_POST = "SELECT * FROM ledger_post(%s, %s, %s, %s, %s, %s)"


class AssetKey(NamedTuple):
    """An asset of which the caller knows no more than the ledger needs."""

    pk: int
    decimals: int


class WalletKey(NamedTuple):
    """A wallet of which the caller knows the key alone."""

    pk: int


@dataclass(frozen=True, slots=True)
class Move:
    """One operation to be posted. `quantity` is in human units and has at most the asset's decimals.

    `expires_on` and `count` override what the asset says (EXP-01, TXL-04). A move with a `reservation_id` spends from that
    reservation, its lots included. An `optional` one (a reward) can be refused alone, its reason stored.
    """

    type: OperationType
    asset: Asset | AssetKey
    sender: Wallet | WalletKey
    receiver: Wallet | WalletKey
    quantity: Decimal
    comment: str = ""
    expires_on: date | None = None
    count: int | None = None
    reservation_id: int | None = None
    optional: bool = False

    def as_json(self) -> dict[str, Any]:
        quantity = check_quantity(self.quantity, decimals=self.asset.decimals)
        move: dict[str, Any] = {
            "type": str(self.type),
            "asset": self.asset.pk,
            "quantity": f"{quantity.normalize():f}",  # 10 and 10.0 are one content for the idempotency key
            "sender": self.sender.pk,
            "receiver": self.receiver.pk,
        }
        if self.comment:
            move["comment"] = self.comment
        if self.expires_on is not None:
            move["expires_on"] = self.expires_on.isoformat()
        if self.count is not None:
            move["count"] = self.count
        if self.reservation_id is not None:
            move["reservation"] = self.reservation_id
        if self.optional:
            move["optional"] = True
        return move


@dataclass(frozen=True, slots=True)
class Cause:
    """What an operation was posted for: a thing of a higher app, by type, id and public reference."""

    type: str
    id: int
    reference: str

    @classmethod
    def of(cls, thing: Model) -> Self:
        return cls(type=thing._meta.label_lower, id=thing.pk, reference=getattr(thing, "reference", str(thing)))


@dataclass(frozen=True, slots=True)
class PostedOperation:
    """`refused_reason` is the code of the rule that refused an optional move, None where it is posted."""

    id: int
    reference: str
    refused_reason: str | None

    @property
    def subject(self) -> Subject:
        """What an audit event about it names."""
        return Subject("ledger.operation", str(self.id), self.reference)

    @property
    def refusal(self) -> LedgerRefusal | None:
        return REFUSALS[self.refused_reason]() if self.refused_reason else None


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted: the operations in the order of the moves, a count's limit return behind the one that caused it.

    `repeated` says that the idempotency key had been used with the same content: these are the operations of that time.
    """

    group_id: int
    operations: tuple[PostedOperation, ...]
    repeated: bool


def local_date(now: datetime) -> date:
    """The date in the instance's time zone: a lot expires at 24:00 of its date there (EXP-01)."""
    return now.astimezone(instance.time_zone()).date()


def post(*, moves: Sequence[Move], actor: Actor, now: datetime, cause: Cause | None = None, idempotency_key: str | None = None) -> Posted:
    """Post one group: every move or none, but optional ones.

    Raises InvalidQuantity, and of ledger.services.refusals: InsufficientBalance, CountExhausted, MaximumBalanceExceeded,
    WalletClosed, AssetDeactivated, ClientBlocked, ClientFrozen, TestAndLiveMixed, SameWallet, WalletsDoNotFitType, NoExpiryHere,
    ExpiryInThePast, NoCountHere, UnknownReservation, IdempotencyConflict (LED-03, LED-04, AST-06, AST-10, WAL-03).
    """
    group = Batch(moves=moves, cause=cause, idempotency_key=idempotency_key).as_json()
    return call(LEDGER_POST, group, actor, now)[0]


@dataclass(frozen=True, slots=True)
class Batch:
    """One group of `post_many`: what `post` takes."""

    moves: Sequence[Move]
    cause: Cause | None = None
    idempotency_key: str | None = None

    def as_json(self) -> dict[str, Any]:
        if not self.moves:
            raise ValueError("a group has at least one move")
        group: dict[str, Any] = {"moves": [move.as_json() for move in self.moves]}
        if self.idempotency_key is not None:
            group["key"] = self.idempotency_key
        if self.cause is not None:
            group["cause"] = {"type": self.cause.type, "id": self.cause.id, "reference": self.cause.reference}
        return group


def post_many(*, groups: Sequence[Batch], actor: Actor, now: datetime) -> list[Posted]:
    """Post many groups at once, all or none but their optional moves: issuing to many, expiry, cash-out, imports. Raises what
    `post` raises. In chunks of 500 to 2,000 moves, cut by wallet; each wallet concerned is locked until the transaction ends."""
    if not groups:
        return []
    return call("SELECT * FROM ledger_post_many(%s, %s, %s, %s, %s, %s)", [group.as_json() for group in groups], actor, now)


def call(statement: str, content: object, actor: Actor, now: datetime, *more: str | datetime) -> list[Posted]:
    """What a posting door made, group by group. `statement` selects from one, with its six parameters before its own `more`:
    the pipeline keeps what the rules said in the statement that posts (transactions/services/pipeline.py)."""
    given: list[str | datetime | date] = [
        json.dumps(content),
        actor.actor_type,
        actor.actor_id,
        actor.actor_label,
        now,
        local_date(now),
        *more,
    ]
    with refusals(), transaction.atomic(savepoint=False), prepared() as cursor:
        cursor.execute(statement, given)
        rows: list[tuple[Any, ...]] = (
            cursor.fetchall()
        )  # place of the group, group, operation, reference, refused reason, on the chain, repeated
    if any(on_chain for *_, on_chain, _ in rows):
        enqueue("chain.tasks.build")
    return [_posted(list(own)) for _, own in groupby(rows, key=lambda row: row[0])]


def _posted(rows: Sequence[tuple[Any, ...]]) -> Posted:
    return Posted(
        group_id=rows[0][1],
        operations=tuple(PostedOperation(id=row[2], reference=row[3], refused_reason=row[4]) for row in rows),
        repeated=rows[0][6],
    )


def available(wallet: Wallet, asset: Asset, *, now: datetime) -> Decimal:
    """What the wallet can spend: balance, pending credits included, less what is reserved and what has expired (EXP-04)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_available(%s, %s, %s)", [wallet.pk, asset.pk, local_date(now)])
        return Decimal(cursor.fetchone()[0])


def lock_balances(pairs: Sequence[tuple[Wallet, Asset]]) -> None:
    """Lock the clients and balances that the following guards read, in the ledger's order. For services that look before they post."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_lock(%s, %s)", [[wallet.pk for wallet, _ in pairs], [asset.pk for _, asset in pairs]])


def reserve(*, wallet: Wallet, asset: Asset, quantity: Decimal, purpose: Cause, now: datetime, expires_at: datetime | None = None) -> int:
    """Keep a quantity from being spent or expiring, for one purpose at a time; the reservation's id.

    Raises InvalidQuantity, InsufficientBalance, ClientBlocked, ClientFrozen.
    """
    check_quantity(quantity, decimals=asset.decimals)
    with refusals(), transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_reserve(%s, %s, %s, %s, %s, %s, %s, %s)",
            [wallet.pk, asset.pk, quantity, purpose.type, purpose.id, expires_at, now, local_date(now)],
        )
        return int(cursor.fetchone()[0])


def release(*, reservation_id: int) -> Decimal:
    """Let go what a reservation still holds; how much that was, 0 where it was closed already. Raises UnknownReservation."""
    with refusals(), transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SELECT ledger_release(%s)", [reservation_id])
        return Decimal(cursor.fetchone()[0])
