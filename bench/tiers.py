"""The tier label of 100,000 clients changed in the background (CLI-06): beside the bare UPDATE and audit INSERT of the same rows."""

import gc
import time
from multiprocessing import get_context

from django.db import connection, connections, transaction
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import user
from bench.bulk import count, do_and_measure, fill
from bench.harness import Run, bench
from clients.issuer.views import ClientList
from clients.models import Client
from kit import jobs
from kit.bulk import service
from kit.enums import JobStatus
from kit.models import BulkRow, BulkRun
from tiers.issuer.clients import SetTiers
from tiers.models import DictionaryEntry, TierChange
from tiers.tests.factories import tier

# What no service could do without: every row's label changed, an event for each with a payload of its own.
BARE = (
    "UPDATE tiers_clientterms SET tier_id = %s WHERE client_id BETWEEN %s AND %s",
    (
        "INSERT INTO audit_auditevent (reference, at, actor_type, actor_id, actor_label, address, request_id, action, subject_type, subject_id,"
        " subject_reference, organisation, payload) SELECT 'EVT-' || left(md5(random()::text || id), 12), now(), 'user', '1', 'USR-00000000', '',"
        " '', 'tiers.changed', 'clients.client', id::text, reference, '', convert_to('{\"v\":1,\"action\":\"tiers.changed\","
        '"changes":{"tier":["Tier 0","Gold"]},"subject_type":"clients.client","subject_reference":"\' || reference ||'
        ' \'","actor_label":"USR-00000000","at":"2026-11-25T19:00:00.000000Z","subject_id":"\' || id || \'"}\', \'UTF8\')'
        " FROM clients_client WHERE id BETWEEN %s AND %s"
    ),
)


def frozen(person: User, to: DictionaryEntry) -> BulkRun:
    """A run of all clients, its rows fixed as a confirmation does it."""
    page, action = ClientList(), SetTiers()
    page.request = action.request = HttpRequest()
    page.request.method, page.request.GET, page.request.user = "GET", QueryDict(""), person
    action.list = page
    values = {"tier": [to.reference], "with_fee": ["no"], "reason": ["Bench"]}
    return service.request_run(action, rows=page.queryset(), values=values, actor=person, now=timezone.now())


def ours(person: User, size: int, turns: list[DictionaryEntry]) -> float:
    turns.append(turns.pop(0))  # to another one each time
    run = frozen(person, turns[0])
    gc.collect()
    started = time.perf_counter()
    service.run_bulk(run_id=run.pk, now=timezone.now())
    took = time.perf_counter() - started
    run.refresh_from_db()
    assert (run.status, run.changed) == (JobStatus.DONE, size), (run.status, run.changed)
    BulkRow.objects.all().delete()
    return size / took


def bare(first: int, size: int, turns: list[DictionaryEntry], to: DictionaryEntry) -> float:
    with connection.cursor() as cursor:
        started = time.perf_counter()
        with transaction.atomic():
            cursor.execute(BARE[0], [to.pk, first, first + size - 1])
            cursor.execute(BARE[1], [first, first + size - 1])
        took = time.perf_counter() - started
        cursor.execute(BARE[0], [turns[0].pk, first, first + size - 1])
    return size / took


def cancelled_and_resumed(person: User, size: int, to: DictionaryEntry) -> bool:
    """Cancelled in the midst of it, then tried again for the rest: whether each client was changed once."""
    run = frozen(person, to)
    changes, last = count("tiers_tierchange"), TierChange.objects.latest("pk").pk
    connections.close_all()
    worker = get_context("fork").Process(target=service.run_bulk, kwargs={"run_id": run.pk, "now": timezone.now()})
    worker.start()
    while BulkRun.objects.get(pk=run.pk).rows_done < size / 5:
        time.sleep(0.02)
    jobs.cancel(run, actor=person, now=timezone.now())
    worker.join()
    run.refresh_from_db()
    done = count("tiers_tierchange") - changes
    again = service.request_retry(run, actor=person, now=timezone.now())
    service.run_bulk(run_id=again.pk, now=timezone.now())
    again.refresh_from_db()
    once = TierChange.objects.filter(pk__gt=last, new_tier=to).values("client").distinct().count() == size
    return (run.status, again.status, done < size, done + again.changed) == (JobStatus.CANCELLED, JobStatus.DONE, True, size) and once


@bench("tiers")
def tiers(run: Run) -> None:
    size = 10_000 if run.quick else 100_000
    with run.database(f"clients_{size}", fill(size)):
        person, first = user(rights=None), Client.objects.order_by("pk").values_list("pk", flat=True)[0]
        *turns, last, other = [tier(level) for level in (1, 2, 3, 4, 5)]
        ours(person, size, turns)  # the rows that the bare statement changes are made by it
        run.race(
            f"tier label of {size:,} clients", ours=lambda: ours(person, size, turns), limit=lambda: bare(first, size, turns, last),
            limit_name="UPDATE and audit INSERT", at_least=0.3, rounds=3,
        )  # fmt: skip
        peaks = []
        for to in (last, other):
            job = frozen(person, to)
            connections.close_all()
            mine, theirs = get_context("fork").Pipe()
            worker = get_context("fork").Process(target=do_and_measure, args=(job.pk, theirs))
            worker.start()
            peaks.append(mine.recv())
            worker.join()
        run.note("memory above that at the start", ours=peaks, unit="MB", at_most=60)
        run.note(
            "cancelled and resumed: each client once", ours=[float(cancelled_and_resumed(person, size, turns[0]))], unit="", at_least=1
        )
