"""Row locks with a name and one order."""

from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def lock(rows: QuerySet[M], **criteria: object) -> M:
    """The one row, locked until commit (FOR NO KEY UPDATE, so that foreign keys to it don't wait). Raises DoesNotExist."""
    return rows.select_for_update(of=("self",), no_key=True).get(**criteria)


def lock_name(name: str) -> None:
    """Wait until no other transaction holds the lock of this name, and hold it until commit: for what no single row decides."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])
