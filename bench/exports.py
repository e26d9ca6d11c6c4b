"""Exports of 100,000 and a million rows × 12 columns (EXP-X2): time beside COPY to CSV of the same query, memory beside idle."""

import multiprocessing
import resource
import tempfile
import time
from typing import Any

from django.db import connection, connections

from bench.harness import Run, bench
from bench.order_data import orders
from kit.exports import sheet
from kit.exports.resource import ExportColumn, ListResource
from orders.models import Order

PATHS = (
    "reference", "client__reference", "client__email", "quantity", "asset__code", "rate", "total", "currency__code", "status",
    "payment_reference", "is_test", "created_at",
)  # fmt: skip


class TwelveColumns(ListResource):
    """Twelve columns of every kind, joined over four tables."""

    class Meta:
        model = Order

    @classmethod
    def columns(cls) -> list[ExportColumn]:
        kinds = {"quantity": "number", "rate": "number", "total": "number", "is_test": "boolean", "created_at": "datetime"}
        return [ExportColumn(path, path, kinds.get(path, "text")) for path in PATHS]


def rows() -> Any:
    return Order.objects.order_by("-created_at", "-id")


def export(file: Any) -> None:
    sheet.write(file, resource=TwelveColumns, queryset=rows(), form="xlsx", title="Orders", progress=lambda done: None)


def plain_copy(file: Any) -> None:
    sql, params = TwelveColumns.rows(rows()).query.sql_with_params()
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", params) as copy:
        for data in copy:
            file.write(data)


def seconds(work: Any) -> float:
    with tempfile.TemporaryFile() as file:
        started = time.perf_counter()
        work(file)
        return time.perf_counter() - started


def memory(report: Any) -> None:
    """(idle, peak) megabytes of a process of its own that makes the export."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    idle = current_memory()
    with tempfile.TemporaryFile() as file:
        export(file)
    report.send((idle, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def current_memory() -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def measured_memory() -> tuple[float, float]:
    connections.close_all()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=memory, args=(there,))
    process.start()
    there.close()
    idle, peak = here.recv()
    process.join()
    return idle, peak


@bench("exports")
def exports(run: Run) -> None:
    sizes = (100_000,) if run.quick else (100_000, 1_000_000)
    peaks = []
    for size in sizes:
        with run.database(f"orders_{size}", orders(size), keep=True):
            name = f"XLSX of {size:,} rows"
            run.race(
                name, ours=lambda: seconds(export), limit=lambda: seconds(plain_copy), limit_name="COPY to CSV", unit="s", at_most=4,
                rounds=3 if size > 100_000 else 5,
            )  # fmt: skip
            idle, peak = measured_memory()
            peaks.append(peak)
            run.note(f"{name}: memory above idle", ours=[peak - idle], unit="MB", at_most=60)
    if len(peaks) == 2:
        run.note("peak memory, ten times the rows", ours=peaks[1:], limit=peaks[:1], limit_name="100,000 rows", unit="MB", at_most=1.1)
