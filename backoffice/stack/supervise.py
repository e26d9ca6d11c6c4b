"""The process manager (supervisord): its programs, its answers, and what an earlier one left behind after a kill."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

MARKER = "BACKOFFICE_STACK"  # in the environment of every process of a stack: its data directory
FULL_BYTES = 16_000_000  # a disk with less free is what stopped the process manager
CONTINUED = (" ", "\t", "CONTEXT:", "DETAIL:", "HINT:", "LINE ")  # how further lines of an error begin
TEMPLATE = """
[supervisord]
nodaemon = true
silent = true
logfile = {logs}/supervisor.log
logfile_maxbytes = 5MB
pidfile = {directory}/supervisor.pid
childlogdir = {logs}
umask = 077

[unix_http_server]
file = {socket}
chmod = 0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""


@dataclass(frozen=True)
class Program:
    """One process to keep up. `group` "services" stops after "app"; `environment` is for this program alone."""

    name: str
    command: Sequence[str]
    group: str = "app"
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    environment: Mapping[str, str] = field(default_factory=dict)

    def section(self, logs: Path) -> str:
        lines = {
            "command": escape(shlex.join(self.command)),
            "autostart": "true" if self.group == "services" else "false",
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "5",
            "stopsignal": self.stop_signal,
            "stopwaitsecs": str(self.stop_seconds),
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": escape(str(logs / f"{self.name}.log")),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "3",
        }
        if self.environment:
            lines["environment"] = ",".join(f"{name}={quoted(value)}" for name, value in self.environment.items())
        return "\n".join([f"[program:{self.name}]", *(f"{key} = {value}" for key, value in lines.items()), ""])


def escape(text: str) -> str:
    return text.replace("%", "%%")


def quoted(value: str) -> str:
    if '"' in value or "\n" in value:
        raise SystemExit("A value for the settlement worker's environment can't hold quotes or line breaks.")
    return f'"{escape(value)}"'


class Supervisor:
    """supervisord over the programs of one data directory, as a child of this process."""

    def __init__(self, directory: Path, socket: Path, programs: Sequence[Program]) -> None:
        self.directory, self.socket, self.programs = directory, socket, programs
        self.logs = directory / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the services; the app's programs wait for `start_app`."""
        self.logs.mkdir(parents=True, exist_ok=True)
        parts = [TEMPLATE.format(directory=escape(str(self.directory)), logs=escape(str(self.logs)), socket=escape(str(self.socket)))]
        parts += [program.section(self.logs) for program in self.programs]
        for priority, group in ((10, "services"), (20, "app")):
            if names := [program.name for program in self.programs if program.group == group]:
                parts.append(f"[group:{group}]\nprograms = {','.join(names)}\npriority = {priority}\n")
        configuration = self.directory / "supervisor.conf"
        configuration.touch(mode=0o600)
        configuration.chmod(0o600)
        configuration.write_text("\n".join(parts))
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.logs / "supervisor.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
                env={**environment, MARKER: str(self.directory)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C reaches us alone, and we stop everything in order
            )

    def ask(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self.socket}")
        try:
            return getattr(xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor, method)(*arguments)
        finally:
            transport.close()

    def start_app(self) -> None:
        self.ask("startProcessGroup", "app", False)

    def failed(self) -> str:
        """The program that supervisord gave up on, with the last line of its log; an empty text where there is none."""
        if self.process is None or self.process.poll() is not None:
            if shutil.disk_usage(self.directory).free < FULL_BYTES:
                return f"the disk of {self.directory} is full: make room, or set DATA_DIR to another disk."
            return f"the process manager stopped: see {self.logs / 'supervisor.log'}"
        try:
            states = self.ask("getAllProcessInfo")
        except (OSError, xmlrpc.client.Error):
            return ""  # it is only just starting
        for state in states:
            if state["statename"] == "FATAL":
                log = self.logs / f"{state['name']}.log"
                return f"{state['name']} does not start: {last_line(log)} (more in {log})"
        return ""

    def stop(self, *, seconds: float = 90) -> None:
        """Everything, the app before the services. What does not go in time is killed."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        stop_leftovers(self.directory)


def last_line(log: Path) -> str:
    """What the log ends with: of an error over several lines the one that names it."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line for line in reversed(lines) if line.strip() and not line.startswith(CONTINUED)), "it said nothing")


def leftovers(directory: Path) -> list[psutil.Process]:
    """Processes of a stack on this data directory, wherever they come from, but this one and its ancestors."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in own and (process.environ().get(MARKER) == str(directory) or serves(process, directory)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def serves(process: psutil.Process, directory: Path) -> bool:
    """PostgreSQL's processes overwrite their environment, but they all work inside their data directory."""
    return process.name().startswith("postgres") and process.cwd() == str(directory / "postgres")


def stop_leftovers(directory: Path) -> int:
    """End what an earlier run left behind (its manager first: it stops the others in order). Returns how many there were."""
    found = leftovers(directory)
    end([process for process in found if "supervisord" in " ".join(quietly(process.cmdline, []))], seconds=60)
    end(leftovers(directory), seconds=20)
    return len(found)


def end(processes: Sequence[psutil.Process], *, seconds: float) -> None:
    for process in processes:
        # SIGINT is PostgreSQL's fast shutdown; its SIGTERM waits for every client to leave.
        quietly(lambda one=process: one.send_signal(signal.SIGINT if one.name().startswith("postgres") else signal.SIGTERM))
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        quietly(process.kill)
    psutil.wait_procs(alive, timeout=5)


def quietly(call: Any, otherwise: Any = None) -> Any:
    try:
        return call()
    except psutil.Error:
        return otherwise


def wait(ready: Any, what: str, *, seconds: float, supervisor: Supervisor | None = None) -> None:
    """Until ready() is true; raises SystemExit with one line that says what did not come."""
    deadline = time.monotonic() + seconds
    while not ready():
        if supervisor and (reason := supervisor.failed()):
            raise SystemExit(f"It can't start: {reason}")
        if time.monotonic() > deadline:
            raise SystemExit(f"It can't start: {what} did not answer within {seconds:.0f} seconds.")
        time.sleep(0.2)
