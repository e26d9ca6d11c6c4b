"""The bench: ours and the limit measured alternately in one run, so that a busy machine slows both (performance.md is why).

A part is a function in `bench/<part>.py` that says what it measures:

    @bench("ledger")
    def ledger(run: Run) -> None:
        with run.database("ledger", fill) as owner:          # own database, filled once by COPY as the owner
            run.race("one transfer, 4 clients",
                     ours=lambda: run.processes(transfers, clients=4),
                     limit=lambda: run.pgbench(clients=4), at_least=0.4)
            run.verify()

Every figure of a race is a throughput (per second) or, with `unit="ms"` and the like, a cost. The ratio ours : limit is
taken round by round; the table shows medians with the smallest and largest value, and says where a bound is missed.
"""

import contextlib
import hashlib
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import psycopg.sql
from django.conf import settings
from django.db import connection, connections

from backoffice.stack import anvil
from backoffice.stack.environment import BASE_DIR, Stack
from backoffice.stack.postgres import BIN, create_database

PGBENCH_SCALE = 50
Step = Callable[[], int | None]  # does one unit of work; returns how many units it was (None: one)
Prepare = Callable[[int], Step]  # the worker's number -> its step; runs in the worker, before the clock
Part = Callable[["Run"], None]
T = TypeVar("T")
PARTS: dict[str, Part] = {}


def bench(name: str) -> Callable[[Part], Part]:
    """Register a part of the bench under the name that `python -m bench <name>` takes."""

    def register(part: Part) -> Part:
        PARTS[name] = part
        return part

    return register


@dataclass(frozen=True)
class Figures:
    """The values of one contender, in the order of the rounds."""

    values: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return number(self.median)
        return f"{number(self.median)} ({number(min(self.values))}-{number(max(self.values))})"


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True)
class Result:
    """One line of the table. `limit` is None for a figure that is reported or bounded as it is."""

    part: str
    name: str
    unit: str
    ours: list[float]
    limit: list[float] | None
    limit_name: str
    at_least: float | None
    at_most: float | None

    @property
    def judged(self) -> list[float]:
        """What the bound is about: the ratio of each round, or the figure itself."""
        return self.ours if self.limit is None else [own / other for own, other in zip(self.ours, self.limit, strict=True)]

    @property
    def bound(self) -> str:
        sides = [f">= {self.at_least:g}" if self.at_least is not None else "", f"<= {self.at_most:g}" if self.at_most is not None else ""]
        return " ".join(side for side in sides if side)

    @property
    def verdict(self) -> str:
        if not self.bound:
            return "reported"
        value = statistics.median(self.judged)
        return "MISSED" if value < (self.at_least or 0) or (self.at_most is not None and value > self.at_most) else "kept"


@dataclass
class Run:
    """What a part works with: databases, contenders, races."""

    stack: Stack
    quick: bool
    anvil_binary: Path
    part: str = ""
    results: list[Result] = field(default_factory=list)

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 7

    @property
    def seconds(self) -> float:
        return 1.0 if self.quick else 5.0

    # --- races ---------------------------------------------------------------------------------------------------

    def race(
        self,
        name: str,
        *,
        ours: Callable[[], float],
        limit: Callable[[], float],
        limit_name: str = "pgbench TPC-B",
        unit: str = "/s",
        at_least: float | None = None,
        at_most: float | None = None,
        rounds: int | None = None,
    ) -> Result:
        """Measure both contenders in turn, `rounds` times (changing who comes first), and note the ratio ours : limit."""
        contenders: dict[str, Callable[[], float]] = {"ours": ours, "limit": limit}
        values = self.alternate(contenders, rounds=rounds)
        return self.note(
            name, ours=values["ours"], limit=values["limit"], limit_name=limit_name, unit=unit, at_least=at_least, at_most=at_most
        )

    def alternate(self, contenders: Mapping[str, Callable[[], T]], *, rounds: int | None = None) -> dict[str, list[T]]:
        """Each contender once per round, the order turned round every time."""
        values: dict[str, list[T]] = {name: [] for name in contenders}
        for turn in range(rounds or self.rounds):
            for name in sorted(contenders, key=list(contenders).index, reverse=bool(turn % 2)):
                values[name].append(contenders[name]())
        return values

    def note(
        self,
        name: str,
        *,
        ours: list[float],
        limit: list[float] | None = None,
        limit_name: str = "",
        unit: str = "/s",
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> Result:
        """Put a line into the table, from figures measured by the part itself."""
        result = Result(self.part, name, unit, ours, limit, limit_name, at_least, at_most)
        self.results.append(result)
        print(line(result), flush=True)
        return result

    # --- contenders ----------------------------------------------------------------------------------------------

    def processes(self, prepare: Prepare, *, clients: int, seconds: float | None = None) -> float:
        """Units a second of `clients` processes, each through Django's own connection to the current database.

        `prepare(worker)` runs in each process before the clock starts and returns the step that is then repeated.
        A step that raises ends the bench: a refused transfer is not a fast one.
        """
        connections.close_all()  # a connection must not be shared across the fork
        context = multiprocessing.get_context("fork")
        barrier = context.Barrier(clients)
        ends = []
        for worker in range(clients):
            here, there = context.Pipe(duplex=False)
            process = context.Process(target=repeat, args=(prepare, worker, barrier, seconds or self.seconds, there))
            process.start()
            there.close()
            ends.append((process, here))
        rate = 0.0
        failures = []
        for process, here in ends:
            try:
                count, elapsed, failure = here.recv()
            except EOFError:
                count, elapsed, failure = 0, 1.0, "the process died"
            process.join()
            rate += count / elapsed
            if failure:
                failures.append(failure)
        if failures:
            raise RuntimeError(f"{len(failures)} of {clients} bench processes failed, first with: {failures[0]}")
        return rate

    def pgbench(self, *, clients: int, seconds: float | None = None) -> float:
        """Transactions a second of pgbench's TPC-B (prepared, scale 50) on the same server over the same socket."""
        self._ensure_pgbench()
        arguments = [
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            str(min(clients, 2)),
            "-T",
            str(max(1, round(seconds or self.seconds))),
        ]
        output = self._pgbench(*arguments)
        found = re.search(r"tps = ([0-9.]+)", output)
        if not found:
            raise RuntimeError(f"pgbench said no figure:\n{output}")
        return float(found[1])

    def _ensure_pgbench(self) -> None:
        with self._admin() as owner:
            if owner.execute("SELECT 1 FROM pg_database WHERE datname = 'pgbench'").fetchone():
                return
            owner.execute("DROP DATABASE IF EXISTS draft_pgbench WITH (FORCE)")
            owner.execute(create_database("draft_pgbench"))
            self._pgbench("-i", "-q", "-s", str(PGBENCH_SCALE), database="draft_pgbench")
            owner.execute("ALTER DATABASE draft_pgbench RENAME TO pgbench")

    def _pgbench(self, *arguments: str, database: str = "pgbench") -> str:
        postgres = self.stack.postgres
        result = subprocess.run(
            [str(BIN / "pgbench"), "-h", str(postgres.socket_directory), "-U", "owner", *arguments, database],
            env=os.environ | {"PGPASSWORD": postgres.passwords["owner"]},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise RuntimeError(f"pgbench failed:\n{result.stderr}")
        return result.stdout

    # --- databases -----------------------------------------------------------------------------------------------

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.stack.postgres.url("owner", "postgres"), autocommit=True)

    @contextlib.contextmanager
    def database(self, name: str, fill: Callable[[psycopg.Connection], None], *, keep: bool = False) -> Iterator[psycopg.Connection]:
        """A migrated database of its own, filled by `fill(owner connection)`; Django's connection points at it in the block.

        Made anew every time, unless `keep` (for what only reads): then it is reused while neither a migration nor its filler changes.
        """
        target = self.filled(name, fill, keep=keep)
        self.point_django_at(target)
        with psycopg.connect(self.stack.postgres.url("owner", target), autocommit=True) as owner:
            yield owner
        connections.close_all()

    def filled(self, name: str, fill: Callable[[psycopg.Connection], None], *, keep: bool = False) -> str:
        """The name of such a database, made where it isn't there."""
        target = f"bench_{name}_{state_of(Path(fill.__code__.co_filename))}"

        def make(draft: str, admin: psycopg.Connection) -> None:
            admin.execute(create_database(draft, template=self._migrated()))
            with psycopg.connect(self.stack.postgres.url("owner", draft)) as owner:
                fill(owner)
                owner.commit()
                owner.autocommit = True
                owner.execute("VACUUM ANALYZE")

        self._make(target, make, keep=keep)
        return target

    def _migrated(self) -> str:
        """The empty database that all others are cloned from: migrating takes longer than most fillers."""
        target = f"bench_migrated_{state_of()}"

        def make(draft: str, admin: psycopg.Connection) -> None:
            admin.execute(create_database(draft))
            manage(["migrate", "--verbosity=0"], self.stack.environment(database=draft))

        self._make(target, make, keep=True)
        return target

    def _make(self, target: str, make: Callable[[str, psycopg.Connection], None], *, keep: bool) -> None:
        """Under another name until it is whole; what other versions and interrupted runs left behind goes."""
        name = target.rpartition("_")[0]
        with self._admin() as admin:
            for (found,) in admin.execute(
                "SELECT datname FROM pg_database WHERE datname ~ %s", [f"^(draft_)?{name}_[0-9a-f]{{12}}$"]
            ).fetchall():
                if found == target and keep:
                    return
                admin.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(found)))
            make(f"draft_{target}", admin)
            names = psycopg.sql.Identifier(f"draft_{target}"), psycopg.sql.Identifier(target)
            admin.execute(psycopg.sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))

    def point_django_at(self, database: str) -> None:
        connections.close_all()
        environment = self.stack.environment(database=database)
        os.environ |= environment
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database
        settings.DATABASE_OWNER_URL = environment["DATABASE_OWNER_URL"]

    def verify(self) -> None:
        """`manage.py verify` on the current database: a bench that breaks the books proves nothing."""
        manage(["verify"], dict(os.environ))

    # --- the chain -----------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def node(self, *, block_time: int | None = None) -> Iterator[str]:
        """A development node for the time of the block: its URL. Automine, or a block every `block_time` seconds."""
        port = anvil.free_port()
        process = subprocess.Popen(anvil.command(self.anvil_binary, port=port, block_time=block_time), stdin=subprocess.DEVNULL)
        try:
            anvil.wait(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def repeat(prepare: Prepare, worker: int, barrier: Any, seconds: float, report: Connection) -> None:
    """The life of one bench process: prepare, wait for the others, repeat the step until time is up."""
    count, failure, started = 0, "", time.perf_counter()
    try:
        step = prepare(worker)
        barrier.wait(timeout=300)
        started = time.perf_counter()
        deadline = started + seconds
        while time.perf_counter() < deadline:
            done = step()
            count += 1 if done is None else done
    except Exception as error:  # whatever it was is told to the parent, which raises it
        failure = f"{type(error).__name__}: {error}"
        barrier.abort()
    report.send((count, max(time.perf_counter() - started, 1e-9), failure))
    report.close()
    connections.close_all()


def manage(arguments: list[str], environment: Mapping[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=BASE_DIR, env=os.environ | dict(environment), check=True)


def state_of(*sources: Path) -> str:
    """What a database depends on: the migrations, their SQL, and the module of its filler."""
    digest = hashlib.sha256()
    for path in sorted([*BASE_DIR.glob("*/migrations/**/*.py"), *BASE_DIR.glob("*/sql/*.sql"), *sources]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


# --- the report --------------------------------------------------------------------------------------------------

HEADER = f"{'part':<11}{'what':<44}{'ours':>26}{'limit':>26}  {'ratio':<24}{'bound':<9}{'':<9}"


def line(result: Result) -> str:
    ours, unit = Figures(result.ours), result.unit
    limit = f"{Figures(result.limit)} {unit}" if result.limit is not None else "-"
    ratio = str(Figures(result.judged)) if result.limit is not None else "-"
    return f"{result.part:<11}{result.name:<44}{f'{ours} {unit}':>26}{limit:>26}  {ratio:<24}{result.bound:<9}{result.verdict:<9}"


def table(results: list[Result]) -> str:
    rows = [HEADER, "-" * len(HEADER), *(line(result) for result in results)]
    missed = [result for result in results if result.verdict == "MISSED"]
    rows.append(f"{len(missed)} of {len([one for one in results if one.bound])} bounds missed." if missed else "Every bound is kept.")
    return "\n".join(rows)


def took_before(path: Path, *, quick: bool, parts: list[str]) -> float | None:
    """Seconds of the last run of the same length and parts."""
    before = json.loads(path.read_text()) if path.exists() else {}
    return before["took_seconds"] if (before.get("quick"), before.get("parts")) == (quick, parts) else None


def write(results: list[Result], path: Path, *, quick: bool, parts: list[str], seconds: float) -> None:
    """`var/bench.json`: every figure of every round."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(one) | {"ratio": statistics.median(one.judged), "bound": one.bound, "verdict": one.verdict} for one in results]
    content = {
        "at": datetime.now(UTC).isoformat(),
        "quick": quick,
        "parts": parts,
        "took_seconds": round(seconds),
        "cpus": os.cpu_count(),
        "results": rows,
    }
    path.write_text(json.dumps(content, indent=2) + "\n")
