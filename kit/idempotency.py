"""What is sent twice happens once: the key's row, the effect and the answer share one transaction (API-02, UIX-03)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.transactions import enclosing
from kit.models import IdempotencyKey

KEPT = timedelta(days=7)


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 409


@dataclass(frozen=True)
class Answer:
    """What the first sending was answered: an HTTP status and a JSON body (or a page's address in it)."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


def content_hash(*parts: str) -> str:
    """One digest of everything that makes two sendings the same."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def once(*, owner: str, key: str, content: str, now: datetime, run: Callable[[], Answer]) -> Answer:
    """Run `run` once per (owner, key), however often and however concurrently it is sent, and give the first answer.

    A second sending waits for the first one's commit. What `run` raises is stored nowhere: nothing has happened, the key
    stays free. `run` may call one service. Raises IdempotencyKeyReused where the same key came with other content.
    """
    with enclosing():
        row_id = _claim(owner, key, content, now)
        if row_id is None:
            return _first_answer(owner, key, content)
        answer = run()
        IdempotencyKey.objects.filter(pk=row_id).update(status=answer.status, body=answer.body)
        return answer


def answered(*, owner: str, key: str, content: str) -> Answer | None:
    """The answer that this sending was given before, if it was: what it asked for needn't be possible a second time.

    Raises IdempotencyKeyReused where the same key came with other content.
    """
    known = IdempotencyKey.objects.filter(owner=owner, key=key).exists()
    return _first_answer(owner, key, content) if known else None


def _claim(owner: str, key: str, content: str, now: datetime) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kit_idempotencykey (owner, key, content_hash, status, body, created_at) VALUES (%s, %s, %s, 0, '{}', %s) "
            "ON CONFLICT (owner, key) DO NOTHING RETURNING id",
            [owner, key, content, now],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _first_answer(owner: str, key: str, content: str) -> Answer:
    first = IdempotencyKey.objects.get(owner=owner, key=key)
    if first.content_hash != content:
        raise IdempotencyKeyReused(_("This idempotency key was used before, with other content. Send a new key."))
    return Answer(first.status, first.body, replayed=True)


def forget_old_keys(*, now: datetime) -> int:
    """Delete the keys, and the answers they hold, that no sender will repeat any more. Gives their number."""
    return IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()[0]
