"""Is it alive, is it ready, how is it doing (OPS-02). Each probe has its own short time limit; none needs a session."""

import ipaddress
import time
from collections.abc import Callable

import psycopg
import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backoffice.metrics import exposition
from core.registries import health_probes

log = structlog.get_logger()
QUEUES = ("default", "settlement")
HEARTBEAT_SECONDS = 10
STALE_AFTER_SECONDS = 60


def broker() -> redis.Redis:
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def beat(queue: str) -> None:
    """Note that a worker of this queue has just done a task (called by that task)."""
    broker().set(f"heartbeat:{queue}", str(time.time()), ex=10 * STALE_AFTER_SECONDS)


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def broker_answers() -> str:
    return "" if broker().ping() else "no answer"


def worker(queue: str) -> str:
    last = broker().get(f"heartbeat:{queue}")
    if last is None:
        return "has not been seen yet"
    age = time.time() - float(last)
    return "" if age < STALE_AFTER_SECONDS else f"last seen {age:.0f} seconds ago"


def probes() -> dict[str, Callable[[], str]]:
    """name -> a function that returns an empty text, or what is wrong."""
    workers = {f"worker:{queue}": lambda queue=queue: worker(queue) for queue in QUEUES}
    return {"database": database, "broker": broker_answers, **workers, **health_probes()}


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked. Restart it if it doesn't."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 where everything that a request or a job needs answers, else 503; the body says which part does not."""
    parts = {}
    for name, probe in probes().items():
        try:
            parts[name] = probe() or "ok"
        except (DatabaseError, psycopg.Error, redis.RedisError, OSError) as error:
            log.warning("not_ready", part=name, error=str(error))
            parts[name] = "no answer"
    everything = all(state == "ok" for state in parts.values())
    return JsonResponse({"ready": everything, "parts": parts}, status=200 if everything else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for the networks in METRICS_NETWORKS alone; to others it isn't there."""
    address = request.META["REMOTE_ADDR"]
    try:
        allowed = any(ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in settings.METRICS_NETWORKS)
    except ValueError:
        allowed = False
    if not allowed:
        raise Http404
    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")
