"""Exports of 100,000 and a million rows × 12 columns (EXP-X2): time beside COPY to CSV of the same query, memory beside idle's."""

import json
import subprocess
import sys
import tempfile
import time
from typing import Any

from django.db import connection

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


def export(file: Any, queryset: Any) -> None:
    sheet.write(file, resource=TwelveColumns, queryset=queryset, form="xlsx", title="Orders", progress=lambda done: None)


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


def memory() -> tuple[float, float]:
    """(idle, peak) megabytes of a fresh process that exports the current database's orders."""
    answer = subprocess.run([sys.executable, "-m", "bench._export_memory"], stdout=subprocess.PIPE, text=True, check=True).stdout
    idle, peak = json.loads(answer.splitlines()[-1])
    return idle, peak


@bench("exports")
def exports(run: Run) -> None:
    peaks = []
    for size in (30_000, 300_000) if run.quick else (100_000, 1_000_000):
        with run.database(f"orders_{size}", orders(size), keep=True):
            name = f"XLSX of {size:,} rows"
            run.race(
                name, ours=lambda: seconds(lambda file: export(file, rows())), limit=lambda: seconds(plain_copy), limit_name="COPY to CSV",
                unit="s", at_most=4, rounds=3,
            )  # fmt: skip
            idle, peak = memory()
            peaks.append(peak)
            run.note(f"{name}: memory above {idle:.0f} MB idle", ours=[peak - idle], unit="MB", at_most=60)
    run.note("peak memory, ten times the rows", ours=peaks[1:], limit=peaks[:1], limit_name="the smaller export", unit="MB", at_most=1.1)
