"""Tracking: the chain's receipts and events decide, and what was confirmed is compared with the chain again (CHN-03, 04, 05).

One tracker at a time. It reads the database before the chain, and every change is conditional on the state it has read.
"""

from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chain.client import Node, NodeRefused, NodeUnreachable, View, look, node
from chain.enums import ENDED_TX, OPEN_TX, ChainOpStatus, HaltReason, TxPurpose, TxStatus
from chain.faults import Step, crash_at
from chain.models import ChainOp, ChainTx, Lane
from chain.services.alerts import Alert, halt_over, over, tell
from chain.services.build import TRANSFER_GAS, gas_limit, open_transactions, outbid, raised, store
from chain.services.health import take_sample
from chain.services.lanes import alone, halt, judge
from chain.services.receipts import Receipt, conclude, fetch
from chain.services.replacing import replace_as_asked
from chain.signer import Signer, operator

log = structlog.get_logger()
SETTLED = (ChainOpStatus.SETTLED, ChainOpStatus.VOIDED)
NONCES_PER_CALL = 32  # a full batch's receipt weighs some 200 kB


def track(*, now: datetime, signer: Signer | None = None) -> View | None:
    """Bring the rows to what the chain shows. Returns what it saw, or None where another tracker works or the node is silent."""
    with alone("track") as alone_here:
        lane = Lane.objects.select_related("identity").first() if alone_here else None
        if lane is None:
            return None
        try:
            view = look(node(), contract=lane.identity.contract, signer=lane.signer)
            seen(lane, view, now=now)
            if not watch(lane, view, now=now):
                return None
            if lane.halt_reason in (HaltReason.WRONG_CHAIN, HaltReason.CHAIN_AHEAD):
                return view
            reopen(lane, view)
            follow(node(), lane, view, now=now)
            fill_gaps(lane, view, now=now, signer=signer)
            replace_as_asked(lane, view, now=now, signer=signer)
            speed_up(lane, view, now=now, signer=signer)
        except (NodeUnreachable, NodeRefused) as error:
            Lane.objects.filter(pk=lane.pk).update(node_error=str(error)[:300], node_error_at=timezone.now())
            log.warning("chain_node_unreachable", error=str(error))
            silent(lane, now=now)
            late(lane, now=now)
            take_sample(now=now)
            return None
        late(lane, now=now)
        take_sample(now=now)
        return view


def seen(lane: Lane, view: View, *, now: datetime) -> None:
    """What pages and the health check show: they never ask the node."""
    Lane.objects.filter(pk=lane.pk).update(
        seen_at=now,
        head_block=view.head,
        head_at=view.head_at,
        seen_base_fee=view.base_fee,
        confirmed_block=view.confirmed,
        seen_cursor=view.cursor_head,
        seen_nonce=view.nonce_head,
        seen_funds=view.funds,
        seen_paused=view.paused,
        seen_operator=view.operator,
        node_error="",
    )


@transaction.atomic(durable=True)
def watch(lane: Lane, view: View, *, now: datetime) -> bool:
    """Halt on what must not be settled on; tell people what hinders. The right chain coming back ends its own halt.
    False where the contract was replaced since the view was taken."""
    row = Lane.objects.select_for_update(of=("self",)).select_related("identity").get(pk=lane.pk)
    if row.identity_id != lane.identity_id:
        return False
    refusal = judge(view, row)
    if row.halt_reason == HaltReason.WRONG_CHAIN and refusal is None:
        row.halted_at, row.halt_reason, row.halt_detail = None, "", ""
        row.save(update_fields=["halted_at", "halt_reason", "halt_detail"])
        halt_over(now=now)
    elif refusal is not None:
        halt(row, refusal[0], refusal[1], now=now)
    lane.refresh_from_db()
    if refusal is not None:
        return True
    low = f"{lane.signer} has {view.funds} wei left, the alarm is at {settings.CHAIN_LOW_FUNDS}."
    paused = "Operations wait until the owner of the contract lets them through."
    patience = now - timedelta(seconds=settings.CHAIN_BLOCKS_ALERT_SECONDS)
    sent = open_transactions(row).filter(sent_at__lt=patience, status=TxStatus.SENT).exists()
    blocks = f"The newest block, {view.head}, was made at {view.head_at:%Y-%m-%d %H:%M:%S} UTC, and transactions wait for the next."
    for alert, present, message in (
        (Alert.PAUSED, view.paused or not view.operator, paused),
        (Alert.UNREACHABLE, False, ""),
        (Alert.NO_BLOCKS, sent and view.head_at < patience, blocks),
        (Alert.OUT_OF_FUNDS, view.funds < settings.CHAIN_LOW_FUNDS, low),
    ):
        if present:
            tell(alert, lane=lane, message=message, now=now)
        else:
            over(alert, lane=lane, now=now)
    return True


@transaction.atomic(durable=True)
def reopen(lane: Lane, view: View) -> None:
    """Confirmed is not final: a rollback deeper than the confirmations, or a node that came back from an older state, has
    lost what these rows call done. The transactions are sent again, byte for byte, in the order of their nonces."""
    lost = ChainTx.objects.filter(identity=lane.identity_id, signer=lane.signer, status__in=ENDED_TX, nonce__gte=view.nonce_confirmed)
    undone = ChainOp.objects.filter(status__in=SETTLED, sequence__gt=view.cursor_confirmed)
    if not lost.exists() and not undone.exists():
        return
    Lane.objects.select_for_update().get(pk=lane.pk)
    # Their age is counted in blocks from here: the chain may stand far below the height at which they were sent first.
    transactions = lost.update(status=TxStatus.SENT, sent_block=view.head, block_number=None, block_hash="", ended_at=None)
    again = undone.filter(chain_tx__status__in=OPEN_TX, chain_tx__identity=lane.identity_id)
    operations = again.update(status=ChainOpStatus.ASSIGNED, settled_at=None)
    operations += undone.update(status=ChainOpStatus.PENDING, chain_tx=None, settled_at=None)
    log.warning(
        "chain_rolled_back", cursor=view.cursor_confirmed, nonce=view.nonce_confirmed, transactions=transactions, operations=operations
    )


def follow(at: Node, lane: Lane, view: View, *, now: datetime) -> None:
    """Receipts of what the chain may have, nonce by nonce as it executes them. (A deep rollback opens thousands again: no
    node answers for all of them at once.) From the newest block's nonce on there are none: what was mined is sent again."""
    rows = open_transactions(lane).defer("raw", "data")
    rows.filter(nonce__gte=view.nonce_head, status=TxStatus.MINED).update(status=TxStatus.SENT, block_number=None, block_hash="")
    executed = rows.filter(nonce__lt=view.nonce_head).order_by("nonce", "version")
    groups = [list(versions) for _nonce, versions in groupby(executed, key=lambda row: row.nonce)]
    for start in range(0, len(groups), NONCES_PER_CALL):
        page = groups[start : start + NONCES_PER_CALL]
        receipts = fetch(at, [row for group in page for row in group])
        crash_at(Step.TRACK_READ)
        for group in page:
            mined = next((row for row in group if row.pk in receipts), None)
            if mined is None:
                missing(lane, group, now=now, decided=view.nonce_confirmed > group[0].nonce)
            elif receipts[mined.pk].block_number <= view.confirmed:
                conclude(at, lane, mined, receipts[mined.pk], now=now)
                crash_at(Step.TRACK_COMMITTED)
            else:
                in_block(mined, receipts[mined.pk])


def in_block(row: ChainTx, receipt: Receipt) -> None:
    if (row.status, row.block_hash) != (TxStatus.MINED, receipt.block_hash):
        ChainTx.objects.filter(pk=row.pk, status__in=OPEN_TX).update(
            status=TxStatus.MINED, block_number=receipt.block_number, block_hash=receipt.block_hash
        )


@transaction.atomic(durable=True)
def missing(lane: Lane, group: list[ChainTx], *, now: datetime, decided: bool) -> None:
    """No version has a receipt. Mined before: a reorganisation took it out, it is sent again. Nonce decided deep in the
    chain: another transaction of the same key has it, and the operations go out under a new nonce."""
    Lane.objects.select_for_update().get(pk=lane.pk)
    rows = ChainTx.objects.filter(pk__in=[row.pk for row in group], status__in=OPEN_TX)
    if not decided:
        rows.filter(status=TxStatus.MINED).update(status=TxStatus.SENT, block_number=None, block_hash="")
        return
    if rows.update(status=TxStatus.SUPERSEDED, ended_at=now):
        release(group)
        if group[0].purpose != TxPurpose.FILLER:
            message = f"Nonce {group[0].nonce} of {lane.signer} was used by a transaction that is not ours."
            tell(Alert.FOREIGN_NONCE, lane=lane, message=message, now=now)


def release(group: list[ChainTx]) -> None:
    """Back to the queue, each with its number."""
    ChainOp.objects.filter(status=ChainOpStatus.ASSIGNED, chain_tx__in=[row.pk for row in group]).update(
        status=ChainOpStatus.PENDING, chain_tx=None, attempts=F("attempts") + 1
    )


@transaction.atomic(durable=True)
def fill_gaps(lane: Lane, view: View, *, now: datetime, signer: Signer | None) -> None:
    """A nonce that a foreign transaction had used and a rollback has opened again: without something in it, all later ones
    would wait for ever. A transfer of nothing to ourselves fills it."""
    row = Lane.objects.select_for_update(of=("self",)).select_related("identity").get(pk=lane.pk)
    known = ChainTx.objects.filter(identity=row.identity_id, signer=row.signer, nonce__gte=view.nonce_head)
    if view.nonce_head >= row.next_nonce or known.values("nonce").distinct().count() == row.next_nonce - view.nonce_head:
        return
    have = set(known.values_list("nonce", flat=True))
    for nonce in range(view.nonce_head, row.next_nonce):
        if nonce not in have:
            store(
                lane=row, signer=signer or operator(), nonce=nonce, purpose=TxPurpose.FILLER, data=b"", gas=TRANSFER_GAS,
                view=view, now=now, to=row.signer,
            )  # fmt: skip


@transaction.atomic(durable=True)
def speed_up(lane: Lane, view: View, *, now: datetime, signer: Signer | None) -> None:
    """The transaction that all others wait for, unmined for too long while blocks pass: the same nonce and calldata again,
    with higher fees (see `outbid`)."""
    row = Lane.objects.select_for_update(of=("self",)).select_related("identity").get(pk=lane.pk)
    if row.halt_reason == HaltReason.WRONG_SIGNER:
        return
    stuck = open_transactions(row).filter(nonce=view.nonce_head).order_by("-version").first()
    if stuck is None or stuck.created_at > now - timedelta(seconds=settings.CHAIN_STUCK_SECONDS):
        over(Alert.STUCK, lane=row, now=now)
        return
    if stuck.sent_block is not None and view.head <= stuck.sent_block + 1:
        return  # no blocks: higher fees would not help
    higher = raised(stuck, view)
    if higher is None and gas_limit(TxPurpose(stuck.purpose), bytes(stuck.data)) > stuck.gas:
        higher = int(stuck.max_fee), int(stuck.priority_fee)  # no room for more, but another transaction
    if higher is None:
        message = f"Nonce {stuck.nonce} waits since {stuck.created_at:%H:%M:%S} UTC at the highest fee that the settings allow."
        tell(Alert.STUCK, lane=row, message=message, now=now)
        return
    outbid(stuck, lane=row, signer=signer or operator(), view=view, with_fees=higher, now=now)


def silent(lane: Lane, *, now: datetime) -> None:
    """Tell people of a node that has not answered for a while."""
    seen_at = Lane.objects.values_list("seen_at", flat=True).get(pk=lane.pk)
    if seen_at is not None and seen_at < now - timedelta(seconds=settings.CHAIN_SILENT_ALERT_SECONDS):
        with transaction.atomic(durable=True):
            tell(Alert.UNREACHABLE, lane=lane, message=f"It last answered at {seen_at:%Y-%m-%d %H:%M:%S} UTC.", now=now)


def late(lane: Lane, *, now: datetime) -> None:
    """Tell people when the oldest operation has waited too long, or too many wait, whatever the cause."""
    waiting = ChainOp.objects.filter(status__in=[ChainOpStatus.PENDING, ChainOpStatus.ASSIGNED])
    many = waiting[: settings.CHAIN_QUEUE_ALERT + 1].count() > settings.CHAIN_QUEUE_ALERT
    oldest = waiting.order_by("id").values_list("created_at", flat=True).first()
    with transaction.atomic(durable=True):
        if many:
            tell(Alert.QUEUE, lane=lane, message=f"More than {settings.CHAIN_QUEUE_ALERT} operations wait.", now=now)
        else:
            over(Alert.QUEUE, lane=lane, now=now)
        if oldest is None or oldest >= now - timedelta(seconds=settings.CHAIN_OLDEST_ALERT_SECONDS):
            over(Alert.BEHIND, lane=lane, now=now)
        else:
            tell(Alert.BEHIND, lane=lane, message=f"The oldest waits since {oldest:%Y-%m-%d %H:%M} UTC.", now=now)
