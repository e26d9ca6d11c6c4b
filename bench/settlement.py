"""Settlement: operations a second from the queue to confirmed, against the same batches sent without a database; and the
comparison of 10,000 wallets with the chain (CHN-03, CHN-08)."""

import os
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from eth_utils import to_checksum_address

from assets.models import Asset
from bench._assets import add_asset
from bench.harness import Run, bench
from bench.orders import copy
from chain import abi, client, services, signer
from chain.addresses import SCHEME, wallet_address
from chain.client import Node, number
from chain.models import ChainOp, Lane
from chain.services.build import BATCH, GAS_CAP
from chain.services.deploying import DEPLOY_GAS
from chain.signer import LocalSigner, sign_checked
from core.actors import SystemActor
from ledger.enums import OperationType
from ledger.services import chain_check
from ledger.services.posting import Batch, Move, post, post_many
from wallets.models import Wallet
from wallets.selectors import issuer_wallet, outside_wallet
from wallets.services import assign_issuer_wallets

WALLETS = 10_000
IN_FLIGHT = 8
ACTOR = SystemActor("bench")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
FUNDS = hex(10**24)


@bench("settlement")
def settlement(run: Run) -> None:
    """Automatic mining first, then a block a second; the comparison runs over what the first race has settled."""
    batches = 4 if run.quick else 10
    for block_time, name in ((None, "automine"), (1, "blocks of 1 s")):
        with run.database("settlement", fill), run.node(block_time=block_time) as url:
            at = connect(url, block_time)
            services.deploy(actor=ACTOR, now=timezone.now())
            stock()
            drain()
            wallets = list(Wallet.objects.filter(owner_type="client").order_by("id"))
            bare = Bare(at)
            rounds = min(run.rounds, WALLETS // (batches * BATCH))
            turn = iter(range(rounds))

            def ours(wallets: list[Wallet] = wallets, turn: Iterator[int] = turn) -> float:
                start = next(turn) * batches * BATCH
                give(wallets[start : start + batches * BATCH])
                return timed(drain, batches * BATCH)

            run.race(
                f"to confirmed, {name}",
                ours=ours,
                limit=lambda bare=bare: bare.measure(batches),
                limit_name="no database",
                at_least=0.15,
                rounds=rounds,
            )
            if block_time is None:
                give(wallets[rounds * batches * BATCH :])
                drain()
                run.note(f"compare {WALLETS:,} wallets", ours=[compared() for _round in range(run.rounds)], unit="s", at_most=1.0)
            run.verify()


def fill(owner: psycopg.Connection) -> None:
    """10,000 clients with a wallet each, and one asset."""
    keys = [(client, uuid.uuid4()) for client in range(1, WALLETS + 1)]
    people = ((one, f"CLT-B{one:07}", f"b{one}@bench.example", f"Client {one}") for one, _key in keys)
    copy(owner, "clients_client", "id reference email last_name", people,
         {"type": "person", "status": "active", "first_name": "Bench", "phone": "", "company_name": "", "registration_number": "",
          "language": "en", "verification_level": 0, "is_test": False, "created_at": NOW})  # fmt: skip
    rows = ((1000 + client, f"WAL-B{client:07}", key, client, wallet_address(key)) for client, key in keys)
    copy(owner, "wallets_wallet", "id reference uuid client_id address", rows,
         {"name": "", "owner_type": "client", "address_scheme": SCHEME, "status": "open", "is_hot": False, "is_test": False, "created_at": NOW})  # fmt: skip
    add_asset(owner, 1, "BENCH")


def connect(url: str, block_time: int | None) -> Node:
    """Point the settlement at the node, with fresh keys that have funds."""
    settings.CHAIN_RPC_URL = os.environ["CHAIN_RPC_URL"] = url
    settings.CHAIN_OPERATOR_KEY, settings.CHAIN_OWNER_KEY = secrets.token_hex(32), secrets.token_hex(32)
    signer.operator.cache_clear()
    at = client.node()
    at.call("anvil_setBalance", signer.operator().address, FUNDS)
    if block_time is not None:
        at.call("evm_setAutomine", False)
        at.call("evm_setIntervalMining", block_time)
    return at


def stock() -> None:
    """The asset's creation on the chain and, through the ledger, enough of it."""
    asset, wallet = Asset.objects.get(code="BENCH"), issuer_wallet()
    with transaction.atomic():
        assign_issuer_wallets(asset=asset, issuing_wallet=wallet, beneficiary_wallet=wallet)
        services.queue_create_asset(
            asset_id=asset.pk, decimals=asset.decimals, issuer_address=wallet.address, symbol=asset.code, now=timezone.now()
        )
        issued = Move(type=OperationType.ASSET_CREATION, asset=asset, sender=outside_wallet(), receiver=wallet, quantity=Decimal(10**9))
        post(moves=[issued], actor=ACTOR, now=timezone.now())


def give(wallets: list[Wallet]) -> None:
    """One to each, through the ledger."""
    asset, issuer = Asset.objects.get(code="BENCH"), issuer_wallet()
    for start in range(0, len(wallets), 1000):
        groups = [
            Batch(moves=[Move(type=OperationType.MANUAL_TRANSFER, asset=asset, sender=issuer, receiver=wallet, quantity=Decimal(1))])
            for wallet in wallets[start : start + 1000]
        ]
        with transaction.atomic():
            post_many(groups=groups, actor=ACTOR, now=timezone.now())


def drain() -> None:
    """The three jobs, as one worker does them in turn, until everything is confirmed."""
    while True:
        services.build(now=timezone.now())
        services.broadcast(now=timezone.now(), resend=False)
        services.track(now=timezone.now())
        if not ChainOp.objects.filter(status__in=["pending", "assigned"]).exists():
            return
        if lane := Lane.objects.filter(halted_at__isnull=False).first():
            raise RuntimeError(f"the lane has halted: {lane.halt_detail}")


def compared() -> float:
    started = time.perf_counter()
    result = chain_check.compare()
    took = time.perf_counter() - started
    if result.differences or result.wallets < WALLETS:
        raise RuntimeError(f"{result.wallets} wallets compared, {len(result.differences)} differ")
    return took


def timed(work: Callable[[], None], operations: int) -> float:
    started = time.perf_counter()
    work()
    return operations / (time.perf_counter() - started)


class Bare:
    """The same contract, batches, encoding and signing, eight transactions in flight, and nothing remembered."""

    def __init__(self, at: Node) -> None:
        self.at, self.key = at, LocalSigner(secrets.token_hex(32))
        at.call("anvil_setBalance", self.key.address, FUNDS)
        self.chain_id, self.nonce, self.sequence = number(at.call("eth_chainId")), 0, 0
        deployed = self.send(abi.deployment(owner=self.key.address, operator=self.key.address), gas=DEPLOY_GAS)
        self.contract = to_checksum_address(self.receipt(deployed)["contractAddress"])
        self.receipt(self.send(abi.single(self.operation(kind=10)), to=self.contract))
        self.receipt(self.send(abi.settle([self.operation(kind=2, amount=10**9)]), to=self.contract))

    def operation(self, *, kind: int = 1, amount: int = 100) -> ChainOp:
        self.sequence += 1
        payload = {"decimals": 2, "issuer": wallet_address(uuid.UUID(int=0)), "symbol": "BENCH"}
        source = "" if kind == 2 else wallet_address(uuid.UUID(int=0))
        destination = wallet_address(uuid.UUID(int=0) if kind == 2 else uuid.UUID(int=self.sequence))
        return ChainOp(
            sequence=self.sequence,
            kind=kind,
            asset_id=1,
            source=source,
            destination=destination,
            amount=amount,
            payload=payload,
            ref=b"r" * 32,
        )

    def send(self, data: bytes, *, to: str = "", gas: int = GAS_CAP) -> str:
        fields = {"type": 2, "chainId": self.chain_id, "nonce": self.nonce, "value": 0, "gas": gas, "data": data}
        fees = {"maxFeePerGas": 4 * 10**9, "maxPriorityFeePerGas": 10**9}
        raw, digest = sign_checked(self.key, fields | fees | ({"to": to} if to else {}))
        self.at.call("eth_sendRawTransaction", "0x" + raw.hex())
        self.nonce += 1
        return digest

    def receipt(self, digest: str) -> dict[str, str]:
        while True:
            answer = self.at.call("eth_getTransactionReceipt", digest)
            if answer is not None:
                if number(answer["status"]) != 1:
                    raise RuntimeError(f"{digest} reverted")
                return dict(answer)

    def measure(self, batches: int) -> float:
        """The operations exist before the clock starts, as ours do."""
        prepared = [[self.operation() for _each in range(BATCH)] for _batch in range(batches)]
        return timed(lambda: self.settle(prepared), batches * BATCH)

    def settle(self, batches: list[list[ChainOp]]) -> None:
        waiting: list[str] = []
        for batch in batches:
            if len(waiting) == IN_FLIGHT:
                self.receipt(waiting.pop(0))
            waiting.append(self.send(abi.settle(batch), to=self.contract))
        for digest in waiting:
            self.receipt(digest)
