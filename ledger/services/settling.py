"""The settle step: hot wallets' credits into their balances, operations into hours and totals (LED-08)."""

from django.db import connection, transaction

WALLETS_AT_ONCE = 500
OPERATIONS_AT_ONCE = 5000


def settle() -> tuple[int, int]:
    """Fold what is pending; (balances, operations) done. Each chunk is a transaction of its own, short because its locks are
    in everybody's way. Can run at any time, twice at once, and be killed anywhere: what is not committed is pending still."""
    return _drain("SELECT ledger_settle(%s)", WALLETS_AT_ONCE), _drain("SELECT ledger_settle_figures(%s)", OPERATIONS_AT_ONCE)


def _drain(statement: str, at_once: int) -> int:
    done = 0
    number: int
    while True:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(statement, [at_once])
            (number,) = cursor.fetchone()
        done += number
        if number < at_once:
            return done
