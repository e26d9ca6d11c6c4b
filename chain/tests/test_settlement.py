"""Settling end to end against a real node."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from chain.client import accounts
from chain.models import ChainIdentity, ChainOp, ChainTx, Lane
from chain.services import broadcast, build, settlement_of, track, verify
from chain.tests.factories import address, create_asset, move, queue
from chain.tests.node import TestNode


@pytest.mark.spec("CHN-01", "CHN-02", "CHN-03", "CHN-05")
def test_operations_are_settled_in_order(contract: ChainIdentity, drain: Callable[[], None], node: TestNode) -> None:
    create_asset()
    moves = [move("", address(0), 1000, count_credit=5)]
    moves += [move(address(0), address(1 + index % 7), 1, count_debit=index % 2, count_credit=3) for index in range(8)]
    queue(*moves, *(move(address(1), address(2), 1) for _ in range(2)), move(address(2), "", 1))
    drain()
    assert not ChainOp.objects.exclude(status="settled").exists()
    assert verify(quiet=True) == []
    head = int(node.call("eth_blockNumber"), 16)
    assert accounts(1, [address(0), address(1), address(2)], head) == [(992, 1), (0, 6), (2, 3)]
    settlement = settlement_of(moves[0].operation_id)
    assert settlement is not None
    assert (settlement.status, settlement.sequence, settlement.confirmations, settlement.required) == ("settled", 2, 1, 1)
    assert settlement.block is not None
    assert Lane.objects.get().next_sequence == 14


@pytest.mark.spec("CHN-05")
def test_where_the_chain_has_finality_its_tag_decides(
    contract: ChainIdentity, drain: Callable[[], None], node: TestNode, settings: Any
) -> None:
    settings.CHAIN_FINALITY_TAG = "finalized"  # this node's: 64 blocks behind the newest
    create_asset()
    for _round in range(2):
        build(now=timezone.now())
        broadcast(now=timezone.now())
        track(now=timezone.now())
    assert ChainOp.objects.get().status == "assigned"
    assert ChainTx.objects.get().status == "mined"
    node.call("anvil_mine", hex(70))
    drain()
    assert verify(quiet=True) == []
