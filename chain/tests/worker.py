"""`python -m chain.tests.worker`: the settlement's jobs in a process of their own that tests may kill at any moment.

LOW_GAS (a share of 1) gives that part of the rounds too little gas. It ends with its parent.
"""

import os
import random
import time

import django
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

INTERVAL = 0.05


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    django.setup()
    from chain import services  # noqa: PLC0415

    low_gas, parent = float(os.environ.get("LOW_GAS", "0")), os.getppid()
    enough = settings.CHAIN_GAS_PER_OPERATION
    chance = random.Random(os.environ.get("SEED", "0") + str(os.getpid()))
    while os.getppid() == parent:
        settings.CHAIN_GAS_PER_OPERATION = 500 if chance.random() < low_gas else enough
        try:
            services.build(now=timezone.now())
            services.broadcast(now=timezone.now())
            services.track(now=timezone.now())
        except (DatabaseError, InterfaceError):
            connection.close()
        time.sleep(INTERVAL)


if __name__ == "__main__":
    main()
