"""Killed at each numbered step, restored from a backup, cut off in mid-answer: the end is that of an undisturbed run."""

import http.client
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone

from backoffice.stack.postgres import create_database
from chain.client import accounts
from chain.enums import HaltReason
from chain.faults import Step
from chain.models import ChainIdentity, ChainOp, ChainTx, Lane
from chain.services import broadcast, build, replace, track, verify
from chain.tests.factories import address, create_asset, move, queue
from chain.tests.node import ACTOR, TestNode, process_environment, run_jobs
from chain.tests.worker import start_worker
from messaging.models import Alert

JOB_STEPS = [step for step in Step if step < Step.DEPLOY_STORED]
DEPLOY_STEPS = [step for step in Step if step >= Step.DEPLOY_STORED]


@pytest.mark.spec("CHN-03")
@pytest.mark.parametrize("step", JOB_STEPS, ids=lambda step: step.name.lower())
def test_killed_at_a_step(step: Step, contract: ChainIdentity, node: TestNode) -> None:
    create_asset()
    queue(move("", address(0), 100), *(move(address(0), address(1 + index), 1) for index in range(20)))
    worker = start_worker(crash_at=step)
    worker.join(timeout=60)
    assert worker.exitcode == -9, f"the worker never came to {step.name}"
    run_jobs()
    assert verify(quiet=True) == []
    assert accounts(1, [address(0), address(20)], int(node.call("eth_blockNumber"), 16)) == [(80, 0), (1, 0)]
    assert ChainTx.objects.count() == 2


@pytest.mark.spec("CHN-01", "CHN-03")
@pytest.mark.parametrize("step", DEPLOY_STEPS, ids=lambda step: step.name.lower())
def test_killed_while_deploying(step: Step, node: TestNode, transactional_db: None, settings: Any) -> None:
    command = [sys.executable, "manage.py", "deploy_contract"]

    def run(**extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=process_environment(**extra), cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)

    assert run(CRASH_AT=str(step.value)).returncode == -9
    again = run()
    assert again.returncode == 0, again.stderr
    assert "Deployed" in again.stdout
    assert "In use" in run().stdout
    assert ChainIdentity.objects.get().deploy_nonce == 0
    assert int(node.call("eth_getTransactionCount", ChainIdentity.objects.get().deployer, "latest"), 16) == 1


class CutOff(BaseHTTPRequestHandler):
    """Passes everything on; after the first raw transaction it closes the connection instead of answering."""

    port = 0
    cut = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        behind = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        behind.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = behind.getresponse().read()
        behind.close()
        if b"eth_sendRawTransaction" in body and not CutOff.cut:
            CutOff.cut += 1
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: Any) -> None:
        """Tests are silent."""


@pytest.fixture
def cut_off(node: TestNode) -> Iterator[str]:
    CutOff.port, CutOff.cut = node.port, 0
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), CutOff) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.spec("CHN-03")
def test_the_node_takes_it_and_the_answer_is_lost(contract: ChainIdentity, cut_off: str, settings: Any) -> None:
    settings.CHAIN_RPC_URL = cut_off
    create_asset()
    build(now=timezone.now())
    assert broadcast(now=timezone.now()) == 0
    assert CutOff.cut == 1
    assert ChainTx.objects.get().status == "prepared"
    run_jobs()
    assert verify(quiet=True) == []
    assert ChainTx.objects.count() == 1


def back_up(name: str) -> Callable[[], None]:
    """A copy of the test's database; the returned function puts it in its place, as a restore does."""
    database = connection.settings_dict["NAME"]
    connections.close_all()
    url = os.environ["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + "/postgres"

    def copy(source: str, target: str) -> None:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(target)))
            owner.execute(create_database(target, template=source))

    copy(database, name)

    def restore() -> None:
        connections.close_all()
        copy(name, database)
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(psycopg.sql.Identifier(name)))

    return restore


@pytest.mark.spec("CHN-03")
def test_a_restored_database_halts_and_never_gives_a_used_number(contract: ChainIdentity, node: TestNode) -> None:
    create_asset()
    queue(move("", address(0), 100))
    run_jobs()
    restore = back_up(f"test_backup_{os.getpid()}")
    queue(*(move(address(0), address(1), 1) for _ in range(5)))
    run_jobs()
    restore()
    (other,) = queue(move(address(0), address(2), 9))
    assert build(now=timezone.now()) == 0
    lane = Lane.objects.get()
    assert (lane.halt_reason, lane.next_sequence) == (HaltReason.CHAIN_AHEAD, 3)
    assert "stands at operation 7" in Alert.objects.get(kind="chain.halted").message
    track(now=timezone.now())
    assert ChainOp.objects.get(pk=other.pk).sequence is None
    assert verify() != []
    # What the lost operations did is given up with their contract: the ledger is replayed into a new one.
    replace(actor=ACTOR, now=timezone.now())
    run_jobs()
    assert verify(quiet=True) == []
    assert accounts(1, [address(0), address(1), address(2)], int(node.call("eth_blockNumber"), 16)) == [(91, 0), (0, 0), (9, 0)]


@pytest.mark.spec("CHN-03")
def test_a_number_used_for_something_else_is_never_called_settled(contract: ChainIdentity, node: TestNode) -> None:
    """A backup so fresh that the numbers fit again before anybody looked: the refs tell."""
    create_asset()
    queue(move("", address(0), 100))
    run_jobs()
    restore = back_up(f"test_backup_{os.getpid()}")
    queue(move(address(0), address(1), 5))
    build(now=timezone.now())  # stored, not sent
    lost = ChainTx.objects.get(status="prepared")
    restore()
    queue(move(address(0), address(2), 9))
    build(now=timezone.now())
    node.call("eth_sendRawTransaction", "0x" + bytes(lost.raw).hex())
    for _round in range(3):
        broadcast(now=timezone.now())
        track(now=timezone.now())
        build(now=timezone.now())
    assert Lane.objects.get().halt_reason in (HaltReason.MISMATCH, HaltReason.CHAIN_AHEAD)
    assert not ChainOp.objects.filter(destination=address(2), status="settled").exists()
