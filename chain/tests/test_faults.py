"""What may happen to a settlement, one fault at a time, on a real node. (All of them at random: test_chaos.py.)"""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from eth_account import Account
from eth_utils import keccak

from audit.models import AuditEvent
from chain import abi, signer
from chain.client import accounts
from chain.enums import HaltReason
from chain.models import ChainIdentity, ChainOp, ChainTx, Lane
from chain.services import NothingHalted, NotRejected, broadcast, build, resume, track, verify, void
from chain.tests.factories import address, create_asset, move, queue
from chain.tests.node import ACTOR, TestNode, run_jobs
from messaging.models import Alert

pytestmark = pytest.mark.usefixtures("contract")
Drain = Callable[[], None]


def alerts() -> set[str]:
    return set(Alert.objects.filter(settled_at=None).values_list("kind", flat=True))


def seeded(count: int = 3) -> list[ChainOp]:
    """An asset, an issue, and transfers of 1."""
    create_asset()
    return queue(move("", address(0), 1000), *(move(address(0), address(1), 1) for _ in range(count)))


def send_foreign(node: TestNode, nonce: int, *, data: str = "0x", to: str = "") -> None:
    """Somebody else uses the operator's key."""
    account = Account.from_key(signer.operator()._account.key)  # type: ignore[attr-defined]
    signed = account.sign_transaction(
        {"type": 2, "chainId": 31337, "nonce": nonce, "to": to or account.address, "value": 0, "gas": 1_000_000,
         "maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**11, "data": data}
    )  # fmt: skip
    node.call("eth_sendRawTransaction", signed.raw_transaction.to_0x_hex())


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
def test_a_reverted_batch_comes_again_in_order(drain: Drain, node: TestNode, contract: ChainIdentity) -> None:
    """Paused between building and mining: the nonce is spent, the numbers stay."""
    seeded()
    drain()
    queue(*(move(address(0), address(1), 1) for _ in range(3)))
    node.call("evm_setAutomine", False)
    build(now=timezone.now())
    broadcast(now=timezone.now())
    slot = next(slot for slot in range(8) if pause(node, contract, slot))
    node.call("evm_mine")
    track(now=timezone.now())
    assert set(ChainOp.objects.filter(sequence__gt=5).values_list("status", "attempts")) == {("pending", 1)}
    assert {"chain.reverted", "chain.paused"} <= alerts()
    assert build(now=timezone.now()) == 0  # nobody burns gas on a paused contract
    node.call("anvil_setStorageAt", contract.contract, hex(slot), "0x" + "0" * 64)
    node.call("evm_setAutomine", True)
    drain()
    assert verify(quiet=True) == []
    assert "chain.paused" not in alerts()


def pause(node: TestNode, contract: ChainIdentity, slot: int) -> bool:
    """Try one storage slot; whether the contract now says that it is paused."""
    before = node.call("eth_getStorageAt", contract.contract, hex(slot), "latest")
    node.call("anvil_setStorageAt", contract.contract, hex(slot), "0x" + f"{1:064x}")
    if int(node.call("eth_call", {"to": contract.contract, "data": abi.call("paused")}, "latest"), 16) == 1:
        return True
    node.call("anvil_setStorageAt", contract.contract, hex(slot), before)
    return False


@pytest.mark.spec("CHN-03")
def test_a_stuck_transaction_is_replaced_under_its_nonce(drain: Drain, node: TestNode, settings: Any) -> None:
    seeded()
    drain()
    settings.CHAIN_STUCK_SECONDS = 5
    queue(move(address(0), address(1), 1))
    node.call("evm_setAutomine", False)
    build(now=timezone.now())
    broadcast(now=timezone.now())
    first = ChainTx.objects.get(status="sent")
    later = timezone.now() + timedelta(seconds=6)
    track(now=later)
    assert ChainTx.objects.count() == 3  # no blocks pass: nothing to outbid
    for _block in range(3):
        node.call("anvil_setNextBlockBaseFeePerGas", hex(int(first.max_fee) * 2))
        node.call("evm_mine")
    track(now=later)
    second = ChainTx.objects.get(status="prepared")
    assert (second.nonce, second.version, bytes(second.data)) == (first.nonce, 2, bytes(first.data))
    assert second.max_fee >= first.max_fee * Decimal("1.1")
    assert second.priority_fee >= first.priority_fee * Decimal("1.1")
    broadcast(now=later)
    node.call("evm_setAutomine", True)
    node.call("evm_mine")
    drain()
    assert verify(quiet=True) == []
    assert set(ChainTx.objects.filter(nonce=first.nonce).values_list("version", "status")) == {(1, "superseded"), (2, "confirmed")}
    assert ChainOp.objects.get(sequence=6).chain_tx == second


@pytest.mark.spec("CHN-03")
def test_the_fee_ceiling_is_never_passed(drain: Drain, node: TestNode, settings: Any) -> None:
    seeded()
    drain()
    queue(move(address(0), address(1), 1))
    node.call("evm_setAutomine", False)
    build(now=timezone.now())
    broadcast(now=timezone.now())
    settings.CHAIN_STUCK_SECONDS = 5
    settings.CHAIN_MAX_FEE = int(ChainTx.objects.get(status="sent").max_fee)
    for _block in range(3):
        node.call("anvil_setNextBlockBaseFeePerGas", hex(settings.CHAIN_MAX_FEE * 2))
        node.call("evm_mine")
    track(now=timezone.now() + timedelta(seconds=6))
    assert "chain.stuck" in alerts()
    assert not ChainTx.objects.filter(version=2).exists()


@pytest.mark.spec("CHN-03")
def test_a_nonce_taken_by_somebody_else(drain: Drain, node: TestNode) -> None:
    seeded()
    drain()
    queue(move(address(0), address(1), 1))
    node.call("evm_setAutomine", False)
    build(now=timezone.now())  # stored, not sent
    send_foreign(node, Lane.objects.get().next_nonce - 1)
    node.call("evm_mine")
    node.call("evm_setAutomine", True)
    drain()
    assert ChainTx.objects.filter(status="superseded").count() == 1
    assert "chain.foreign_nonce" in alerts()
    assert verify(quiet=True) == []


@pytest.mark.spec("CHN-03")
def test_a_foreign_nonce_that_a_rollback_opens_again_is_filled(drain: Drain, node: TestNode) -> None:
    seeded()
    drain()
    send_foreign(node, Lane.objects.get().next_nonce)
    queue(move(address(0), address(1), 1))
    drain()
    queue(move(address(0), address(1), 1))
    drain()
    node.call("anvil_reorg", 3, [])
    drain()
    run_jobs()
    assert ChainTx.objects.filter(purpose="filler").exists()
    assert verify(quiet=True) == []


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
def test_another_chain_behind_the_url_halts_until_the_right_one_is_back(
    drain: Drain, node: TestNode, settings: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seeded()
    drain()
    (waiting,) = queue(move(address(0), address(1), 1))
    other = TestNode(tmp_path_factory.mktemp("other"))
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
def test_an_operator_without_funds_loses_nothing(drain: Drain, node: TestNode) -> None:
    seeded()
    node.call("anvil_setBalance", signer.operator().address, "0x0")
    build(now=timezone.now())
    broadcast(now=timezone.now())
    track(now=timezone.now())
    assert "chain.out_of_funds" in alerts()
    assert set(ChainTx.objects.values_list("status", flat=True)) == {"prepared"}
    node.fund(signer.operator().address)
    drain()
    assert verify(quiet=True) == []
    assert "chain.out_of_funds" not in alerts()


@pytest.mark.spec("CHN-03")
def test_a_transaction_with_too_little_gas_comes_again(drain: Drain, settings: Any) -> None:
    seeded()
    drain()
    queue(*(move(address(0), address(9 + index), 1) for index in range(20)))
    settings.CHAIN_GAS_PER_OPERATION = 1000
    build(now=timezone.now())
    settings.CHAIN_GAS_PER_OPERATION = 45_000
    drain()
    assert ChainTx.objects.filter(status="reverted").count() == 1
    assert verify(quiet=True) == []


@pytest.mark.spec("CHN-03")
@pytest.mark.parametrize("at_the_ceiling", [False, True])
def test_a_gas_limit_below_the_calldatas_own_cost(drain: Drain, node: TestNode, settings: Any, at_the_ceiling: bool) -> None:
    """The node takes the transaction, and drops it silently when it comes to a block: fees alone would never help."""
    seeded()
    drain()
    queue(*(move(address(0), address(9 + index), 1) for index in range(200)))
    settings.CHAIN_STUCK_SECONDS, enough, settings.CHAIN_GAS_PER_OPERATION = 1, settings.CHAIN_GAS_PER_OPERATION, 500
    build(now=timezone.now())
    broadcast(now=timezone.now())
    first = ChainTx.objects.get(status="sent")
    node.call("anvil_mine", "0x3")
    track(now=timezone.now())
    assert (int(node.call("txpool_status")["pending"], 16), ChainTx.objects.get(nonce=first.nonce).status) == (0, "sent")
    settings.CHAIN_GAS_PER_OPERATION = enough
    settings.CHAIN_MAX_FEE = int(first.max_fee) if at_the_ceiling else settings.CHAIN_MAX_FEE
    drain()
    assert not verify(quiet=True)
    replacement = ChainTx.objects.get(nonce=first.nonce, status="confirmed")
    assert (replacement.version, bytes(replacement.data), replacement.gas) == (2, bytes(first.data), 100_000 + 200 * enough)


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
