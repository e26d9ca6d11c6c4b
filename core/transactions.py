"""The one transaction that may stand around an outermost service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

_afterwards: ContextVar[list[Callable[[], object]] | None] = ContextVar("afterwards", default=None)


@contextmanager
def enclosing() -> Iterator[None]:
    """A transaction around one service, for the row that makes a request happen once (API-02, UIX-03).

    A service is `atomic(durable=True)`, so that nobody believes its work is committed while it isn't. Here nobody does:
    the answer leaves after this block's commit, and the key's row must live or die with the effect. The mark is the
    one that Django's own test case sets on its transaction, for the same purpose.
    """
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # Django names no public way
    work: list[Callable[[], object]] = []
    token = _afterwards.set(work)
    try:
        with block:
            yield
    finally:
        _afterwards.reset(token)
        for piece in work:
            afterwards(piece)


def afterwards(work: Callable[[], object]) -> None:
    """What has to last although the service is undone (a refusal with its reasons): at once, or where a transaction encloses the
    service, when that has ended."""
    waiting = _afterwards.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)
