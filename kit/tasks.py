"""Jobs of the kit: exports, bulk actions, and what keeps its tables small."""

from celery import shared_task
from django.utils import timezone

from kit import jobs
from kit.bulk import service as bulk
from kit.exports import schedules, service
from kit.idempotency import forget_old_keys
from kit.models import BulkRun, Export


@shared_task(time_limit=1800, soft_time_limit=1740)
def make_export(export_id: int) -> None:
    service.run_export(export_id=export_id, now=timezone.now())
    schedules.follow(now=timezone.now(), export_id=export_id)


@shared_task
def make_scheduled() -> None:
    """Twice a minute: exports whose time has come, and mail about those that have ended."""
    schedules.make_due(now=timezone.now())
    schedules.follow(now=timezone.now())


@shared_task(time_limit=1800, soft_time_limit=1740)
def run_bulk(run_id: int) -> None:
    bulk.run_bulk(run_id=run_id, now=timezone.now())


@shared_task
def sweep_jobs() -> None:
    """Send again what was lost; twice a minute."""
    now = timezone.now()
    for export in jobs.lost(Export, now=now):
        make_export.apply_async(kwargs={"export_id": export.pk}, retry=False)
    for run in jobs.lost(BulkRun, now=now):
        run_bulk.apply_async(kwargs={"run_id": run.pk}, retry=False)


@shared_task
def forget_old() -> None:
    """Old keys and old files; every hour."""
    now = timezone.now()
    forget_old_keys(now=now)
    service.remove_old_files(now=now)
    bulk.forget_old_rows(now=now)
