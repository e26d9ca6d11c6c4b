"""`python -m orders.tests.doomed JOB ID ID …`: does a job for each id in a process of its own, which dies at the first, second,
third … point: before each statement, before and after each commit. Prints each exit status (-9: died, 0: came to the end)."""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import django


def jobs() -> dict[str, Callable[[int], Any]]:
    from django.utils import timezone  # noqa: PLC0415  Django is set up by main

    from orders import services, tasks  # noqa: PLC0415
    from orders.models import Order  # noqa: PLC0415

    def cancel(order_id: int) -> None:
        """The sweeper, when the order is overdue."""
        order = Order.objects.get(pk=order_id)
        services.cancel_if_unpaid(order_id=order_id, now=max(order.expires_at, timezone.now()) + timedelta(seconds=1))

    return {
        "complete": lambda order_id: tasks.complete_paid_order(order_id=order_id),
        "callback": lambda callback_id: tasks.work_on_callback(callback_id=callback_id),
        "cancel": cancel,
    }


def die_at(point: int) -> None:
    """From now on this process counts what it asks of the database, and kills itself before the point-th."""
    from django.db import connection  # noqa: PLC0415

    points = count(1)

    def reach() -> None:
        if next(points) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        reach()
        return execute(sql, params, many, context)

    commit = connection._commit

    def around() -> None:
        reach()
        commit()
        reach()

    connection.ensure_connection()
    connection.execute_wrappers.append(before)
    connection._commit = around  # type: ignore[method-assign]


def main(job: str, ids: list[int]) -> None:
    django.setup()
    from django.db import connections  # noqa: PLC0415

    work = jobs()[job]
    for point, row_id in enumerate(ids, start=1):
        connections.close_all()
        child = os.fork()
        if child == 0:
            die_at(point)
            work(row_id)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    main(sys.argv[1], [int(one) for one in sys.argv[2:]])
