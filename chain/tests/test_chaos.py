"""Everything at once: two workers, a node with a block a second, three confirmations, and faults at random.

Seeds come from CHAOS_SEEDS ("1-3" or "4,9"): `make chaos SEEDS=1-20`. Whatever happens, in the end every operation is on
the chain once, in order, and balances there are the model's (CHN-03).
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from eth_account import Account

from chain import abi, client, signer
from chain.client import NodeRefused, NodeUnreachable, accounts
from chain.enums import OPEN_TX
from chain.faults import Step
from chain.models import ChainIdentity, ChainOp, ChainTx, Lane
from chain.services import deploy, verify
from chain.tests.factories import address, create_asset, move, queue
from chain.tests.node import ACTOR, TestNode, start_worker

OPERATIONS, WALLETS = 1200, 60
FAULTS_SECONDS, DRAIN_SECONDS = 20, 150
JOB_STEPS = [step.value for step in Step if step < Step.DEPLOY_STORED]


def seeds() -> list[int]:
    found: list[int] = []
    for part in os.environ.get("CHAOS_SEEDS", "1-2").split(","):
        first, _dash, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


class SteadyNode(TestNode):
    """Mines once a second and keeps its state. A kill during the dump tears the file: then the last whole one is taken,
    which is a rollback of some seconds."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, keep_state=True)
        self.whole, self.oldest = directory / "whole.json", directory / "oldest.json"
        self.genesis = ""
        self.started_at = 0  # the height

    def start(self) -> None:
        assert self.state is not None
        if self.state.exists() and not self.readable(self.state):
            shutil.copy(self.whole, self.state)
        super().start()
        if self.genesis and self.first_block() != self.genesis:  # what it had kept was no whole state after all: the backup
            self.kill()
            shutil.copy(self.oldest, self.state)
            super().start()
        self.genesis = self.first_block()
        self.started_at = self.head()
        self.call("evm_setAutomine", False)
        self.call("evm_setIntervalMining", 1)

    def remember(self) -> None:
        assert self.state is not None
        if self.state.exists() and self.readable(self.state):
            shutil.copy(self.state, self.whole)
            if not self.oldest.exists():
                shutil.copy(self.state, self.oldest)

    def head(self) -> int:
        return int(self.call("eth_blockNumber"), 16)

    def roll_back(self, depth: int) -> None:
        """A reorganisation of that depth. anvil keeps states only of blocks that it has made since its start: wait for them."""
        deadline = time.monotonic() + 3 * depth
        while self.head() < self.started_at + depth:
            assert time.monotonic() < deadline, f"no {depth} blocks since block {self.started_at}, the head is {self.head()}"
            time.sleep(0.2)
        self.call("anvil_reorg", depth, [])

    def first_block(self) -> str:
        return str(self.call("eth_getBlockByNumber", "0x0", False)["hash"])

    @staticmethod
    def readable(path: Path) -> bool:
        try:
            return bool(json.loads(path.read_bytes()))
        except ValueError:
            return False


class Ledger:
    """The model: balances and counts, and operations that they allow."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.held = {address(index): [0, 0] for index in range(WALLETS)}

    def next(self) -> ChainOp:
        chance = self.chance
        rich = [one for one, (balance, _count) in self.held.items() if balance > 1]
        if not rich or chance.random() < 0.08:
            return self.apply("", chance.choice(list(self.held)), chance.randint(5, 200), 0, chance.randint(0, 5))
        source = chance.choice(rich)
        balance, count = self.held[source]
        amount = chance.randint(1, balance)  # often everything: the order matters
        if chance.random() < 0.05:
            return self.apply(source, "", amount, 0, 0)
        return self.apply(source, chance.choice(list(self.held)), amount, min(count, 1), chance.randint(0, 2))

    def apply(self, source: str, destination: str, amount: int, debit: int, credit: int) -> ChainOp:
        if source:
            self.held[source][0] -= amount
            self.held[source][1] -= debit
        if destination:
            self.held[destination][0] += amount
            self.held[destination][1] += credit
        return move(source, destination, amount, count_debit=debit, count_credit=credit)


class Storm:
    """The faults, and the workers that have to live through them."""

    def __init__(self, node: SteadyNode, identity: ChainIdentity, owner_key: str, chance: random.Random) -> None:
        self.node, self.identity, self.owner, self.chance = node, identity, Account.from_key(owner_key), chance
        self.workers: list[subprocess.Popen[bytes]] = []
        self.log = node.whole.with_name("workers.log")
        self.happened: dict[str, int] = {}
        self.calm = False

    def strike(self) -> None:
        faults: list[Callable[[], None]] = [
            self.drop, self.drop, self.reorganise, self.reorganise, self.kill_node, self.hang_node, self.kill_worker, self.kill_worker,
            self.crash_at_a_step, self.crash_at_a_step, self.pause, self.take_nonces, self.raise_base_fee,
        ]  # fmt: skip
        fault = self.chance.choice(faults)
        try:
            fault()
        except (NodeUnreachable, NodeRefused):
            return
        self.happened[fault.__name__] = self.happened.get(fault.__name__, 0) + 1

    def keep_workers(self, **environment: str) -> None:
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < 2:
            self.workers.append(start_worker(log=self.log, LOW_GAS="0" if self.calm else "0.05", **environment))

    def drop(self) -> None:
        self.node.call("anvil_dropAllTransactions")

    def reorganise(self) -> None:
        self.node.call("anvil_reorg", self.chance.randint(1, 2), [])

    def kill_node(self) -> None:
        self.node.remember()
        self.node.kill()
        time.sleep(self.chance.random())
        self.node.start()

    def hang_node(self) -> None:
        assert self.node.process is not None
        self.node.process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)
        self.node.process.send_signal(signal.SIGCONT)

    def kill_worker(self) -> None:
        self.chance.choice(self.workers).kill()

    def crash_at_a_step(self) -> None:
        self.chance.choice(self.workers).kill()
        self.workers.append(start_worker(log=self.log, CRASH_AT=str(self.chance.choice(JOB_STEPS))))

    def pause(self) -> None:
        self.as_owner(True)
        time.sleep(2)
        self.as_owner(False)

    def as_owner(self, paused: bool) -> None:
        self.node.fund(self.owner.address)
        nonce = int(self.node.call("eth_getTransactionCount", self.owner.address, "latest"), 16)
        self.send(self.owner, nonce, to=self.identity.contract, data=abi.call("set_paused", paused))

    def take_nonces(self) -> None:
        """Somebody else signs with the operator's key."""
        account = Account.from_key(signer.operator()._account.key)  # type: ignore[attr-defined]
        nonce = int(self.node.call("eth_getTransactionCount", account.address, "latest"), 16)
        for offset in range(self.chance.randint(1, 3)):
            self.send(account, nonce + offset, to=account.address)

    def raise_base_fee(self) -> None:
        self.node.call("anvil_setNextBlockBaseFeePerGas", hex(4 * 10**9))

    def send(self, account: Any, nonce: int, *, to: str, data: str = "0x") -> None:
        fields = {"type": 2, "chainId": 31337, "nonce": nonce, "to": to, "value": 0, "gas": 100_000, "data": data}
        signed = account.sign_transaction(fields | {"maxFeePerGas": 4 * 10**11, "maxPriorityFeePerGas": 10**11})
        self.node.call("eth_sendRawTransaction", signed.raw_transaction.to_0x_hex())

    def pass_over(self) -> None:
        """No more faults: the contract is open, the workers run undisturbed."""
        self.calm = True
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.open_contract()

    def open_contract(self) -> None:
        """The owner lifts the pause, as often as it takes."""
        while int(self.node.call("eth_call", {"to": self.identity.contract, "data": abi.call("paused")}, "latest"), 16):
            with contextlib.suppress(NodeRefused):  # the last one still waits for its block
                self.as_owner(False)
            time.sleep(1.2)

    def drain(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS
        quiet: list[str] = ["nothing looked at yet"]
        while time.monotonic() < deadline:
            self.keep_workers()
            time.sleep(1)
            done = not ChainOp.objects.filter(status__in=["pending", "assigned", "rejected"]).exists()
            if done and not (quiet := verify(quiet=True)):
                return
        raise AssertionError(f"not drained: {quiet}, after {self.happened}\n{self.standstill()}")

    def standstill(self) -> str:
        """What tells why nothing moves: the lane, the node's view, what is open, and the workers' last words."""
        states = {status: ChainOp.objects.filter(status=status).count() for status in ("pending", "assigned", "rejected", "settled")}
        fields = ("nonce", "version", "purpose", "status", "gas", "max_fee", "sent_block", "created_at", "error")
        rows = ChainTx.objects.filter(status__in=OPEN_TX).order_by("nonce", "version").values(*fields)
        pool = self.node.call("txpool_status")
        tail = self.log.read_text(errors="replace").splitlines()[-30:]
        return "\n".join([str(states), str(Lane.objects.values().get()), f"pool: {pool}", *map(str, rows), *tail])


@pytest.fixture
def steady(tmp_path: Path, settings: Any, node: TestNode, transactional_db: None) -> Iterator[SteadyNode]:
    """The keys of `node`, on a node with a block a second."""
    node.stop()
    steady = SteadyNode(tmp_path)
    steady.start()
    settings.CHAIN_RPC_URL = steady.url
    settings.CHAIN_CONFIRMATIONS, settings.CHAIN_STUCK_SECONDS, settings.CHAIN_MAX_REVERTS = 3, 4, 1000
    settings.CHAIN_RPC_TIMEOUT = 2
    client._node.cache_clear()
    steady.fund(signer.operator().address)
    yield steady
    steady.stop()


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.spec("CHN-03")
@pytest.mark.parametrize("seed", seeds())
def test_every_operation_happens_once(seed: int, steady: SteadyNode, settings: Any) -> None:
    chance = random.Random(seed)
    identity, _new = deploy(actor=ACTOR, now=timezone.now())
    create_asset()
    ledger = Ledger(chance)
    time.sleep(2.2)
    steady.remember()
    storm = Storm(steady, identity, settings.CHAIN_OWNER_KEY, chance)
    try:
        started, queued = time.monotonic(), 0
        strike_at = started + 1
        while time.monotonic() < started + FAULTS_SECONDS or queued < OPERATIONS:
            storm.keep_workers(SEED=str(seed))
            with transaction.atomic():
                count = min(chance.randint(1, 60), OPERATIONS - queued)
                queue(*(ledger.next() for _ in range(count)))
                queued += count
            if time.monotonic() > strike_at:
                storm.strike()
                strike_at = time.monotonic() + chance.random()
            time.sleep(0.2)
        storm.pass_over()
        storm.drain()
        balances_are(ledger, steady)
        steady.roll_back(min(15, steady.head() - (identity.deployed_block or 0) - 1))
        storm.open_contract()  # the end of the pause may have been in the blocks that are gone; the worker can't send it again
        storm.drain()
        balances_are(ledger, steady)
        print(f"seed {seed}: {storm.happened}")
    finally:
        for worker in storm.workers:
            worker.kill()
            worker.wait()


def balances_are(ledger: Ledger, node: TestNode) -> None:
    held = accounts(1, list(ledger.held), int(node.call("eth_blockNumber"), 16))
    assert held == [tuple(each) for each in ledger.held.values()]
