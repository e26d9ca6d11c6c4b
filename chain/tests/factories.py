"""Operations for the chain without a ledger in front of them."""

import itertools
import os
from datetime import UTC, datetime
from typing import Any

from eth_utils import to_checksum_address

from chain.enums import ChainOpKind
from chain.models import ChainOp
from chain.services import queue_create_asset
from messaging.models import Alert

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ids = itertools.count(1)


def address(index: int) -> str:
    """A wallet's address."""
    return to_checksum_address(f"0x{0xABCDEF0000 + index:040x}")


def create_asset(asset_id: int = 1) -> ChainOp:
    return queue_create_asset(asset_id=asset_id, decimals=2, issuer_address=address(0), symbol=f"A{asset_id}", now=NOW)


def move(source: str = "", destination: str = "", amount: int = 1, *, asset_id: int = 1, **fields: Any) -> ChainOp:
    """An unsaved operation; without a source it issues, without a destination it burns."""
    kind = ChainOpKind.ISSUE if not source else ChainOpKind.BURN if not destination else ChainOpKind.TRANSFER
    defaults = {"kind": kind, "operation_id": next(_ids), "ref": os.urandom(32), "created_at": NOW}
    return ChainOp(source=source, destination=destination, amount=amount, asset_id=asset_id, **defaults | fields)


def queue(*operations: ChainOp) -> list[ChainOp]:
    return ChainOp.objects.bulk_create(operations)


def seeded(count: int = 3) -> list[ChainOp]:
    """An asset, an issue, and transfers of 1."""
    create_asset()
    return queue(move("", address(0), 1000), *(move(address(0), address(1), 1) for _ in range(count)))


def alerts() -> set[str]:
    """The kinds of the open ones."""
    return set(Alert.objects.filter(settled_at=None).values_list("kind", flat=True))
