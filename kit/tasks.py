"""Jobs of the kit: exports, and what keeps its tables small."""

from celery import shared_task
from django.utils import timezone

from kit.exports import service
from kit.idempotency import forget_old_keys


@shared_task(time_limit=1800, soft_time_limit=1740)
def make_export(export_id: int) -> None:
    service.run_export(export_id=export_id, now=timezone.now())


@shared_task
def sweep_exports() -> None:
    """Send again what was lost; every minute."""
    for export in service.waiting_exports(now=timezone.now()):
        make_export.apply_async(kwargs={"export_id": export.pk}, retry=False)


@shared_task
def forget_old() -> None:
    """Old keys and old files; every hour."""
    now = timezone.now()
    forget_old_keys(now=now)
    service.remove_old_files(now=now)
