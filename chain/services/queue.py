"""Putting work into the outbox, in the transaction of whoever asks for it (CHN-02)."""

from datetime import datetime

from chain.enums import ChainOpKind, ChainOpStatus
from chain.models import ChainOp, Lane
from core.tasks import enqueue


def queue_create_asset(
    *, asset_id: int, decimals: int, issuer_address: str, symbol: str, now: datetime, operation_id: int | None = None
) -> ChainOp:
    """Queue the asset's creation on the chain; every operation on it comes later in the lane (AST-02).

    `operation_id` is the ledger's operation for it, where there is one. Must run inside the caller's transaction.
    """
    operation = ChainOp.objects.create(
        kind=ChainOpKind.CREATE_ASSET,
        asset_id=asset_id,
        operation_id=operation_id,
        payload={"decimals": decimals, "issuer": issuer_address, "symbol": symbol},
        ref=b"",
        created_at=now,
    )
    enqueue("chain.tasks.build")
    return operation


def queue_anchor(digest: bytes, now: datetime) -> ChainOp:
    """Queue a 32-byte digest of the audit trail (AUD-05). The same digest waiting or anchored already is not queued again."""
    if len(digest) != 32:
        raise ValueError("a digest has 32 bytes")
    known = ChainOp.objects.filter(kind=ChainOpKind.ANCHOR, ref=digest).first()
    if known is not None:
        return known
    operation = ChainOp.objects.create(kind=ChainOpKind.ANCHOR, payload={"digest": digest.hex()}, ref=digest, created_at=now)
    enqueue("chain.tasks.build")
    return operation


def waiting() -> bool:
    """Whether anything could be built."""
    return ChainOp.objects.filter(status=ChainOpStatus.PENDING).exists() and Lane.objects.filter(halted_at=None, seen_paused=False).exists()
