"""Orders by the million for the lists and the exports: written by SQL as the owner, indexes made once the rows are there."""

from collections.abc import Callable

import psycopg

CLIENTS = 50_000
SYSTEM_WALLETS = 1000  # ids that migrations may have taken
RARE, COMMON = "Quetzalcoatl", "Anna"  # one client's name; a fifth of the clients'

CLIENT_ROWS = """
INSERT INTO clients_client (id, reference, type, status, email, phone, first_name, last_name, company_name, registration_number,
                            language, verification_level, is_test, created_at)
SELECT n, 'CLI-' || lpad(upper(to_hex(n)), 8, '0'), 'person', 'active', 'client' || n || '@example.com', '+3712' || lpad(n::text, 7, '0'),
       CASE WHEN n = {clients} / 2 THEN '{rare}' WHEN n % 5 = 0 THEN '{common}' ELSE 'Name' || n % 1000 END, 'Surname' || n % 5000, '', '',
       'en', n % 4, false, TIMESTAMPTZ '2024-01-01' + n * INTERVAL '1 minute'
FROM generate_series(1, {clients}) n
"""
WALLET_ROWS = """
INSERT INTO wallets_wallet (id, reference, uuid, name, owner_type, client_id, address, address_scheme, status, is_hot, is_test, created_at)
SELECT n + {system_wallets}, 'WAL-' || lpad(upper(to_hex(n)), 8, '0'), gen_random_uuid(), '', 'client', n,
       '0x' || substr(encode(sha256(n::text::bytea), 'hex'), 1, 40), 'create2-v1', 'open', false, false, TIMESTAMPTZ '2024-01-01'
FROM generate_series(1, {clients}) n
"""
ASSET_ROWS = """
INSERT INTO assets_asset (id, code, name, label, kind, status, decimals, reissuable, expires, limits_transactions, image, is_test, created_at)
VALUES (1, 'CAFE', 'Coffee token', 'Coffee', 'digital', 'active', 2, false, false, false, '', false, '2024-01-01'),
       (2, 'EUR', 'Euro', 'Euro', 'currency', 'active', 2, false, false, false, '', false, '2024-01-01')
"""
# One order in ten is on hold, which with a rare payment method makes the page of two filters.
ORDER_ROWS = """
INSERT INTO orders_order (id, reference, client_id, wallet_id, asset_id, quantity, currency_id, rate, price, fee, total, status,
    payment_method, payment_reference, payment_state, received, hold_reason, closing_reason, blocked_code, blocked_reason, attempts,
    creator_type, creator_label, external_reference, is_test, created_at, expires_at)
SELECT n, 'ORD-' || lpad(upper(to_hex(n)), 8, '0'), o, o + {system_wallets}, 1, n % 9000 + 0.25, 2, 1.10, n % 9000 + 1, 0, n % 9000 + 1,
       CASE WHEN n % 10 = 0 THEN 'on_hold' WHEN n % 3 = 0 THEN 'refused' ELSE 'cancelled' END,
       CASE WHEN n % 7 = 0 THEN 'provider' ELSE 'bank_transfer' END, 'PAY-' || lpad(upper(to_hex(n)), 8, '0'), 'unpaid', 0, '', '', '', '', 0,
       'client', 'CLI-' || o, '', false, TIMESTAMPTZ '2024-06-01' + n * INTERVAL '5 seconds', TIMESTAMPTZ '2024-06-02' + n * INTERVAL '5 seconds'
FROM (SELECT n, (n * 7919 % {clients} + 1)::int AS o FROM generate_series(1::bigint, {orders}) n) rows
"""


def orders(number: int) -> Callable[[psycopg.Connection], None]:
    """A filler for `Run.database`: so many orders of 50,000 clients, spread over time."""

    def fill(owner: psycopg.Connection) -> None:
        owner.execute("SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
        names = {"clients": CLIENTS, "rare": RARE, "common": COMMON, "orders": number, "system_wallets": SYSTEM_WALLETS}
        for table, statement in (
            ("assets_asset", ASSET_ROWS),
            ("clients_client", CLIENT_ROWS),
            ("wallets_wallet", WALLET_ROWS),
            ("orders_order", ORDER_ROWS),
        ):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            if table == "orders_order":
                without_indexes(owner, table, statement.format(**names))
            else:
                owner.execute(statement.format(**names))
            owner.commit()  # the deferred keys are checked here, and the table can be altered again
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            owner.commit()

    return fill


def without_indexes(owner: psycopg.Connection, table: str, statement: str) -> None:
    """Run the INSERT with the table's foreign keys and indexes taken away, and make them again: one sort beats millions of inserts."""
    keys = owner.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'u', 'c')"
        " ORDER BY contype DESC",
        [table],
    ).fetchall()
    indexes = owner.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid"
        " AND c.contype IN ('u', 'p', 'x') WHERE i.indrelid = %s::regclass AND c.oid IS NULL",
        [table],
    ).fetchall()
    for name, _definition in keys:
        owner.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _definition in indexes:
        owner.execute(f"DROP INDEX {name}")
    owner.execute(statement)
    for name, definition in keys:
        owner.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for _name, definition in indexes:
        owner.execute(definition)
