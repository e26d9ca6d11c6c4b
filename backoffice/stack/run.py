"""`make run`: everything on this machine, or each part where the environment says it is (OPS-01).

PORT, HOST, DATA_DIR, DATABASE_URL with DATABASE_OWNER_URL, REDIS_URL and CHAIN_RPC_URL replace the embedded parts;
DEMO=0 leaves out the demo data.
"""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from types import FrameType
from urllib.parse import urlsplit

import psycopg

from backoffice.stack import anvil, preflight
from backoffice.stack.environment import BASE_DIR, PLACEHOLDER_ACCOUNTS, Stack, data_directory, stack
from backoffice.stack.supervise import MARKER, Program, Supervisor, last_line, stop_leftovers, wait

READY_SECONDS = 300
WEB_STATEMENT_TIMEOUT = "10s"
# What the settlement worker alone may know (CHN-06); taken out of everybody else's environment.
KEYS = ("CHAIN_OPERATOR_KEY", "CHAIN_OPERATOR_KEYSTORE", "CHAIN_OPERATOR_PASSPHRASE_FILE")
OWNER_KEY = "CHAIN_OWNER_KEY"  # for deploying alone
SIMULATED = {"SHUFTI": 150, "SUMSUB": 151, "SMS": 152}  # their ports, counted from ours
CREDENTIALS = {"SHUFTI": "SHUFTI_CLIENT_ID", "SUMSUB": "SUMSUB_APP_TOKEN", "SMS": "SMS_KEY"}
KEPT = (
    "CHAIN_RPC_URL",
    "HASHED_STATIC",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "DEMO",
    "SHUFTI_URL",
    "SHUFTI_CLIENT_ID",
    "SUMSUB_URL",
    "SUMSUB_APP_TOKEN",
    *PLACEHOLDER_ACCOUNTS,
)  # for a Django command beside the running stack


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


def run() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_request)
    directory = data_directory()
    try:
        with preflight.lock(directory):
            return Run(stack()).run()
    except Stopped:
        return 0
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise SystemExit(f"The disk of {directory} is full: make room, or set DATA_DIR to another disk.") from None
        raise


def stop_request(number: int, frame: FrameType | None) -> None:
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)  # an impatient second one must not break the ordered stop
    raise Stopped


class Run:
    def __init__(self, here: Stack) -> None:
        self.here = here
        self.directory = here.directory
        self.port = int(os.environ.get("PORT") or 8000)
        self.host = os.environ.get("HOST") or "127.0.0.1"
        self.demo = os.environ.get("DEMO", "1") not in ("", "0", "false", "no")
        self.own_database = not os.environ.get("DATABASE_URL")
        self.own_broker = not os.environ.get("REDIS_URL")
        self.own_chain = not os.environ.get("CHAIN_RPC_URL")
        self.chain_state = self.directory / "chain" / "anvil.json"
        self.base_url = os.environ.get("BASE_URL") or f"http://localhost:{self.port}"

    # --- the way up --------------------------------------------------------------------------------------------------

    def run(self) -> int:
        started = time.monotonic()
        allowed_hosts = os.environ.get("ALLOWED_HOSTS") or "localhost,127.0.0.1,[::1]"
        if self.demo:
            preflight.check_demo(self.base_url, allowed_hosts)
        if not self.own_database and not os.environ.get("DATABASE_OWNER_URL"):
            raise SystemExit("DATABASE_URL is set, DATABASE_OWNER_URL is not: migrations need the owner's role (docs/operations.md).")
        preflight.check_disk(self.directory)
        if left := stop_leftovers(self.directory):
            say(f"Ended {left} processes that an earlier run left behind.")
        preflight.check_port(self.host, self.port)
        if not self.own_database:
            for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
                preflight.check_database(name, os.environ[name])
        if not self.own_broker:
            preflight.check_broker(os.environ["REDIS_URL"])
        node_port = self.prepare_chain()
        # In the demo verification providers and the one for SMS are simulated, each unless the environment names the real one.
        simulated = [name for name in SIMULATED if self.demo and not os.environ.get(f"{name}_URL")]
        self.simulated = {name: near(self.port + SIMULATED[name]) for name in simulated}
        self.environment = self.make_environment(allowed_hosts, node_port)
        if self.own_database:
            self.here.postgres.initialise()
        supervisor = Supervisor(self.directory, self.here.postgres.socket_directory / "supervisor.sock", self.programs(node_port))
        try:
            say("Starting …")
            supervisor.start(without(self.environment, *KEYS, OWNER_KEY))
            self.wait_for_services(supervisor, node_port)
            self.set_up()
            (self.directory / "run.json").write_text(
                json.dumps({name: self.environment[name] for name in KEPT if name in self.environment})
            )
            supervisor.start_app()
            self.wait_until_ready(supervisor)
            self.greet(time.monotonic() - started)
            while True:
                time.sleep(1)
                if reason := supervisor.failed():
                    raise SystemExit(f"It has to stop: {reason}")
        except Stopped:
            say("\nStopping …")
            return 0
        finally:
            supervisor.stop()
            say("Stopped; the data is kept.")

    def prepare_chain(self) -> int:
        """The embedded node's port, its binary and a state file that it can read."""
        if not self.own_chain:
            return 0
        self.anvil = anvil.binary(data_directory("node"))
        self.chain_state.parent.mkdir(parents=True, exist_ok=True)
        if self.chain_state.exists() and not anvil.readable(self.chain_state):
            self.chain_state.replace(self.chain_state.with_suffix(".torn"))
            say("The chain's state was torn by a kill: it starts empty and is rebuilt from the ledger.")
        return anvil.free_port()

    def make_environment(self, allowed_hosts: str, node_port: int) -> dict[str, str]:
        environment = self.here.environment() | {
            **(PLACEHOLDER_ACCOUNTS if self.demo else dict.fromkeys(PLACEHOLDER_ACCOUNTS, "")),
            "CHAIN_RPC_URL": f"http://127.0.0.1:{node_port}",
            "DEMO": "1" if self.demo else "0",
            "BASE_URL": self.base_url,
            "ALLOWED_HOSTS": allowed_hosts,
            "HASHED_STATIC": "1",
            "PROMETHEUS_MULTIPROC_DIR": str(self.directory / "metrics"),
            "PYTHONUNBUFFERED": "1",
        }
        for name, port in self.simulated.items():
            environment |= {f"{name}_URL": f"http://127.0.0.1:{port}", CREDENTIALS[name]: "demo"}
        given = {name: value for name, value in os.environ.items() if value}
        return environment | given | {"DATA_DIR": str(self.directory), MARKER: str(self.directory)}

    def programs(self, node_port: int) -> list[Program]:
        python = sys.executable
        worker = [python, "-m", "celery", "-A", "backoffice", "worker", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        schedule = str(self.directory / "beat-schedule")
        bind = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        gunicorn = [python, "-m", "gunicorn", "backoffice.wsgi", "--config", "python:backoffice.gunicorn", "--bind", bind]
        keys = {name: self.environment[name] for name in KEYS if self.environment.get(name)}
        services = [
            Program("postgres", self.here.postgres.command(), "services", "INT", 60) if self.own_database else None,
            Program("valkey", self.here.valkey.command(), "services") if self.own_broker else None,
            Program("node", anvil.command(self.anvil, port=node_port, state=self.chain_state), "services") if self.own_chain else None,
        ]
        return [
            *(program for program in services if program),
            *self.simulators(),
            Program("web", gunicorn, environment={"STATEMENT_TIMEOUT": os.environ.get("STATEMENT_TIMEOUT") or WEB_STATEMENT_TIMEOUT}),
            Program("worker", [*worker, "-Q", "default", "--concurrency", "2", "-n", "default@%h"]),
            Program("settlement", [*worker, "-Q", "settlement", "--concurrency", "1", "-n", "settlement@%h"], environment=keys),
            Program(
                "beat", [python, "-m", "celery", "-A", "backoffice", "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "INFO"]
            ),
        ]

    def simulators(self) -> list[Program]:
        """The simulated providers: they know what is theirs by their arguments, and call us back at our own address."""
        values, arguments = self.here.values, dict[str, list[str]]()
        arguments["SHUFTI"] = ["--secret", values["SHUFTI_SECRET"], "--domain", urlsplit(self.base_url).hostname or "localhost"]
        hook = f"{self.base_url.rstrip('/')}/hooks/kyc/sumsub/"
        arguments["SUMSUB"] = ["--secret", values["SUMSUB_SECRET"], "--hook-url", hook, "--hook-secret", values["SUMSUB_HOOK_SECRET"]]
        arguments["SMS"] = ["--key", "demo"]
        return [
            Program(
                name.lower(),
                [
                    sys.executable, "-m", f"simulators.{name.lower()}", "--port", str(port),
                    "--state", str(self.directory / f"{name.lower()}.json"), *arguments[name],
                ],
            )
            for name, port in self.simulated.items()
        ]  # fmt: skip

    def wait_for_services(self, supervisor: Supervisor, node_port: int) -> None:
        if self.own_database:
            wait(self.database_answers, "PostgreSQL", seconds=60, supervisor=supervisor)
            self.here.postgres.ensure_roles()
            if self.demo and (self.directory / "demo.started").exists():
                say("The demo data was interrupted half-way: beginning again with an empty database.")
                self.here.postgres.drop_database("backoffice")
                (self.directory / "demo.started").unlink()
            self.here.postgres.ensure_database("backoffice")
        if self.own_broker:
            wait(self.here.valkey.socket.exists, "Valkey", seconds=20, supervisor=supervisor)
        if self.own_chain:
            wait(lambda: anvil.listens(node_port), "the development node", seconds=20, supervisor=supervisor)
            anvil.set_clock(node_port)

    def database_answers(self) -> bool:
        try:
            psycopg.connect(self.here.postgres.url("postgres", "postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def set_up(self) -> None:
        """Migrations with grants, default profiles, static files, the contract, and once the demo data. Each does only what is missing."""
        self.manage("prepare", quiet=False)
        self.collect_static()
        metrics = self.directory / "metrics"
        metrics.mkdir(exist_ok=True)
        for old in metrics.glob("*.db"):
            old.unlink()
        if self.demo and not (self.own_database and (self.directory / "demo.env").exists()):
            self.manage("demo", quiet=False)

    def collect_static(self) -> None:
        """Only where a file is new or changed: hashing and compressing all of them costs seconds."""
        state = static_state()
        stamp = self.directory / "static.state"
        if not stamp.exists() or stamp.read_text() != state:
            self.manage("collectstatic", "--noinput", "--clear", "--verbosity=0")
            stamp.write_text(state)

    def manage(self, *arguments: str, quiet: bool = True) -> None:
        """A Django command with the owner's credentials. Everything it says goes to var/log/setup.log, and what it says to
        people (no log lines) is shown unless `quiet`; of an error the last line is."""
        log = self.directory / "log" / "setup.log"
        with log.open("a") as kept:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=BASE_DIR, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            assert process.stdout
            for line in process.stdout:
                kept.write(line)
                quiet = quiet or line.startswith("Traceback")
                if not quiet and not line.startswith(("{", " ")):
                    say(line.rstrip())
        if process.wait():
            raise SystemExit(f"It can't start: {arguments[0]} failed: {last_line(log)} (more in {log})")

    def wait_until_ready(self, supervisor: Supervisor) -> None:
        state: dict[str, str] = {}

        def ready() -> bool:
            state.clear()
            state.update(health(self.host, self.port))
            return bool(state) and all(value == "ok" for value in state.values())

        try:
            wait(ready, "the health page", seconds=READY_SECONDS, supervisor=supervisor)
        except SystemExit as error:
            waiting = ", ".join(f"{name}: {value}" for name, value in state.items() if value != "ok")
            raise SystemExit(f"{error} {waiting}".strip()) from None

    def greet(self, seconds: float) -> None:
        say(f"Ready after {seconds:.0f} seconds: {self.base_url}")
        demo = self.directory / "demo.env"
        if self.demo and demo.exists():
            values = dict(line.split("=", 1) for line in demo.read_text().splitlines() if "=" in line)
            for name in values:
                if name.endswith("_EMAIL") and (password := values.get(f"{name[:-6]}_PASSWORD")):
                    say(f"  {name[:-6].lower().replace('_', ' '):<28} {values[name]:<36} {password}")
            for name, port in self.simulated.items():
                say(f"  {f'{name.lower()} (simulator)':<28} http://127.0.0.1:{port}")
            say(f"  TOTP secrets and the API key of the channel are in {demo}")
        say(f"Logs are in {self.directory / 'log'}. Ctrl-C stops everything.")


# --- small things ----------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, flush=True)


def near(port: int) -> int:
    """This port, so that links last over restarts, or any other where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return anvil.free_port()
    return port


def without(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}


def static_state() -> str:
    files = sorted(path for path in [*BASE_DIR.glob("static/**/*"), *BASE_DIR.glob("*/static/**/*")] if path.is_file())
    return "\n".join(f"{path.relative_to(BASE_DIR)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)


def health(host: str, port: int) -> dict[str, str]:
    """What /healthz/ready says, part by part; empty where nothing answers yet."""
    address = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared with, not bound
    netloc = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    request = urllib.request.Request(f"http://{netloc}/healthz/ready", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return dict(json.load(answer)["parts"])
    except urllib.error.HTTPError as error:
        try:
            return dict(json.load(error)["parts"])
        except (ValueError, KeyError):
            return {"web": f"answers {error.code}"}
    except (OSError, ValueError):
        return {}
