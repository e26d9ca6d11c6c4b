"""A connection of the tables' owner, for tests of what even the owner is refused, and of what is found after it was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings


@contextmanager
def owner() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as connection:
        yield connection
