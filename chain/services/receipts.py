"""What a receipt means for the operations of its transaction: its events decide, one by one (CHN-03, CHN-04)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from chain import abi
from chain.abi import Event, Outcome
from chain.client import Node, NodeUnreachable, number
from chain.enums import OPEN_TX, ChainOpStatus, HaltReason, RejectCode, TxStatus
from chain.faults import Step, crash_at
from chain.models import ChainOp, ChainTx, Lane
from chain.services.alerts import Alert, tell
from chain.services.lanes import halt


@dataclass(frozen=True)
class Receipt:
    succeeded: bool
    block_number: int
    block_hash: str
    logs: list[dict[str, Any]]


def fetch(at: Node, rows: Sequence[ChainTx]) -> dict[int, Receipt]:
    """The receipts that exist, by row."""
    answers = at.batch([("eth_getTransactionReceipt", [row.hash]) for row in rows])
    return {
        row.pk: Receipt(number(answer["status"]) == 1, number(answer["blockNumber"]), answer["blockHash"], answer["logs"])
        for row, answer in zip(rows, answers, strict=True)
        if answer is not None and answer.get("blockNumber") is not None
    }


def conclude(at: Node, lane: Lane, mined: ChainTx, receipt: Receipt, *, now: datetime) -> None:
    """The transaction is deep enough: settle, release or reject what it carried, in one database transaction."""
    events = abi.events(receipt.logs, contract=lane.identity.contract) if receipt.succeeded else []
    earlier, unexplained = skipped_before(at, lane, events, receipt)
    with transaction.atomic(durable=True):
        row = Lane.objects.select_for_update(of=("self",)).select_related("identity").get(pk=lane.pk)
        versions = ChainTx.objects.filter(identity=mined.identity_id, signer=mined.signer, nonce=mined.nonce, status__in=OPEN_TX)
        outcome = TxStatus.CONFIRMED if receipt.succeeded else TxStatus.REVERTED
        changed = versions.filter(pk=mined.pk).update(
            status=outcome, block_number=receipt.block_number, block_hash=receipt.block_hash, ended_at=now, sent_at=mined.sent_at or now
        )
        if not changed:
            return  # decided meanwhile
        versions.update(status=TxStatus.SUPERSEDED, ended_at=now)
        effects = [event for event in events if event.outcome in abi.EFFECTS]
        settle(row, [*effects, *earlier], mined=mined, effects=len(effects), now=now)
        halt_unexplained(row, unexplained, now=now)
        reject(row, events, mined=mined, now=now)
        same_nonce = ChainTx.objects.filter(identity=mined.identity_id, signer=mined.signer, nonce=mined.nonce)
        ChainOp.objects.filter(status=ChainOpStatus.ASSIGNED, chain_tx__in=same_nonce).update(
            status=ChainOpStatus.PENDING, chain_tx=None, attempts=F("attempts") + 1
        )
        count_reverts(row, succeeded=receipt.succeeded, mined=mined, now=now)
        crash_at(Step.TRACK_APPLIED)
    lane.refresh_from_db()


def skipped_before(at: Node, lane: Lane, events: Sequence[Event], receipt: Receipt) -> tuple[list[Event], list[int]]:
    """For operations that the contract skipped and that we don't call settled: the earlier events that did them, and the
    numbers that have none. Raises NodeUnreachable where the block was replaced while its past was read."""
    skipped = [event.sequence for event in events if event.outcome is Outcome.SKIPPED]
    open_here = ChainOp.objects.filter(sequence__in=skipped).exclude(status__in=[ChainOpStatus.SETTLED, ChainOpStatus.VOIDED])
    sequences = list(open_here.order_by("sequence").values_list("sequence", flat=True)) if skipped else []
    found = effects_of(at, lane, sequences, until=receipt.block_number) if sequences else []
    unexplained = sorted(set(sequences) - {event.sequence for event in found})
    if unexplained:
        block = at.call("eth_getBlockByNumber", hex(receipt.block_number), False)
        if block is None or block["hash"] != receipt.block_hash:
            raise NodeUnreachable("a block was replaced while the events before it were read")
    return found, unexplained


def effects_of(at: Node, lane: Lane, sequences: Sequence[int], *, until: int) -> list[Event]:
    """The events by which the contract has done these operations."""
    logs = at.call(
        "eth_getLogs",
        {
            "address": lane.identity.contract,
            "fromBlock": hex(lane.identity.deployed_block or 0),
            "toBlock": hex(until),
            "topics": [abi.EFFECT_TOPICS, [f"0x{sequence:064x}" for sequence in sequences]],
        },
    )
    return abi.events(logs, contract=lane.identity.contract)


def settle(lane: Lane, events: Sequence[Event], *, mined: ChainTx, effects: int, now: datetime) -> None:
    """Each event is matched with its operation, field by field and with its `ref`: a number that the chain has used for
    something else (an older database, a second instance) must never be called settled."""
    operations = {operation.sequence: operation for operation in ChainOp.objects.filter(sequence__in=[event.sequence for event in events])}
    done: list[int] = []
    found_elsewhere: list[int] = []
    for index, event in enumerate(events):
        operation = operations.get(event.sequence)
        if operation is None or abi.asked(operation) != (event.outcome, event.fields):
            detail = f"Number {event.sequence} was used on the chain for something else ({event.outcome}) than the ledger asks."
            halt(lane, HaltReason.MISMATCH, detail, now=now, operation=operation)
            continue
        (done if index < effects else found_elsewhere).append(operation.pk)
    for group, changes in ((done, {"chain_tx": mined}), (found_elsewhere, {})):
        rows = ChainOp.objects.filter(pk__in=group).exclude(status__in=[ChainOpStatus.SETTLED, ChainOpStatus.VOIDED])
        rows.filter(is_void=False).update(status=ChainOpStatus.SETTLED, settled_at=now, failure_code=None, **changes)
        rows.filter(is_void=True).update(status=ChainOpStatus.VOIDED, settled_at=now, **changes)


def halt_unexplained(lane: Lane, sequences: Sequence[int], *, now: datetime) -> None:
    """The contract skips these as done, and the node has no event of it: a node that has lost a part of its history. Whether
    they are what the ledger asks for can't be known, and sending them again would only be skipped again, for ever."""
    if sequences:
        operation = ChainOp.objects.get(sequence=sequences[0])
        detail = (
            f"The contract counts number {sequences[0]} as done, but the node has no event of it ({len(sequences)} such in one "
            "transaction): it has lost a part of its history. Point CHAIN_RPC_URL at a whole node, or rebuild the chain."
        )
        halt(lane, HaltReason.MISMATCH, detail, now=now, operation=operation)


def reject(lane: Lane, events: Sequence[Event], *, mined: ChainTx, now: datetime) -> None:
    """The ledger and the chain disagree about an operation: the lane halts, nothing overtakes it. (A gap is no rejection:
    the batch before this one did nothing, and both come again in order.)"""
    for event in events:
        if event.outcome is not Outcome.REJECTED or event.fields[0] == RejectCode.SEQUENCE_GAP:
            continue
        operation = ChainOp.objects.filter(
            sequence=event.sequence, status=ChainOpStatus.ASSIGNED, chain_tx__nonce=mined.nonce, chain_tx__identity=mined.identity_id
        ).first()
        if operation is None:
            continue  # an old transaction, executed again after a rollback: the operation has moved on
        code = event.fields[0]
        ChainOp.objects.filter(pk=operation.pk).update(status=ChainOpStatus.REJECTED, failure_code=code, attempts=F("attempts") + 1)
        label = RejectCode(code).label if code in RejectCode.values else code
        detail = f"Operation CHN-{operation.pk} (number {event.sequence}), code {code}: {label}."
        halt(lane, HaltReason.REJECTED, detail, now=now, operation=operation)


def count_reverts(lane: Lane, *, succeeded: bool, mined: ChainTx, now: datetime) -> None:
    if succeeded:
        Lane.objects.filter(pk=lane.pk).exclude(reverts_in_a_row=0).update(reverts_in_a_row=0)
        return
    tell(Alert.REVERTED, lane=lane, message=f"Transaction {mined.hash} reverted; its operations are queued again.", now=now)
    lane.reverts_in_a_row += 1
    lane.save(update_fields=["reverts_in_a_row"])
    if lane.reverts_in_a_row >= settings.CHAIN_MAX_REVERTS:
        halt(lane, HaltReason.REVERTING, f"{lane.reverts_in_a_row} transactions in a row reverted, the last is {mined.hash}.", now=now)
