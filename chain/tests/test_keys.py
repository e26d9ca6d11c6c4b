"""Keys, deployment, the demo's rebuilding, anchors, health: what stands around the settlement (CHN-01, CHN-06)."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils import timezone
from eth_account import Account

from audit.models import AuditAnchor, AuditEvent
from chain import abi, signer
from chain.models import ChainIdentity, ChainOp, Lane
from chain.services import deploy, track, verify
from chain.services.anchors import anchor_due, anchors_on_chain, store_confirmed_anchors
from chain.services.health import backlog, node_health
from chain.signer import LocalSigner, SignerMisconfigured, operator, sign_checked
from chain.tasks import broadcast as broadcast_task
from chain.tasks import build as build_task
from chain.tasks import track as track_task
from chain.tests.factories import address, create_asset, move, queue
from chain.tests.node import ACTOR, TestNode, process_environment, run_jobs
from messaging.models import Alert

# The first of the ten accounts that every development node has.
KNOWN_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
TRANSACTION = {"type": 2, "chainId": 5, "nonce": 3, "to": address(1), "value": 0, "gas": 21_000, "maxFeePerGas": 2, "maxPriorityFeePerGas": 1, "data": b""}  # fmt: skip


@pytest.fixture(autouse=True)
def no_cached_signer() -> Any:
    operator.cache_clear()
    yield
    operator.cache_clear()


@pytest.mark.spec("CHN-06")
def test_a_key_that_everybody_knows_signs_in_the_demo_alone(settings: Any) -> None:
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(SignerMisconfigured, match="known to everybody") as refusal:
        LocalSigner(KNOWN_KEY)
    assert KNOWN_KEY[2:] not in str(refusal.value)
    settings.DEMO = True
    assert LocalSigner(KNOWN_KEY).address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@pytest.mark.spec("CHN-06")
def test_the_keystore(settings: Any, tmp_path: Path) -> None:
    key = secrets.token_hex(32)
    keystore, passphrase = tmp_path / "keystore.json", tmp_path / "passphrase"
    keystore.write_text(json.dumps(Account.encrypt(key, "a long passphrase", kdf="pbkdf2", iterations=1000)))
    passphrase.write_text("a long passphrase\n")
    settings.CHAIN_OPERATOR_KEYSTORE, settings.CHAIN_OPERATOR_PASSPHRASE_FILE = str(keystore), str(passphrase)
    assert operator().address == Account.from_key(key).address
    operator.cache_clear()
    passphrase.write_text("another")
    with pytest.raises(SignerMisconfigured, match="can't be opened"):
        operator()
    settings.CHAIN_OPERATOR_PASSPHRASE_FILE = str(tmp_path / "missing")
    with pytest.raises(SignerMisconfigured, match="can't be read"):
        operator()
    settings.CHAIN_OPERATOR_KEYSTORE = settings.CHAIN_OPERATOR_KEY = ""
    with pytest.raises(SignerMisconfigured, match="set CHAIN_OPERATOR_KEYSTORE"):
        operator()


@pytest.mark.spec("CHN-06")
@pytest.mark.parametrize("key", ["0x00", "nonsense", "ff" * 32])
def test_a_wrong_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SignerMisconfigured) as refusal:
        LocalSigner(key)
    assert key not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.spec("CHN-06")
def test_no_key_in_what_is_printed() -> None:
    key = secrets.token_hex(32)
    assert key not in repr(LocalSigner(key))
    assert key not in str(vars(LocalSigner(key)))


class Wrong:
    """An external signer that does something else than asked."""

    def __init__(self, key: str, **changes: Any) -> None:
        self.inside, self.changes, self.address = LocalSigner(key), changes, changes.pop("address", LocalSigner(key).address)

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        return self.inside.sign(transaction | self.changes)


@pytest.mark.spec("CHN-06")
@pytest.mark.parametrize("changes", [{"nonce": 4}, {"chainId": 1}, {"address": address(9)}])
def test_whatever_signs_is_checked(changes: dict[str, Any]) -> None:
    with pytest.raises(SignerMisconfigured):
        sign_checked(Wrong(secrets.token_hex(32), **dict(changes)), TRANSACTION)
    raw, digest = sign_checked(LocalSigner(secrets.token_hex(32)), TRANSACTION)
    assert digest.startswith("0x")
    assert raw[0] == 2


@pytest.mark.spec("CHN-06")
def test_another_operator_takes_over_a_drained_lane(contract: ChainIdentity, node: TestNode, settings: Any) -> None:
    create_asset()
    run_jobs()
    old = operator().address
    settings.CHAIN_OPERATOR_KEY = secrets.token_hex(32)
    operator.cache_clear()
    queue(move("", address(0), 5))
    with pytest.raises(CommandError, match="not an operator"):
        call_command("deploy_contract")
    owner = Account.from_key(settings.CHAIN_OWNER_KEY)
    node.fund(owner.address)
    node.fund(operator().address)
    appoint = {"type": 2, "chainId": 31337, "nonce": 0, "to": contract.contract, "value": 0, "gas": 100_000, "maxFeePerGas": 10**11,
               "maxPriorityFeePerGas": 1, "data": abi.call("set_operator", operator().address, True)}  # fmt: skip
    node.call("eth_sendRawTransaction", owner.sign_transaction(appoint).raw_transaction.to_0x_hex())
    call_command("deploy_contract")
    run_jobs()
    assert verify(quiet=True) == []
    assert Lane.objects.get().signer == operator().address != old
    assert AuditEvent.objects.filter(action="chain.operator_changed").count() == 1


@pytest.mark.spec("CHN-01")
def test_a_lost_chain_of_the_demo_is_rebuilt_and_says_so(contract: ChainIdentity, node: TestNode, settings: Any) -> None:
    create_asset()
    queue(move("", address(0), 50), *(move(address(0), address(1), 1) for _ in range(4)))
    run_jobs()
    node.kill()
    node.start()  # without its state: another genesis block
    track_task()
    assert ChainIdentity.objects.get(status="active") == contract  # elsewhere it never happens by itself
    assert Lane.objects.get().halt_reason == "wrong_chain"
    settings.DEMO = True
    track_task()
    run_jobs()
    assert verify(quiet=True) == []
    assert ChainIdentity.objects.get(status="active") != contract
    assert Alert.objects.filter(kind="chain.rebuilt").exists()
    assert list(ChainOp.objects.order_by("id").values_list("sequence", flat=True)) == [1, 2, 3, 4, 5, 6]
    node.kill()
    node.start()
    call_command("deploy_contract")  # the same at start-up, before any worker runs
    run_jobs()
    assert verify(quiet=True) == []


@pytest.mark.spec("CHN-01")
def test_rebuilding_by_hand_asks_twice(contract: ChainIdentity) -> None:
    create_asset()
    queue(move("", address(0), 50))
    run_jobs()
    with pytest.raises(CommandError, match="--replace-contract"):
        call_command("rebuild_chain")
    call_command("rebuild_chain", "--replace-contract")
    assert ChainIdentity.objects.get(status="active") != contract
    run_jobs()
    assert verify(quiet=True) == []


@pytest.mark.spec("CHN-01")
def test_without_funds_or_owner_nothing_is_deployed(node: TestNode, transactional_db: None, settings: Any) -> None:
    node.call("anvil_setBalance", operator().address, "0x0")
    with pytest.raises(CommandError, match="no funds"):
        call_command("deploy_contract")
    settings.CHAIN_OWNER_KEY = settings.CHAIN_OWNER_ADDRESS = ""
    ChainIdentity.objects.all().delete()
    with pytest.raises(CommandError, match="CHAIN_OWNER_ADDRESS"):
        call_command("deploy_contract")
    assert not Lane.objects.exists()


@pytest.mark.spec("AUD-04", "AUD-05")
def test_the_daily_digest_is_anchored_once(contract: ChainIdentity, drain: Callable[[], None]) -> None:
    now = timezone.now()
    for _twice in range(2):
        anchor_due(now=now)
    drain()
    assert store_confirmed_anchors(now=now) == 1
    assert store_confirmed_anchors(now=now) == 0
    anchor = AuditAnchor.objects.select_related("digest").get()
    assert anchor.digest.day == (now - timedelta(days=1)).date()
    assert anchors_on_chain() == {anchor.digest.day: bytes(anchor.digest.digest)}
    assert verify(quiet=True) == []
    call_command("verify_audit")


@pytest.mark.spec("OPS-02")
@pytest.mark.django_db(transaction=True)
def test_health_before_anything_is_deployed(settings: Any) -> None:
    settings.CHAIN_RPC_URL = "http://127.0.0.1:1"
    assert "deploy_contract" in node_health()


@pytest.mark.spec("OPS-02", "CHN-05")
def test_health_says_what_is_wrong(contract: ChainIdentity, node: TestNode) -> None:
    assert "not been seen" in node_health()
    track(now=timezone.now())
    assert node_health() == ""
    track(now=timezone.now() - timedelta(minutes=5))
    assert "last seen" in node_health()
    assert backlog() == (0, 0.0)
    create_asset()
    rows, age = backlog()
    assert (rows, age > 0) == (1, True)
    node.kill()
    node.start()
    track(now=timezone.now())
    assert "halted" in node_health()


@pytest.mark.spec("CHN-02", "CHN-03")
def test_a_celery_worker_settles_and_an_emptied_broker_loses_nothing(contract: ChainIdentity, settings: Any) -> None:
    """The real worker on its own queue: the kick after commit wakes it; where it is lost with the broker's data, beat's next messages
    do the work."""
    command = [sys.executable, "-m", "celery", "-A", "backoffice", "worker", "-Q", "settlement", "--concurrency", "1", "--without-gossip",
               "--without-mingle", "-n", f"chain-{os.getpid()}@%h"]  # fmt: skip
    worker = subprocess.Popen(
        command,
        env=process_environment(),
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    try:
        create_asset()
        sent = none_left(ChainOp.objects.filter(chain_tx=None), seconds=60)
        assert sent, "the kick did not wake the worker"
        beat_until_settled()
        queue(move("", address(0), 10))  # no kick at all: as if the broker had lost it
        beat_until_settled()
        assert verify(quiet=True) == []
    finally:
        worker.kill()
        worker.wait()


def beat_until_settled() -> None:
    """Send what beat sends, as often: one message of each may come before the node has mined, and the next does it."""
    for _beat in range(30):
        for task in (build_task, broadcast_task, track_task):
            task.apply_async(expires=5)
        if none_left(ChainOp.objects.exclude(status="settled"), seconds=2):
            return


def none_left(rows: QuerySet[ChainOp], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not rows.all().exists():
            return True
        time.sleep(0.2)
    return False


@pytest.mark.spec("CHN-01")
def test_deploying_twice_changes_nothing(contract: ChainIdentity) -> None:
    assert deploy(actor=ACTOR, now=timezone.now()) == (contract, False)
    assert signer.operator().address == Lane.objects.get().signer
