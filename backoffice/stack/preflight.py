"""What is looked at before anything starts: each refusal is one clear line that says what to do."""

import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psycopg
import redis

from backoffice.hosts import is_private

FREE_BYTES_NEEDED = 1_000_000_000


def lock(directory: Path) -> IO[str]:
    """One `make run` per data directory; held until the file is closed, also by a kill."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "run.lock"
    holder = path.open("a+")
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder.seek(0)
        raise SystemExit(f"It runs already (process {holder.read().strip() or 'unknown'}) on {directory}: stop it first.") from None
    holder.truncate(0)
    holder.write(str(os.getpid()))
    holder.flush()
    return holder


def is_locked(directory: Path) -> bool:
    """Whether a `make run` is up on the data directory."""
    try:
        lock(directory).close()
    except SystemExit:
        return True
    return False


def check_disk(directory: Path) -> None:
    free = shutil.disk_usage(directory).free
    if free < FREE_BYTES_NEEDED:
        raise SystemExit(
            f"The disk of {directory} is nearly full ({free / 1e6:.0f} MB free, 1,000 needed): make room, or set DATA_DIR to another disk."
        )


def check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that only lingers after a stop is free
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise SystemExit(
                f"Port {port} can't be used ({reason.lower()}): stop what listens there, or choose another one: make run PORT={port + 1}"
            ) from None


def check_database(name: str, url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        raise SystemExit(f"{name} can't be used: {str(error).splitlines()[0]}") from None


def check_broker(url: str) -> None:
    try:
        redis.Redis.from_url(url.replace("redis+socket://", "unix://"), socket_connect_timeout=5).ping()
    except (redis.RedisError, ValueError) as error:
        raise SystemExit(f"REDIS_URL can't be used: {error}") from None


def check_demo(base_url: str, allowed_hosts: str) -> None:
    """Demo mode has known passwords. Settings refuse it as well; here it is said before anything starts."""
    names = [urlsplit(base_url).hostname or "", *allowed_hosts.split(",")]
    if public := [name for name in names if not is_private(name)]:
        raise SystemExit(f"Demo mode has known passwords and does not start under the public host name {public[0]}: set DEMO=0.")
