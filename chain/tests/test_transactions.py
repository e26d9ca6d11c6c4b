"""What may happen to a transaction: reverted, stuck, its nonce taken, without gas or funds. (All faults at random: test_chaos.py.)"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from eth_account import Account

from chain import abi, signer
from chain.models import ChainIdentity, ChainOp, ChainTx, Lane
from chain.services import broadcast, build, track, verify
from chain.tests.factories import address, alerts, move, queue, seeded
from chain.tests.node import TestNode, run_jobs

pytestmark = pytest.mark.usefixtures("contract")
Drain = Callable[[], None]


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
    node.call("anvil_setNextBlockBaseFeePerGas", hex(settings.CHAIN_MAX_FEE // 2))
    node.call("evm_setAutomine", True)
    node.call("evm_mine")
    drain()
    assert alerts() == set()


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


def send_foreign(node: TestNode, nonce: int, *, data: str = "0x", to: str = "") -> None:
    """Somebody else uses the operator's key."""
    account = Account.from_key(signer.operator()._account.key)  # type: ignore[attr-defined]
    signed = account.sign_transaction(
        {"type": 2, "chainId": 31337, "nonce": nonce, "to": to or account.address, "value": 0, "gas": 1_000_000,
         "maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**11, "data": data}
    )  # fmt: skip
    node.call("eth_sendRawTransaction", signed.raw_transaction.to_0x_hex())


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
