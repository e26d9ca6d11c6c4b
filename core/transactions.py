"""The one transaction that may stand around an outermost service."""

from django.db import transaction


def enclosing() -> transaction.Atomic:
    """A transaction around one service, for the row that makes a request happen once (API-02, UIX-03).

    A service is `atomic(durable=True)`, so that nobody believes its work is committed while it isn't. Here nobody does:
    the answer leaves after this block's commit, and the key's row must live or die with the effect. The mark is the
    one that Django's own test case sets on its transaction, for the same purpose.
    """
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # Django names no public way
    return block
