"""The heartbeat that /healthz/ready looks for: a task that really went through beat, broker and a worker's pool."""

from celery import shared_task

from backoffice import health


@shared_task(ignore_result=True, expires=health.STALE_AFTER_SECONDS)
def heartbeat(queue: str) -> None:
    health.beat(queue)
