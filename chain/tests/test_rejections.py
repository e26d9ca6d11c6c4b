"""What the contract refuses or contradicts: the lane halts, and a person decides. (All faults at random: test_chaos.py.)"""

from collections.abc import Callable

import pytest
from django.utils import timezone
from eth_utils import keccak

from audit.models import AuditEvent
from chain import abi
from chain.client import accounts
from chain.enums import HaltReason
from chain.models import ChainIdentity, ChainOp, Lane
from chain.services import NothingHalted, NotRejected, broadcast, build, replace, resume, track, verify, void
from chain.tests.factories import address, alerts, move, queue, seeded
from chain.tests.node import ACTOR, TestNode
from messaging.models import Alert

pytestmark = pytest.mark.usefixtures("contract")
Drain = Callable[[], None]


@pytest.mark.spec("CHN-04")
def test_a_rejected_operation_halts_the_lane_until_it_is_retried(drain: Drain, node: TestNode, contract: ChainIdentity) -> None:
    seeded()
    before, bad, after = queue(move(address(0), address(1), 1), move(address(5), address(6), 7), move(address(0), address(1), 1))
    drain()
    lane, bad = Lane.objects.get(), ChainOp.objects.get(pk=bad.pk)
    assert (lane.halt_reason, bad.status, bad.failure_code) == (HaltReason.REJECTED, "rejected", 2)
    assert ChainOp.objects.get(pk=before.pk).status == "settled"
    assert ChainOp.objects.get(pk=after.pk).status == "pending"
    alert = Alert.objects.get(kind="chain.halted")
    assert f"CHN-{bad.pk}" in alert.message
    assert "code 2" in alert.message
    assert "wait behind it: 1" in alert.message
    assert build(now=timezone.now()) == 0  # nothing overtakes it
    resume(actor=ACTOR, now=timezone.now())
    drain()
    assert Lane.objects.get().halt_reason == HaltReason.REJECTED  # the cause is still there
    assert ChainOp.objects.get(pk=bad.pk).attempts == 2
    give(node, contract, address(5), 7)
    resume(actor=ACTOR, now=timezone.now())
    drain()
    assert not ChainOp.objects.exclude(status="settled").exists()
    assert alerts() == set()
    # The balance that was forged for this test is found out.
    assert any("the supply on the chain is" in fault for fault in verify())
    with pytest.raises(NothingHalted):
        resume(actor=ACTOR, now=timezone.now())


def give(node: TestNode, contract: ChainIdentity, holder: str, amount: int) -> None:
    """Forge a balance of asset 1 in the contract's storage."""
    for slot in range(10):
        outer = keccak(slot.to_bytes(32, "big") + (1).to_bytes(32, "big"))
        place = "0x" + keccak(outer + bytes.fromhex(holder[2:]).rjust(32, b"\0")).hex()
        node.call("anvil_setStorageAt", contract.contract, place, "0x" + f"{amount:064x}")
        if accounts(1, [holder], int(node.call("eth_blockNumber"), 16))[0][0] == amount:
            return
    raise AssertionError("the storage layout has changed")


@pytest.mark.spec("CHN-04")
def test_a_rejected_operation_is_voided_with_its_compensation(drain: Drain) -> None:
    seeded()
    (bad,) = queue(move(address(5), address(6), 7))
    drain()
    (behind,) = queue(move(address(0), address(1), 1))

    def compensate(operation: ChainOp) -> int | None:
        (made,) = queue(move(operation.destination, operation.source, int(operation.amount)))
        return made.operation_id

    with pytest.raises(NotRejected):
        void(operation=behind, compensate=compensate, actor=ACTOR, now=timezone.now(), comment="not this one")
    void(operation=bad, compensate=compensate, actor=ACTOR, now=timezone.now(), comment="the sender never had it")
    drain()
    assert verify(quiet=True) == []
    assert ChainOp.objects.get(pk=bad.pk).status == "voided"
    assert ChainOp.objects.get(source=address(6)).status == "voided"
    assert ChainOp.objects.get(pk=behind.pk).status == "settled"
    assert AuditEvent.objects.filter(action="chain.voided").count() == 1
    assert alerts() == set()


@pytest.mark.spec("CHN-04")
def test_a_compensation_that_fails_changes_nothing(drain: Drain) -> None:
    seeded()
    (bad,) = queue(move(address(5), address(6), 7))
    drain()

    def spent(operation: ChainOp) -> int | None:
        raise NotRejected("the receiver has spent it")

    with pytest.raises(NotRejected):
        void(operation=bad, compensate=spent, actor=ACTOR, now=timezone.now(), comment="")
    assert ChainOp.objects.get(pk=bad.pk).is_void is False
    assert Lane.objects.get().halt_reason == HaltReason.REJECTED


@pytest.mark.spec("CHN-03")
def test_an_effect_without_an_event_halts_instead_of_being_sent_for_ever(drain: Drain, node: TestNode, contract: ChainIdentity) -> None:
    """A node that has lost blocks but not what they did: the contract skips the operations, nothing tells what was done."""
    seeded()
    drain()
    (lost, behind) = queue(move(address(0), address(1), 1), move(address(0), address(1), 1))
    node.call("evm_setAutomine", False)
    build(now=timezone.now())
    broadcast(now=timezone.now())
    forge_cursor(node, contract, 6)
    node.call("evm_mine")
    track(now=timezone.now())
    lane, lost = Lane.objects.get(), ChainOp.objects.get(pk=lost.pk)
    assert (lane.halt_reason, lost.sequence, lost.status) == (HaltReason.MISMATCH, 6, "pending")
    assert ChainOp.objects.get(pk=behind.pk).status == "settled"
    assert "number 6 as done" in Alert.objects.get(kind="chain.halted").message
    assert build(now=timezone.now()) == 0
    node.call("evm_setAutomine", True)
    resume(actor=ACTOR, now=timezone.now())
    drain()
    assert Lane.objects.get().halt_reason == HaltReason.MISMATCH  # the cause is still there
    replace(actor=ACTOR, now=timezone.now())
    drain()
    assert verify(quiet=True) == []
    assert alerts() == set()


def forge_cursor(node: TestNode, contract: ChainIdentity, number: int) -> None:
    for slot in range(8):
        before = node.call("eth_getStorageAt", contract.contract, hex(slot), "latest")
        node.call("anvil_setStorageAt", contract.contract, hex(slot), "0x" + f"{number:064x}")
        if int(node.call("eth_call", {"to": contract.contract, "data": abi.call("cursor")}, "latest"), 16) == number:
            return
        node.call("anvil_setStorageAt", contract.contract, hex(slot), before)
    raise AssertionError("the storage layout has changed")
