"""A bulk action on 100,000 frozen rows in the background (UIX-08): beside the bare UPDATE and audit INSERT of the same rows."""

import gc
import os
import signal
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from multiprocessing import get_context
from typing import Any

import psycopg
from django.db import connection, connections, transaction
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import user
from audit.services import move_many
from bench.harness import Run, bench
from clients.enums import ClientStatus, Right
from clients.models import Client
from clients.transitions import CLIENT
from kit.bulk import service
from kit.bulk.actions import BulkAction
from kit.enums import JobStatus
from kit.lists import Column, ListPage
from kit.models import BulkRow, BulkRun

FILL = (
    "INSERT INTO clients_client (reference, type, status, email, phone, first_name, last_name, company_name, registration_number, language,"
    " verification_level, is_test, created_at) SELECT 'CLI-' || n, 'person', 'active', 'client' || n || '@example.com', '', 'Jānis',"
    " 'Bērziņš ' || n, '', '', 'en', 0, false, now() FROM generate_series(1, %s) AS n"
)
# What no service could do without: every row changed, an event for each with a payload of its own.
BARE = (
    "UPDATE clients_client SET status = %s WHERE id BETWEEN %s AND %s",
    (
        "INSERT INTO audit_auditevent (reference, at, actor_type, actor_id, actor_label, address, request_id, action, subject_type, subject_id,"
        " subject_reference, organisation, payload) SELECT 'EVT-' || left(md5(random()::text || id), 12), now(), 'user', '1', 'USR-00000000', '',"
        " '', 'clients.deactivated', 'clients.client', id::text, reference, '', convert_to('{\"v\":1,\"action\":\"clients.deactivated\","
        '"changes":{"status":["active","deactivated"]},"subject_type":"clients.client","subject_reference":"\' || reference ||'
        ' \'","actor_label":"USR-00000000","at":"2026-11-25T19:00:00.000000Z","subject_id":"\' || id || \'"}\', \'UTF8\')'
        " FROM clients_client WHERE id BETWEEN %s AND %s"
    ),
)


class Switch(BulkAction):
    """To the other status, whichever it is: the status and the event, and none of what a domain adds to them."""

    code = "switch"
    right = Right.CLIENTS_EDIT
    title = verb = "Switch clients"
    able = Q()
    in_chunks = True

    def perform_chunk(self, ids: Sequence[int], actor: Any, now: datetime) -> Mapping[int, Any]:
        with transaction.atomic(durable=True):
            rows = list(Client.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
            to = ClientStatus.DEACTIVATED if rows[0].status == ClientStatus.ACTIVE else ClientStatus.ACTIVE
            return move_many(rows, table=CLIENT, to=to, actor=actor, now=now)


class Clients(ListPage):
    model = Client
    right = Right.CLIENTS_SEE
    title = "Clients"
    columns = [Column("reference", "Reference")]
    bulk_actions = [Switch]


def fill(size: int) -> Any:
    return lambda owner: owner.execute(psycopg.sql.SQL(FILL.replace("%s", str(size))))


def frozen(person: User) -> BulkRun:
    """A run of all clients, its rows fixed as a confirmation does it."""
    page, action = Clients(), Switch()
    page.request = action.request = HttpRequest()
    page.request.method, page.request.GET, page.request.user = "GET", QueryDict(""), person
    action.list = page
    return service.request_run(action, rows=page.queryset(), values={}, actor=person, now=timezone.now())


def ours(person: User, size: int) -> float:
    run = frozen(person)
    gc.collect()
    started = time.perf_counter()
    service.run_bulk(run_id=run.pk, now=timezone.now())
    took = time.perf_counter() - started
    run.refresh_from_db()
    assert (run.status, run.changed) == (JobStatus.DONE, size), (run.status, run.changed)
    BulkRow.objects.all().delete()
    return size / took


def bare(first: int, size: int) -> float:
    with connection.cursor() as cursor:
        started = time.perf_counter()
        with transaction.atomic():
            cursor.execute(BARE[0], ["frozen", first, first + size - 1])
            cursor.execute(BARE[1], [first, first + size - 1])
        took = time.perf_counter() - started
        cursor.execute(BARE[0], ["active", first, first + size - 1])
    return size / took


def resident() -> float:
    """Megabytes of this process now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def do_and_measure(run_id: int, answer: Any) -> None:
    """In a process of its own: how much memory it grew by, at most, while it did the run."""
    peak, before = 0.0, resident()
    write = service._advance

    def watched(*arguments: Any, **options: Any) -> None:
        nonlocal peak
        peak = max(peak, resident())
        write(*arguments, **options)

    service._advance = watched
    service.run_bulk(run_id=run_id, now=timezone.now())
    answer.send(peak - before)


def killed_and_resumed(person: User, size: int) -> bool:
    """A worker killed in the midst of it, another one after it: whether each row has one event and one outcome."""
    run = frozen(person)
    events = count("audit_auditevent")
    connections.close_all()
    worker = get_context("fork").Process(target=service.run_bulk, kwargs={"run_id": run.pk, "now": timezone.now()})
    worker.start()
    while BulkRun.objects.get(pk=run.pk).rows_done < size / 5:
        time.sleep(0.02)
    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join()
    BulkRun.objects.filter(pk=run.pk).update(lease_until=timezone.now())
    service.run_bulk(run_id=run.pk, now=timezone.now())
    run.refresh_from_db()
    return (run.status, run.changed, count("audit_auditevent") - events) == (JobStatus.DONE, size, size + 1)


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  our names
        return int(cursor.fetchone()[0])


@bench("bulk")
def bulk(run: Run) -> None:
    size = 10_000 if run.quick else 100_000
    with run.database(f"clients_{size}", fill(size)):
        person, first = user(), Client.objects.order_by("pk").values_list("pk", flat=True)[0]
        run.race(
            f"{size:,} rows", ours=lambda: ours(person, size), limit=lambda: bare(first, size), limit_name="UPDATE and audit INSERT",
            at_least=0.3, rounds=3,
        )  # fmt: skip
        peaks = []
        for _twice in range(2):
            job = frozen(person)
            connections.close_all()
            mine, theirs = get_context("fork").Pipe()
            worker = get_context("fork").Process(target=do_and_measure, args=(job.pk, theirs))
            worker.start()
            peaks.append(mine.recv())
            worker.join()
        run.note("memory above that at the start", ours=peaks, unit="MB", at_most=60)
        run.note("killed and resumed: each row once", ours=[float(killed_and_resumed(person, size))], unit="", at_least=1)
