"""What Prometheus reads at /metrics (OPS-02): requests as they pass, and backlogs read from the database when asked."""

import os
from collections.abc import Iterator

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from core.registries import backlogs

REQUEST_SECONDS = Histogram(
    "backoffice_request_seconds",
    "Time of a request by method, route and status.",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class Backlogs(Collector):
    """What waits in each app's rows (`core.registries.register_backlog`): how many, and the age of the oldest."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        rows = GaugeMetricFamily("backoffice_backlog_rows", "Rows that wait for a job.", labels=["queue"])
        age = GaugeMetricFamily("backoffice_backlog_oldest_seconds", "Age of the oldest row that waits.", labels=["queue"])
        up = 1
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            for name, measure in backlogs().items():
                count, seconds = measure()
                rows.add_metric([name], count)
                age.add_metric([name], seconds)
        except DatabaseError:
            up = 0
        yield from (rows, age, GaugeMetricFamily("backoffice_database_up", "1 where the database answers.", value=up))


def exposition() -> bytes:
    """The text of /metrics. With several web processes their figures are added up (PROMETHEUS_MULTIPROC_DIR)."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)
        requests = generate_latest(registry)
    else:
        requests = generate_latest(REGISTRY)
    own = CollectorRegistry()
    own.register(Backlogs())
    return requests + generate_latest(own)
