"""Everything at once: two workers, a node with a block a second, three confirmations, and faults at random.

Seeds come from CHAOS_SEEDS ("1-3" or "4,9"): `make chaos SEEDS=1-20`. Whatever happens, in the end every operation is on
the chain once, in order, and balances there are the model's (CHN-03).
"""

import contextlib
import gzip
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from eth_account import Account

from backoffice.stack import anvil
from chain import abi, client, signer
from chain.client import NodeRefused, NodeUnreachable, accounts
from chain.enums import OPEN_TX
from chain.faults import Step
from chain.models import ChainIdentity, ChainOp, ChainTx, Lane
from chain.services import deploy, verify
from chain.tests.factories import address, create_asset, move, queue
from chain.tests.node import ACTOR, TestNode
from chain.tests.worker import start_worker

OPERATIONS, WALLETS = 1200, 60
FAULTS_SECONDS = 20
STALLED_SECONDS = 60  # without any progress after the storm: a hang, on the slowest machine too
JOB_STEPS = [step for step in Step if step < Step.DEPLOY_STORED]


def seeds() -> list[int]:
    found: list[int] = []
    for part in os.environ.get("CHAOS_SEEDS", "1-2").split(","):
        first, _dash, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


class SteadyNode(TestNode):
    """A block a second, and a backup every few blocks.

    Blocks, backups and reorganisations come one after the other. Left to itself (--block-time, --state-interval) anvil does
    them beside one another and ends as a chain that can't be: what a block did without the block, or a hole in the middle.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.file = directory / "chain.json"
        self.first_block_time = int(time.time())
        self.backups: list[bytes] = []
        self.started_at = 0  # the height
        self.turn = threading.RLock()
        self.over = threading.Event()
        self.clock = threading.Thread(target=self.tick)

    def command(self) -> list[str]:
        command = [*super().command(), "--no-mining", "--timestamp", str(self.first_block_time)]
        return [*command, "--load-state", str(self.file)] if self.file.exists() else command

    def start(self) -> None:
        super().start()
        anvil.set_clock(self.port)
        self.started_at = self.head()
        if not self.clock.is_alive():
            self.clock.start()

    def stop(self) -> None:
        self.over.set()
        self.clock.join()
        super().stop()

    def tick(self) -> None:
        while not self.over.wait(1):
            with contextlib.suppress(NodeUnreachable, NodeRefused):
                self.mine()

    def mine(self) -> None:
        with self.turn:
            self.call("evm_mine")
            if self.backups and self.head() % 3 == 0:  # the test makes the first, when the contract is there
                self.back_up()

    def back_up(self) -> None:
        with self.turn:
            self.backups.append(bytes.fromhex(self.call("anvil_dumpState")[2:]))

    def restore(self, backup: bytes, *, pause: float) -> None:
        """Killed, and started again with what was kept."""
        with self.turn:
            self.kill()
            self.file.write_bytes(gzip.decompress(backup))
            time.sleep(pause)
            self.start()

    def reorganise(self, depth: int) -> None:
        with self.turn:
            self.call("anvil_reorg", depth, [])

    def head(self) -> int:
        return int(self.call("eth_blockNumber"), 16)

    def roll_back(self, depth: int) -> None:
        """A reorganisation of that depth. anvil keeps states only of blocks that it has made since its start: wait for them."""
        deadline = time.monotonic() + 10 * depth
        while self.head() < self.started_at + depth:
            assert time.monotonic() < deadline, f"no {depth} blocks since block {self.started_at}, the head is {self.head()}"
            time.sleep(0.2)
        self.reorganise(depth)


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
        self.workers: list[ForkServerProcess] = []
        self.log = node.file.with_name("workers.log")
        self.happened: dict[str, int] = {}
        self.calm = False

    def strike(self) -> None:
        faults: list[Callable[[], None]] = [
            self.drop, self.drop, self.reorganise, self.reorganise, self.kill_node, self.restore_node, self.hang_node,
            self.kill_worker, self.kill_worker, self.crash_at_a_step, self.crash_at_a_step, self.pause, self.take_nonces,
            self.raise_base_fee,
        ]  # fmt: skip
        fault = self.chance.choice(faults)
        try:
            fault()
        except (NodeUnreachable, NodeRefused):
            return
        self.happened[fault.__name__] = self.happened.get(fault.__name__, 0) + 1

    def keep_workers(self) -> None:
        self.workers = [worker for worker in self.workers if worker.is_alive()]
        while len(self.workers) < 2:
            self.workers.append(start_worker(log=self.log, low_gas=0 if self.calm else 0.05, seed=self.chance.random()))

    def drop(self) -> None:
        self.node.call("anvil_dropAllTransactions")

    def reorganise(self) -> None:
        self.node.reorganise(self.chance.randint(1, 2))

    def kill_node(self) -> None:
        """It comes back some blocks behind."""
        self.node.restore(self.node.backups[-1], pause=self.chance.random())

    def restore_node(self) -> None:
        """From any backup: back to the contract's first blocks, at worst."""
        self.node.restore(self.chance.choice(self.node.backups), pause=self.chance.random())

    def hang_node(self) -> None:
        assert self.node.process is not None
        self.node.process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)
        self.node.process.send_signal(signal.SIGCONT)

    def kill_worker(self) -> None:
        self.chance.choice(self.workers).kill()

    def crash_at_a_step(self) -> None:
        self.chance.choice(self.workers).kill()
        self.workers.append(start_worker(log=self.log, crash_at=self.chance.choice(JOB_STEPS)))

    def pause(self) -> None:
        self.as_owner(True)
        time.sleep(2)
        self.as_owner(False)

    def as_owner(self, paused: bool) -> None:
        """In a block of its own, so that none of it is still on the way when the storm is over."""
        with self.node.turn:
            self.node.fund(self.owner.address)
            nonce = int(self.node.call("eth_getTransactionCount", self.owner.address, "latest"), 16)
            self.send(self.owner, nonce, to=self.identity.contract, data=abi.call("set_paused", paused))
            self.node.mine()

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
        self.kill_workers()
        self.open_contract()

    def kill_workers(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.join()

    def open_contract(self) -> None:
        """The owner lifts the pause; a reorganisation may have undone that."""
        if int(self.node.call("eth_call", {"to": self.identity.contract, "data": abi.call("paused")}, "latest"), 16):
            self.as_owner(False)

    def drain(self) -> None:
        """Until all is settled and `verify` is silent, for as long as it takes while something moves."""
        next_nonce = Lane.objects.get().next_nonce
        reached, moved_at = (0, 0, 0), time.monotonic()
        quiet: list[str] = ["nothing looked at yet"]
        while time.monotonic() < moved_at + STALLED_SECONDS:
            self.keep_workers()
            time.sleep(1)
            settled, lane = ChainOp.objects.filter(status="settled").count(), Lane.objects.get()
            if settled == ChainOp.objects.count() and not (quiet := verify(quiet=True)):
                return
            # Each of them has an end: nonces that are made anew for ever are no progress.
            now = (settled, lane.seen_cursor or 0, min(lane.seen_nonce or 0, next_nonce))
            if any(here > before for here, before in zip(now, reached, strict=True)):
                reached, moved_at = tuple(map(max, now, reached)), time.monotonic()
        raise AssertionError(f"nothing moves: {quiet}, after {self.happened}\n{self.standstill()}")

    def standstill(self) -> str:
        """What tells why nothing moves: the lane, the node's view, what is open, and the workers' last words."""
        states = {status: ChainOp.objects.filter(status=status).count() for status in ("pending", "assigned", "rejected", "settled")}
        fields = ("nonce", "version", "purpose", "status", "gas", "max_fee", "sent_block", "created_at", "error")
        attempts = sorted(set(ChainOp.objects.exclude(status="settled").values_list("attempts", flat=True)))
        rows = ChainTx.objects.filter(status__in=OPEN_TX).order_by("nonce", "version").values(*fields)
        pool = self.node.call("txpool_status")
        tail = self.log.read_text(errors="replace").splitlines()[-30:]
        return "\n".join([f"{states}, attempts {attempts}", str(Lane.objects.values().get()), f"pool: {pool}", *map(str, rows), *tail])


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
    steady.back_up()
    create_asset()
    ledger = Ledger(chance)
    storm = Storm(steady, identity, settings.CHAIN_OWNER_KEY, chance)
    try:
        started, queued = time.monotonic(), 0
        strike_at = started + 2
        while time.monotonic() < started + FAULTS_SECONDS or queued < OPERATIONS:
            storm.keep_workers()
            with transaction.atomic():
                count = min(chance.randint(1, 30), OPERATIONS - queued)
                queue(*(ledger.next() for _ in range(count)))
                queued += count
            if time.monotonic() > strike_at:
                storm.strike()
                strike_at = time.monotonic() + chance.random()
            time.sleep(0.2)
        storm.pass_over()
        before = f"{Lane.objects.get().next_nonce} nonces, {ChainOp.objects.filter(status='settled').count()} settled"
        storm.drain()
        balances_are(ledger, steady)
        steady.roll_back(min(15, steady.head() - (identity.deployed_block or 0) - 1))
        storm.open_contract()  # the end of the pause may have been in the blocks that are gone; the worker can't send it again
        storm.drain()
        balances_are(ledger, steady)
        print(f"seed {seed}: {storm.happened}; in the storm {before}; {time.monotonic() - started:.0f} s")
    finally:
        storm.kill_workers()


def balances_are(ledger: Ledger, node: TestNode) -> None:
    held = accounts(1, list(ledger.held), int(node.call("eth_blockNumber"), 16))
    assert held == [tuple(each) for each in ledger.held.values()]
