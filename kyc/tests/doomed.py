"""`python -m kyc.tests.doomed VERB ID ID …`: decides a case, or does one of its jobs, for each id in a process of its own, which dies at
the first, second, third … point: before each statement, before and after each commit. Prints each exit status (-9: died, 0: came to the
end)."""

import os
import sys

import django

from orders.tests.doomed import die_at


def main(verb: str, ids: list[int]) -> None:
    django.setup()
    from django.db import connections  # noqa: PLC0415  Django is set up now
    from django.utils import timezone  # noqa: PLC0415

    from kyc import services, tasks  # noqa: PLC0415
    from kyc.models import Case  # noqa: PLC0415
    from kyc.tests.factories import TESTS, result  # noqa: PLC0415

    work = {
        "approve": lambda case_id: services.approve(case_id=case_id, actor=TESTS, now=timezone.now()),
        "decline": lambda case_id: services.decline(case_id=case_id, reason="expired", actor=TESTS, now=timezone.now()),
        "start": tasks.start_case,
        "message": tasks.work_on_message,
        "ask": tasks.ask_about_case,
        "result": lambda case_id: result(Case.objects.get(pk=case_id), "cancelled"),
    }[verb]
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
