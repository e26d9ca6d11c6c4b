"""A limit on how long the statements of a block may take, and hints to the planner, without a statement more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def statement_timeout(milliseconds: int, **settings: str) -> Iterator[None]:
    """Each statement of the block is cancelled after so many milliseconds (0: as the connection is set); `settings` hold for
    it too: `enable_seqscan="off"`.

    The SET LOCAL travels in the statement's own message, which PostgreSQL runs as one transaction: it ends with it. A
    cancelled statement raises OperationalError caused by psycopg's QueryCanceled.
    """
    if not milliseconds:
        yield
        return

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        wanted = {"statement_timeout": int(milliseconds), **settings}
        prefix = "".join(f"SET LOCAL {name} = {value}; " for name, value in wanted.items())
        result = execute(prefix + sql, params, many, context)
        for _setting in wanted:
            context["cursor"].cursor.nextset()  # past the answer of SET
        return result

    with connection.execute_wrapper(wrapper):
        yield
