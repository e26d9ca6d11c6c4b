"""A real node on its own port, for any app's tests (the root conftest loads these fixtures): `contract` is deployed on it,
`drain()` settles what is queued, so that a test sees its operation on the chain."""

import itertools
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backoffice.stack import anvil
from chain import client, signer
from chain.client import Node, NodeUnreachable
from chain.models import ChainIdentity
from chain.services import broadcast, build, deploy, track, waiting
from core.actors import SystemActor

ACTOR = SystemActor("tests")


class TestNode:
    """An anvil process that mines each transaction at once."""

    __test__ = False

    def __init__(self) -> None:
        self.port = anvil.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.rpc = Node(self.url, timeout=20)

    def command(self) -> list[str]:
        return anvil.command(anvil.binary(Path(os.environ["DATA_DIR"]).parent / "node"), port=self.port)

    def start(self) -> None:
        self.process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.call("eth_chainId")
                break
            except NodeUnreachable:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait()
            self.process = None

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def call(self, method: str, *parameters: Any) -> Any:
        return self.rpc.call(method, *parameters)

    def fund(self, address: str) -> None:
        self.call("anvil_setBalance", address, hex(10**24))


@pytest.fixture
def node(settings: Any) -> Iterator[TestNode]:
    """A node with automatic mining; the settings point at it, the operator has fresh keys and funds."""
    running = TestNode()
    running.start()
    settings.CHAIN_RPC_URL = running.url
    settings.CHAIN_OPERATOR_KEY = secrets.token_hex(32)
    settings.CHAIN_OWNER_KEY = secrets.token_hex(32)
    signer.operator.cache_clear()
    client._node.cache_clear()
    running.fund(signer.operator().address)
    yield running
    signer.operator.cache_clear()
    client._node.cache_clear()
    running.stop()


@pytest.fixture
def contract(node: TestNode, transactional_db: None) -> ChainIdentity:
    """The contract, deployed on that node. The settlement needs real commits: transactional_db."""
    identity, _new = deploy(actor=ACTOR, now=timezone.now())
    return identity


@pytest.fixture
def drain(contract: ChainIdentity) -> Callable[[], None]:
    """Run the settlement's jobs until nothing is queued or in flight (or the lane has halted)."""
    return run_jobs


def run_jobs(*, seconds: float = 150) -> None:
    from chain.models import ChainOp, Lane  # noqa: PLC0415

    deadline = time.monotonic() + seconds
    for _round in itertools.count():
        build(now=timezone.now())
        broadcast(now=timezone.now())
        track(now=timezone.now())
        busy = ChainOp.objects.filter(status__in=["pending", "assigned"]).exists()
        if not busy or (Lane.objects.filter(halted_at__isnull=False).exists() and not ChainOp.objects.filter(status="assigned").exists()):
            return
        assert time.monotonic() < deadline, f"not settled after {seconds} s; waiting={waiting()}"
        time.sleep(0.05)


def process_environment(**extra: str) -> dict[str, str]:
    """What another process needs to work on this test's database and node."""
    from django.conf import settings  # noqa: PLC0415

    return os.environ | {name: str(getattr(settings, name)) for name in dir(settings) if name.startswith("CHAIN_")} | extra
