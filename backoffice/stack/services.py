"""PostgreSQL and Valkey of one data directory for the time of a block: for tests, checks, benches and single commands."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator

from backoffice.stack import anvil, preflight
from backoffice.stack.environment import Stack, data_directory, running_environment, stack


@contextlib.contextmanager
def services(name: str) -> Iterator[Stack]:
    """The services of the data directory `name`, started for the time of the block."""
    here = stack(name)
    here.postgres.start()
    valkey = subprocess.Popen(here.valkey.command(), stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        here.postgres.ensure_roles()
        deadline = time.monotonic() + 10
        while not here.valkey.socket.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        yield here
    finally:
        valkey.terminate()
        valkey.wait()
        here.postgres.stop()


@contextlib.contextmanager
def beside() -> Iterator[dict[str, str]]:
    """The environment for a command on the data of `make run`: beside it where it is up, else with its own services."""
    here = stack()
    if preflight.is_locked(here.directory):
        yield running_environment(here)
        return
    with services("") as here:
        here.postgres.ensure_database("backoffice")
        with development_node(here) as node:
            yield here.environment() | node


@contextlib.contextmanager
def development_node(here: Stack) -> Iterator[dict[str, str]]:
    """The embedded chain of `make run`, where there is one and the environment names no other."""
    state = here.directory / "chain" / "anvil.json"
    if os.environ.get("CHAIN_RPC_URL") or not anvil.readable(state):
        yield {}
        return
    port = anvil.free_port()
    process = subprocess.Popen(anvil.command(anvil.binary(data_directory("node")), port=port, state=state), stdin=subprocess.DEVNULL)
    try:
        anvil.wait(port)
        anvil.set_clock(port)
        yield {"CHAIN_RPC_URL": f"http://127.0.0.1:{port}"}
    finally:
        process.terminate()
        process.wait()
