"""Broadcasting: what is signed and stored goes to the node, again and again, until a receipt says more (CHN-03)."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from chain.client import Node, NodeRefused, NodeUnreachable, node
from chain.enums import HaltReason, TxStatus
from chain.faults import Step, crash_at
from chain.models import ChainTx, Lane
from chain.services.alerts import Alert, tell
from chain.services.build import open_transactions
from chain.services.lanes import alone

log = structlog.get_logger()
# The node has it, or its nonce is decided: the receipt tells the truth. Nodes word it differently.
DELIVERED = ("already known", "already imported", "known transaction", "nonce too low", "already exists")
RESEND_AFTER = timedelta(seconds=2)
AT_ONCE = 64  # nodes keep only so many of one account; after a deep rollback thousands go out again
NEVER_SEND = (HaltReason.WRONG_CHAIN, HaltReason.CHAIN_AHEAD)


def broadcast(*, now: datetime, resend: bool = True) -> int:
    """Send what is prepared, and with `resend` once more what was sent and is not mined; returns how many the node took.

    The same bytes have the same hash, so that sending twice is harmless. An error leaves everything as it is.
    """
    with alone("broadcast") as alone_here:
        lane = Lane.objects.select_related("identity").first() if alone_here else None
        if lane is None or lane.halt_reason in NEVER_SEND:
            return 0
        due = Q(status=TxStatus.PREPARED)
        if resend:
            due |= Q(status=TxStatus.SENT) & (Q(sent_at=None) | Q(sent_at__lte=now - RESEND_AFTER))
        # The newest version of each nonce alone: one that it replaced must not go out again because its own time has come.
        newest = open_transactions(lane).order_by("nonce", "-version").distinct("nonce").values("pk")
        latest = list(ChainTx.objects.filter(due, pk__in=newest).order_by("nonce")[:AT_ONCE])
        taken = 0
        try:
            if latest and not right_chain(node(), lane):
                return 0  # the tracker halts the lane
            for row in latest:
                if not send(node(), row, lane=lane, now=now):
                    break  # later nonces would only queue behind it
                taken += 1
        except NodeUnreachable as error:
            log.warning("chain_node_unreachable", error=str(error))
        return taken


def right_chain(at: Node, lane: Lane) -> bool:
    chain_id, genesis = at.batch([("eth_chainId", []), ("eth_getBlockByNumber", ["0x0", False])])
    return (int(chain_id, 16), genesis["hash"]) == (lane.identity.chain_id, lane.identity.genesis_hash)


def send(at: Node, row: ChainTx, *, lane: Lane, now: datetime) -> bool:
    """Whether the node took it, now or before."""
    error = ""
    try:
        at.call("eth_sendRawTransaction", "0x" + bytes(row.raw).hex())
    except NodeRefused as refusal:
        error = str(refusal)
    crash_at(Step.BROADCAST_SENT)
    if error and not any(words in error.lower() for words in DELIVERED):
        with transaction.atomic(durable=True):
            ChainTx.objects.filter(pk=row.pk).update(error=error)
            if "insufficient funds" in error.lower():
                message = f"The node refuses transactions of {lane.signer}: {error}. Nothing is lost; fund the account."
                tell(Alert.OUT_OF_FUNDS, lane=lane, message=message, now=now)
        log.warning("chain_transaction_refused", hash=row.hash, nonce=row.nonce, error=error)
        return False
    if row.status == TxStatus.PREPARED or row.error:
        ChainTx.objects.filter(pk=row.pk, sent_at=None).update(sent_at=now, sent_block=lane.head_block)
        ChainTx.objects.filter(pk=row.pk, status=TxStatus.PREPARED).update(status=TxStatus.SENT)
        ChainTx.objects.filter(pk=row.pk).exclude(error="").update(error="")
    crash_at(Step.BROADCAST_MARKED)
    return True
