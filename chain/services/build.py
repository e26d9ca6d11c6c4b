"""Building: pending operations become signed transactions, stored before anything is sent (CHN-02, CHN-03)."""

import math
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from chain import abi
from chain.client import NodeRefused, NodeUnreachable, View, look, node
from chain.enums import BATCHED_KINDS, OPEN_TX, ChainOpKind, ChainOpStatus, HaltReason, TxPurpose
from chain.faults import Step, crash_at
from chain.models import ChainOp, ChainTx, Lane
from chain.services.alerts import Alert, tell
from chain.services.lanes import halt, judge
from chain.signer import Signer, operator, sign_checked

log = structlog.get_logger()
BATCH = 256  # the contract's bound
GAS_CAP = 16_700_000  # EIP-7825 allows 16,777,216 for one transaction
TRANSFER_GAS = 21_000
FEE_BUMP = (9, 8)  # 12.5 %; nodes ask for 10 % on both fees


def build(*, now: datetime, signer: Signer | None = None) -> int:
    """Build what may be built; returns how many transactions were. The node is asked before the lane is locked, never while."""
    lane = Lane.objects.select_related("identity").filter(halted_at=None).first()
    if lane is None or not ChainOp.objects.filter(status=ChainOpStatus.PENDING).exists() or in_flight(lane) >= room():
        return 0
    try:
        view = look(node(), contract=lane.identity.contract, signer=lane.signer)
    except (NodeUnreachable, NodeRefused) as error:
        log.warning("chain_node_unreachable", error=str(error))
        return 0
    if view.shows(lane.identity) and (view.paused or not view.operator):
        return 0  # the tracker tells people
    signer = signer or operator()
    built = 0
    while build_one(view=view, identity_id=lane.identity_id, signer=signer, now=now):
        built += 1
        crash_at(Step.BUILD_COMMITTED)
    return built


def room() -> int:
    return settings.CHAIN_TRANSACTIONS_IN_FLIGHT


def in_flight(lane: Lane) -> int:
    """Nonces that are not decided yet."""
    return open_transactions(lane).values("nonce").distinct().count()


def open_transactions(lane: Lane) -> QuerySet[ChainTx]:
    return ChainTx.objects.filter(identity=lane.identity_id, signer=lane.signer, status__in=OPEN_TX)


@transaction.atomic(durable=True)
def build_one(*, view: View, identity_id: int, signer: Signer, now: datetime) -> ChainTx | None:
    """One transaction: lock the lane (somebody else has it: leave it to them), number the operations, sign, store."""
    lane = Lane.objects.select_for_update(skip_locked=True, of=("self",)).select_related("identity").filter(halted_at=None).first()
    if lane is None or lane.identity_id != identity_id or in_flight(lane) >= room():
        return None  # halted, full, or on another contract than the view shows
    crash_at(Step.BUILD_LOCKED)
    if refusal := judge(view, lane):
        halt(lane, refusal[0], refusal[1], now=now)
        return None
    if signer.address != lane.signer:
        halt(lane, HaltReason.WRONG_SIGNER, f"The lane belongs to {lane.signer}, the key is that of {signer.address}.", now=now)
        return None
    take_foreign_nonces(lane, view, now=now)
    operations = next_batch()
    if not operations:
        return None
    number(operations, lane)
    purpose, data, gas = calldata(operations)
    transaction_row = store(lane=lane, signer=signer, nonce=lane.next_nonce, purpose=purpose, data=data, gas=gas, view=view, now=now)
    assign(operations, transaction_row)
    lane.next_nonce += 1
    lane.save(update_fields=["next_nonce", "next_sequence"])
    crash_at(Step.BUILD_SIGNED)
    return transaction_row


def take_foreign_nonces(lane: Lane, view: View, *, now: datetime) -> None:
    """Nonces that the chain has and we never gave: somebody else signs with the operator's key."""
    if view.nonce_head > lane.next_nonce:
        message = f"The chain has {view.nonce_head} transactions of {lane.signer}, we have made {lane.next_nonce}."
        tell(Alert.FOREIGN_NONCE, lane=lane, message=message, now=now)
        lane.next_nonce = view.nonce_head


def next_batch() -> list[ChainOp]:
    """The next operations in the lane's order: those with a number first, then new ones as the ledger's journal has them.

    They are locked, so that a tracker that settles one of them meanwhile comes first or waits. Only the lane's lock gives
    the order: skipping locked operations here would let a later one overtake.
    """
    pending = ChainOp.objects.select_for_update().filter(status=ChainOpStatus.PENDING)
    rows = list(pending.order_by(F("sequence").asc(nulls_last=True), "id")[:BATCH])
    if rows and not is_batched(rows[0]):
        return rows[:1]
    end = next((index for index, row in enumerate(rows) if not is_batched(row)), len(rows))
    return rows[:end]


def is_batched(operation: ChainOp) -> bool:
    return operation.kind in BATCHED_KINDS and not operation.is_void


def number(operations: Sequence[ChainOp], lane: Lane) -> None:
    """Give the gapless numbers; one that was given stays."""
    for operation in operations:
        if operation.sequence is None:
            operation.sequence = lane.next_sequence
            lane.next_sequence += 1


def assign(operations: Sequence[ChainOp], transaction_row: ChainTx) -> None:
    """One statement for the whole batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE chain_chainop SET status = 'assigned', chain_tx_id = %s, sequence = given.sequence"
            " FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, sequence) WHERE chain_chainop.id = given.id",
            [transaction_row.pk, [operation.pk for operation in operations], [operation.sequence for operation in operations]],
        )


def calldata(operations: Sequence[ChainOp]) -> tuple[TxPurpose, bytes, int]:
    """Purpose, calldata and gas limit; by formula, because an estimate would not see the batches in flight."""
    first = operations[0]
    if is_batched(first):
        data = abi.settle(operations)
        return TxPurpose.SETTLE, data, gas_limit(TxPurpose.SETTLE, data)
    purpose = (
        TxPurpose.VOID
        if first.is_void
        else {ChainOpKind.CREATE_ASSET: TxPurpose.CREATE_ASSET, ChainOpKind.ANCHOR: TxPurpose.ANCHOR}[ChainOpKind(first.kind)]
    )
    data = abi.single(first)
    return purpose, data, gas_limit(purpose, data)


def gas_limit(purpose: TxPurpose, data: bytes) -> int:
    """What the settings give this calldata now. Operations on their own write more than one of a batch: they get twice its share."""
    if purpose == TxPurpose.FILLER:
        return TRANSFER_GAS
    shares = abi.count_of(data) if purpose == TxPurpose.SETTLE else 2
    return min(settings.CHAIN_GAS_BASE + settings.CHAIN_GAS_PER_OPERATION * shares, GAS_CAP)


def fees(view: View) -> tuple[int, int]:
    """(max fee, priority fee) in wei: twice the base fee and the tip, under the ceiling."""
    tip = min(settings.CHAIN_PRIORITY_FEE, settings.CHAIN_MAX_FEE)
    return min(2 * view.base_fee + tip, settings.CHAIN_MAX_FEE), tip


def raised(transaction_row: ChainTx, view: View) -> tuple[int, int] | None:
    """The fees of a replacement, or None where the ceiling leaves no room for one that nodes accept."""
    up, down = FEE_BUMP
    suggested = fees(view)
    least_max, least_tip = (math.ceil(int(fee) * up / down) + 1 for fee in (transaction_row.max_fee, transaction_row.priority_fee))
    max_fee, tip = max(least_max, suggested[0]), max(least_tip, suggested[1])
    return (max_fee, tip) if max_fee <= settings.CHAIN_MAX_FEE else None


def outbid(latest: ChainTx, *, lane: Lane, signer: Signer, view: View, with_fees: tuple[int, int], now: datetime) -> ChainTx:
    """The same nonce and calldata with these fees; whichever version is mined, the operations happen once.

    The gas limit is reckoned anew: below what the calldata alone costs, no block takes the transaction at any fee, and nodes
    that accept it and drop it again don't say so. Settings that have been put right must reach what was signed before."""
    purpose, data = TxPurpose(latest.purpose), bytes(latest.data)
    replacement = store(
        lane=lane, signer=signer, nonce=latest.nonce, purpose=purpose, data=data, gas=max(int(latest.gas), gas_limit(purpose, data)),
        view=view, now=now, to=latest.to, version=latest.version + 1, with_fees=with_fees,
    )  # fmt: skip
    ChainOp.objects.filter(status=ChainOpStatus.ASSIGNED, chain_tx=latest).update(chain_tx=replacement)
    return replacement


def store(
    *,
    lane: Lane,
    signer: Signer,
    nonce: int,
    purpose: TxPurpose,
    data: bytes,
    gas: int,
    view: View,
    now: datetime,
    to: str = "",
    version: int = 1,
    with_fees: tuple[int, int] | None = None,
) -> ChainTx:
    """Sign and store; sending comes after the commit."""
    max_fee, tip = with_fees or fees(view)
    to = to or lane.identity.contract
    raw, digest = sign_checked(
        signer,
        {
            "type": 2,
            "chainId": lane.identity.chain_id,
            "nonce": nonce,
            "to": to,
            "value": 0,
            "gas": gas,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": tip,
            "data": data,
        },
    )
    return ChainTx.objects.create(
        identity=lane.identity,
        signer=lane.signer,
        nonce=nonce,
        version=version,
        purpose=purpose,
        hash=digest,
        raw=raw,
        to=to,
        data=data,
        gas=gas,
        max_fee=max_fee,
        priority_fee=tip,
        created_at=now,
    )
