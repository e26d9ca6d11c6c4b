"""The settlement's jobs in processes of their own, which tests may kill at any moment.

A server that has loaded everything forks them (this module is what it loads): they start at once, however busy the machine.
"""

import multiprocessing
import os
import random
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

if not apps.ready:  # in the server
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    django.setup()

import eth_account  # noqa: F401 - loaded here, for all workers
import web3  # noqa: F401

from chain import services
from chain.faults import Step

INTERVAL = 0.05
forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload([__name__])


def start_worker(
    *, log: Path = Path(os.devnull), crash_at: Step | None = None, low_gas: float = 0, seed: str | int = ""
) -> ForkServerProcess:
    """A worker on this test's database and node; what it says is appended to `log`. It ends with the test's process.

    `low_gas` is the share of rounds that get too little gas.
    """
    chain = {name: getattr(settings, name) for name in dir(settings) if name.startswith("CHAIN_")}
    environment = {"CRASH_AT": str(crash_at.value)} if crash_at else {}
    worker = forking.Process(target=work, args=(chain, environment, str(log), low_gas, seed), daemon=True)
    worker.start()
    return worker


def work(chain: dict[str, Any], environment: dict[str, str], log: str, low_gas: float, seed: str | int) -> None:
    with Path(log).open("ab") as out:
        for stream in (1, 2):
            os.dup2(out.fileno(), stream)
    os.environ.update(environment)
    for name, value in chain.items():
        setattr(settings, name, value)
    enough, parent = settings.CHAIN_GAS_PER_OPERATION, os.getppid()
    chance = random.Random(f"{seed}{os.getpid()}")
    while os.getppid() == parent:
        settings.CHAIN_GAS_PER_OPERATION = 500 if chance.random() < low_gas else enough
        try:
            services.build(now=timezone.now())
            services.broadcast(now=timezone.now())
            services.track(now=timezone.now())
        except (DatabaseError, InterfaceError):
            connection.close()
        time.sleep(INTERVAL)
