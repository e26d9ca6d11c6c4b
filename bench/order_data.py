"""Orders by the million for the lists and the exports: made by SQL, loaded by COPY as the owner, indexes made once they lie there."""

import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import psycopg

from assets.enums import AssetKind
from bench._assets import add_asset

ORDERS_OF_A_CLIENT = 20
SYSTEM_WALLETS = 1000  # ids that migrations may have taken
RARE, COMMON = "Quetzalcoatl", "Anna"  # one client's name; a fifth of the clients'

CLIENT_ROWS = """
SELECT n::bigint AS id, 'CLI-' || lpad(upper(to_hex(n)), 8, '0') AS reference, 'person' AS type, 'active' AS status,
    'client' || n || '@example.com' AS email, '+3712' || lpad(n::text, 7, '0') AS phone,
    CASE WHEN n = {clients} / 2 THEN '{rare}' WHEN n % 5 = 0 THEN '{common}' ELSE 'Name' || n % 1000 END AS first_name,
    'Surname' || n % 5000 AS last_name, '' AS company_name, '' AS registration_number, 'en' AS language,
    (n % 4)::smallint AS verification_level, false AS is_test, TIMESTAMPTZ '2024-01-01' + n * INTERVAL '1 minute' AS created_at
FROM generate_series(1, {clients}) n
"""
WALLET_ROWS = """
SELECT (n + {system_wallets})::bigint AS id, 'WAL-' || lpad(upper(to_hex(n)), 8, '0') AS reference, gen_random_uuid() AS uuid, '' AS name,
    'client' AS owner_type, n::bigint AS client_id, '0x' || substr(encode(sha256(n::text::bytea), 'hex'), 1, 40) AS address,
    'create2-v1' AS address_scheme, 'open' AS status, false AS is_hot, false AS is_test, TIMESTAMPTZ '2024-01-01' AS created_at
FROM generate_series(1, {clients}) n
"""
# One order in ten is on hold; with a date that makes the page of two filters.
ORDER_ROWS = """
SELECT n AS id, 'ORD-' || lpad(upper(to_hex(n)), 8, '0') AS reference, o AS client_id, o + {system_wallets} AS wallet_id, 1::bigint AS asset_id,
    n % 9000 + 0.25 AS quantity, 2::bigint AS currency_id, 1.10 AS rate, (n % 9000 + 1)::numeric AS price, 0::numeric AS fee,
    (n % 9000 + 1)::numeric AS total,
    CASE WHEN n % 10 = 0 THEN 'on_hold' WHEN n % 3 = 0 THEN 'refused' ELSE 'cancelled' END AS status,
    CASE WHEN n % 10 = 0 THEN 'hand' ELSE '' END AS hold_kind, '{{}}'::bigint[] AS overridden,
    CASE WHEN n % 7 = 0 THEN 'provider' ELSE 'bank_transfer' END AS payment_method,
    'PAY-' || lpad(upper(to_hex(n)), 8, '0') AS payment_reference, 'unpaid' AS payment_state, 0::numeric AS received, '' AS hold_reason,
    '' AS closing_reason, '' AS blocked_code, '' AS blocked_reason, 0::integer AS attempts, 'client' AS creator_type,
    'CLI-' || o AS creator_label, '' AS external_reference, false AS is_test,
    TIMESTAMPTZ '2024-06-01' + n * INTERVAL '5 seconds' AS created_at, TIMESTAMPTZ '2024-06-02' + n * INTERVAL '5 seconds' AS expires_at
FROM (SELECT n, n * 7919 % {clients} + 1 AS o FROM generate_series(1::bigint, {orders}) n) rows
"""


def orders(number: int) -> Callable[[psycopg.Connection], None]:
    """A filler for `Run.database`: so many orders, twenty of each client, spread over time."""

    def fill(owner: psycopg.Connection) -> None:
        started = time.monotonic()
        owner.execute("SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
        add_asset(owner, 1, "CAFE")
        add_asset(owner, 2, "EUR", kind=AssetKind.CURRENCY)
        owner.commit()
        names = {
            "clients": number // ORDERS_OF_A_CLIENT,
            "rare": RARE,
            "common": COMMON,
            "orders": number,
            "system_wallets": SYSTEM_WALLETS,
        }
        load(owner, "clients_client", CLIENT_ROWS.format(**names))
        load(owner, "wallets_wallet", WALLET_ROWS.format(**names))
        with bare(owner, "orders_order"):
            load(owner, "orders_order", ORDER_ROWS.format(**names))
            print(f"{number:,} orders loaded after {time.monotonic() - started:.0f} s; now their indexes", flush=True)
        print(f"{number:,} orders ready after {time.monotonic() - started:.0f} s", flush=True)

    return fill


def load(owner: psycopg.Connection, table: str, rows: str) -> None:
    """The rows of a SELECT that names its columns, made by a second server process while the first writes them down."""
    with psycopg.connect(**owner.info.get_parameters(), password=owner.info.password) as maker:
        columns = [column.name for column in maker.execute(f"{rows} LIMIT 0").description or []]
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        with (
            maker.cursor().copy(f"COPY ({rows}) TO STDOUT (FORMAT binary)") as made,
            owner.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)") as written,
        ):
            for data in made:
                written.write(data)
    owner.commit()  # the deferred keys are checked here, and the table can be altered again
    owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    owner.commit()


@contextmanager
def bare(owner: psycopg.Connection, table: str) -> Any:
    """The table without its constraints and indexes for the time of the block: one sort each beats millions of inserts."""
    constraints = owner.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE (conrelid = %(table)s::regclass OR confrelid = %(table)s::regclass) AND contype IN ('f', 'p', 'u', 'c')"
        " ORDER BY position(contype::text IN 'fpuc')",  # foreign keys go first and come back last
        {"table": table},
    ).fetchall()
    for holder, name, _definition in constraints:
        owner.execute(f'ALTER TABLE {holder} DROP CONSTRAINT "{name}"')
    indexes = owner.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass", [table]
    ).fetchall()
    for name, _definition in indexes:
        owner.execute(f"DROP INDEX {name}")
    yield
    own = [f'ADD CONSTRAINT "{name}" {definition}' for holder, name, definition in reversed(constraints) if holder == table]
    owner.execute(f"ALTER TABLE {table} {', '.join(own)}")  # one reading of the table for all of them
    for holder, name, definition in reversed(constraints):
        if holder != table:
            owner.execute(f'ALTER TABLE {holder} ADD CONSTRAINT "{name}" {definition}')
    for _name, definition in indexes:
        owner.execute(definition)
    owner.commit()
