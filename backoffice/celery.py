"""The Celery application: messages only wake, every task is rebuilt from rows (DESIGN section 6)."""

import logging.config
import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import setup_logging, worker_init, worker_ready
from django.conf import settings
from django_structlog.celery import signals
from django_structlog.celery.steps import DjangoStructLogInitStep

from core import context
from core.garbage import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def use_our_logging(**_: Any) -> None:
    """Workers log as the web processes do: Celery leaves its own set-up out where this signal has a receiver."""
    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
def before_the_fork(**_: Any) -> None:
    keep_what_is_loaded()


@signals.bind_extra_task_metadata.connect
def carry_request_id(**_: Any) -> None:
    """A job goes on under the id of the request that asked for it; audit events of both then name the same one."""
    context.request_id.set(structlog.contextvars.get_contextvars().get("request_id", ""))


@worker_ready.connect
def first_heartbeat(sender: Any, **_: Any) -> None:
    """Ready as soon as the pool works, instead of at beat's next turn."""
    for queue in sender.task_consumer.queues:
        app.send_task("backoffice.tasks.heartbeat", args=[queue.name], queue=queue.name)
