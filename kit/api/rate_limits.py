"""Rate limits per key, counted by the minute in Valkey (API-02). Without Valkey nothing is limited and nothing fails."""

from dataclasses import dataclass
from time import time

import redis
import structlog
from django.http import HttpRequest
from ninja.errors import HttpError

from core import valkey

log = structlog.get_logger()
WINDOW = 60  # seconds


@dataclass(frozen=True)
class RateLimit:
    """Where a sender stands in the present minute: requests allowed, left, and seconds until it starts anew."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.remaining, 0)),
            "RateLimit-Reset": str(self.reset),
        }


def count(request: HttpRequest, *, sender: str, limit: int) -> None:
    """Count one request of `sender`; the middleware puts the headers on. Raises HttpError 429 above `limit` a minute."""
    minute, second = divmod(int(time()), WINDOW)
    name = f"rate:{sender}:{minute}"
    try:
        with valkey.client().pipeline(transaction=False) as pipe:
            used = int(pipe.incr(name).expire(name, 2 * WINDOW).execute()[0])
    except (redis.RedisError, OSError) as error:
        log.warning("rate_limit_unavailable", error=str(error))
        return
    state = RateLimit(limit, limit - used, WINDOW - second)
    request.rate_limit = state  # type: ignore[attr-defined]
    if state.remaining < 0:
        raise HttpError(429, f"More than {limit} requests in a minute. Wait {state.reset} seconds.")
