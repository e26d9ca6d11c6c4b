"""The audit trail's daily digest on the chain: what its database's owner can't take back (AUD-04)."""

from datetime import date, datetime

from django.db import transaction

from audit.models import AuditAnchor, AuditDigest
from audit.services import make_digest, store_anchor
from audit.services.digests import digest_due
from chain import abi
from chain.client import node
from chain.enums import ChainOpKind, ChainOpStatus
from chain.models import ChainOp, Lane
from chain.services.queue import queue_anchor

RECEIPTS_PER_CALL = 100


def anchor_due(*, now: datetime) -> None:
    """Make yesterday's digest if it is due, and queue every digest that is not queued yet."""
    if day := digest_due(now):
        make_digest(day, now=now)
    queued = {bytes(ref) for ref in ChainOp.objects.filter(kind=ChainOpKind.ANCHOR).values_list("ref", flat=True)}
    for digest in AuditDigest.objects.order_by("day"):
        if bytes(digest.digest) not in queued:
            with transaction.atomic(durable=True):
                queue_anchor(bytes(digest.digest), now)


def store_confirmed_anchors(*, now: datetime) -> int:
    """Tell the trail where its digests stand; returns how many are new."""
    stored = 0
    for digest in AuditDigest.objects.filter(anchors=None):
        operation = ChainOp.objects.filter(kind=ChainOpKind.ANCHOR, ref=bytes(digest.digest), status=ChainOpStatus.SETTLED)
        sent = operation.select_related("chain_tx").first()
        if sent is not None and sent.chain_tx is not None and sent.chain_tx.block_number is not None:
            store_anchor(digest, transaction_hash=sent.chain_tx.hash, block=sent.chain_tx.block_number, now=now)
            stored += 1
    return stored


def anchors_on_chain() -> dict[date, bytes]:
    """day -> digest, as the chain's own events have it: what `verify_audit` compares the trail with.

    A transaction that the chain no longer has is left out. Raises NodeUnreachable.
    """
    anchors = list(AuditAnchor.objects.select_related("digest"))
    lane = Lane.objects.select_related("identity").first()
    if lane is None:
        return {}
    found: dict[date, bytes] = {}
    for start in range(0, len(anchors), RECEIPTS_PER_CALL):
        page = anchors[start : start + RECEIPTS_PER_CALL]
        receipts = node().batch([("eth_getTransactionReceipt", [anchor.transaction_hash]) for anchor in page])
        for anchor, receipt in zip(page, receipts, strict=True):
            for event in abi.events(receipt["logs"] if receipt else [], contract=lane.identity.contract):
                if event.outcome is abi.Outcome.ANCHORED:
                    found[anchor.digest.day] = event.fields[0]
    return found
