"""`python -m transactions.tests.doomed CLIENT CLIENT …`: checks again what each client has on hold, in a process of its own that dies at
the first, second, third … point (orders/tests/doomed.py). Prints each exit status (-9: died, 0: came to the end)."""

import os
import sys

import django

from orders.tests.doomed import die_at


def main(clients: list[int]) -> None:
    django.setup()
    from django.db import connections  # noqa: PLC0415  Django is set up above

    from transactions.tasks import recheck_holds  # noqa: PLC0415

    for point, client_id in enumerate(clients, start=1):
        connections.close_all()
        child = os.fork()
        if child == 0:
            die_at(point)
            recheck_holds(client_id=client_id)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    main([int(one) for one in sys.argv[1:]])
