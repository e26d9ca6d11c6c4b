"""The one client of Valkey beside Celery's. What it holds may be gone at any second (DESIGN section 6)."""

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


@cache
def client() -> redis.Redis:
    """A pooled client that gives up after 0.2 s and never retries: whoever uses it must go on without an answer."""
    url = settings.REDIS_URL.replace("redis+socket://", "unix://", 1)
    return redis.Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))
