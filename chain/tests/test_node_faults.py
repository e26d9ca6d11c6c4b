"""What a node may do: replace blocks, come back from the past, be another, be silent. (All faults at random: test_chaos.py.)"""

import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chain.enums import HaltReason
from chain.models import ChainOp, ChainTx, Lane
from chain.services import broadcast, build, queue_anchor, track, verify
from chain.tests.factories import address, alerts, move, queue, seeded
from chain.tests.node import TestNode

pytestmark = pytest.mark.usefixtures("contract")
Drain = Callable[[], None]


@pytest.mark.spec("CHN-03")
def test_a_shallow_reorganisation(drain: Drain, node: TestNode, settings: Any) -> None:
    seeded()
    drain()
    node.call("anvil_mine", "0x3")
    settings.CHAIN_CONFIRMATIONS = 3
    queue(move(address(0), address(1), 1))
    build(now=timezone.now())
    broadcast(now=timezone.now())
    track(now=timezone.now())
    assert ChainTx.objects.filter(status="mined").count() == 1
    assert ChainOp.objects.get(sequence=6).status == "assigned"
    node.call("anvil_reorg", 1, [])
    track(now=timezone.now())
    assert ChainTx.objects.filter(status="sent", block_number=None).count() == 1
    for _round in range(4):
        broadcast(now=timezone.now() + timedelta(seconds=5))
        node.call("evm_mine")
        track(now=timezone.now())
    assert verify(quiet=True) == []


@pytest.mark.spec("CHN-03")
def test_confirmed_is_not_final(drain: Drain, node: TestNode) -> None:
    """A rollback far deeper than the confirmations: the same raws go out again, and everything happens once more, once."""
    seeded()
    drain()
    for _batch in range(6):
        queue(*(move(address(0), address(1), 1) for _ in range(5)))
        drain()
    transactions = ChainTx.objects.count()
    node.call("anvil_reorg", 5, [])
    assert any("called settled" in fault for fault in verify())
    track(now=timezone.now())
    assert ChainOp.objects.filter(status="assigned").count() == 25
    drain()
    assert verify(quiet=True) == []
    assert ChainTx.objects.count() == transactions  # nothing new was signed


@pytest.mark.spec("CHN-03")
def test_after_a_rollback_age_is_counted_from_the_height_that_is_left(drain: Drain, node: TestNode, settings: Any) -> None:
    """The chain stands below where its transactions were sent first, and has become dearer than their fees."""
    seeded()
    drain()
    node.call("anvil_mine", "0x14")
    queue(move(address(0), address(1), 1))
    drain()
    settings.CHAIN_STUCK_SECONDS = 1
    node.call("evm_setAutomine", False)
    node.call("anvil_rollback", 21)
    assert track(now=timezone.now()) is not None
    dear = int(ChainTx.objects.latest("max_fee").max_fee) * 2
    for _block in range(2):
        node.call("anvil_setNextBlockBaseFeePerGas", hex(dear))
        node.call("evm_mine")
    node.call("anvil_setNextBlockBaseFeePerGas", hex(dear))
    track(now=timezone.now() + timedelta(seconds=2))
    assert ChainTx.objects.filter(version=2).count() == 1
    node.call("evm_setAutomine", True)
    drain()
    assert verify(quiet=True) == []


@pytest.mark.spec("CHN-03")
def test_a_long_past_that_is_lost_is_refilled_page_by_page(drain: Drain, node: TestNode, settings: Any) -> None:
    """More nonces than are sent, or asked for, at once."""
    settings.CHAIN_TRANSACTIONS_IN_FLIGHT = 80
    seeded()
    for _transaction in range(70):
        queue_anchor(secrets.token_bytes(32), timezone.now())
    drain()
    blocks = int(node.call("eth_blockNumber"), 16)
    node.call("anvil_rollback", blocks - 2)  # what is left is the contract and its first operation
    assert any("called settled" in fault for fault in verify())
    track(now=timezone.now())
    drain()
    assert verify(quiet=True) == []
    assert ChainTx.objects.filter(version=1, status="confirmed").count() == 72


@pytest.mark.spec("CHN-03")
def test_another_chain_behind_the_url_halts_until_the_right_one_is_back(drain: Drain, node: TestNode, settings: Any) -> None:
    seeded()
    drain()
    (waiting,) = queue(move(address(0), address(1), 1))
    other = TestNode()
    other.start()
    try:
        settings.CHAIN_RPC_URL = other.url
        build(now=timezone.now())
        assert Lane.objects.get().halt_reason == HaltReason.WRONG_CHAIN
        assert broadcast(now=timezone.now()) == 0
        track(now=timezone.now())
        assert "chain.halted" in alerts()
        assert ChainOp.objects.get(pk=waiting.pk).status == "pending"
    finally:
        other.stop()
    settings.CHAIN_RPC_URL = node.url
    track(now=timezone.now())
    drain()
    assert verify(quiet=True) == []
    assert alerts() == set()


@pytest.mark.spec("CHN-03")
def test_the_same_jobs_fifty_times_at_once(drain: Drain) -> None:
    """The same message delivered again and again, in parallel and out of order."""
    seeded(300)

    def jobs() -> None:
        try:
            for _round in range(4):
                build(now=timezone.now())
                broadcast(now=timezone.now())
                track(now=timezone.now())
        finally:
            connection.close()

    threads = [threading.Thread(target=jobs) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drain()
    assert verify(quiet=True) == []
    assert Lane.objects.get().next_sequence == 303


@pytest.mark.spec("CHN-03", "CHN-05")
def test_a_node_that_is_down_or_hangs_changes_nothing(drain: Drain, node: TestNode, settings: Any) -> None:
    seeded()
    drain()
    queue(move(address(0), address(1), 1))
    assert node.process is not None
    settings.CHAIN_RPC_TIMEOUT = 0.5
    node.process.send_signal(19)  # SIGSTOP
    assert build(now=timezone.now()) == 0
    assert track(now=timezone.now()) is None
    assert Lane.objects.get().node_error
    node.process.send_signal(18)  # SIGCONT
    settings.CHAIN_RPC_TIMEOUT = 5
    drain()
    assert verify(quiet=True) == []


@pytest.mark.spec("CHN-04")
def test_operations_that_wait_too_long_raise_an_alert(drain: Drain, node: TestNode) -> None:
    seeded()
    node.kill()
    track(now=timezone.now())
    assert alerts() == {"chain.behind"}
