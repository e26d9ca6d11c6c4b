"""`python -m tiers.tests.doomed ID ID …`: charges each recurring fee in a process of its own, which dies at the first, second, third …
point: before each statement, before and after each commit. Prints each exit status (-9: died, 0: came to the end)."""

import os
import sys

import django


def main(ids: list[int]) -> None:
    django.setup()
    from django.db import connections  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from orders.tests.doomed import die_at  # noqa: PLC0415
    from tiers.services.recurring import try_charge, write_due  # noqa: PLC0415

    for point, charge_id in enumerate(ids, start=1):
        connections.close_all()
        child = os.fork()
        if child == 0:
            die_at(point)
            write_due(now=timezone.now())
            try_charge(charge_id=charge_id, now=timezone.now())
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    main([int(one) for one in sys.argv[1:]])
