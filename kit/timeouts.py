"""A limit on how long the statements of a block may take, without a statement more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def statement_timeout(milliseconds: int) -> Iterator[None]:
    """Each statement of the block is cancelled after so many milliseconds (0: as the connection is set).

    The SET LOCAL travels in the statement's own message, which PostgreSQL runs as one transaction: it ends with it. A
    cancelled statement raises OperationalError caused by psycopg's QueryCanceled.
    """
    if not milliseconds:
        yield
        return

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(f"SET LOCAL statement_timeout = {int(milliseconds)}; {sql}", params, many, context)
        context["cursor"].cursor.nextset()  # past the answer of SET
        return result

    with connection.execute_wrapper(wrapper):
        yield
