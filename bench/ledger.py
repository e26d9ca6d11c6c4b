"""The ledger against pgbench's TPC-B with the same number of clients: one by one, hot wallets, batches (DESIGN 4.1).

A transfer here writes everything a transfer of an expiring digital asset writes: group, operation, two entries with running
totals, lots and their moves, balances or a pending credit, the figures' queue and the order to the chain. The settle step runs
beside it all, as it does in production, and the proof has to hold at the end.
"""

import json
import random
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import connection

from bench._assets import add_asset
from bench.harness import Run, Step, bench
from chain.addresses import SCHEME
from core.prepared import prepared
from wallets.enums import WalletOwner

CLIENTS, MERCHANTS, ISSUERS, LOTS = 10_000, 200, 200, 5
BATCH = 500
WARM_UP = 20  # posts of each process before its clock starts: plans are made once a session
NOW = datetime.now(UTC)
TODAY = NOW.date()
ONE = "SELECT * FROM ledger_post(%s, 'system', 'bench', 'system:bench', %s, %s)"
MANY = "SELECT count(*) FROM ledger_post_many(%s, 'system', 'bench', 'system:bench', %s, %s)"
# Wallet ids, above those that the migrations make: the outside world, then issuers, merchants and clients. Asset 1.
OUTSIDE, FIRST_ISSUER = 1000, 1001
FIRST_MERCHANT = FIRST_ISSUER + ISSUERS
FIRST_CLIENT = FIRST_MERCHANT + MERCHANTS


@bench("ledger")
def ledger(run: Run) -> None:
    with run.database("ledger", fill):
        for clients in (1, 4, 8):
            run.race(
                f"one payment, {clients} clients",
                ours=lambda clients=clients: run.processes(payments(MERCHANTS), clients=clients),
                limit=lambda clients=clients: run.pgbench(clients=clients),
                at_least=0.4 if clients > 1 else None,
            )
        run.race("one P2P transfer, 8 clients", ours=lambda: run.processes(p2p, clients=8), limit=lambda: run.pgbench(clients=8))
        run.race(
            "hot receiver, 8 clients",
            ours=lambda: run.processes(payments(1), clients=8),
            limit=lambda: run.processes(payments(MERCHANTS), clients=8),
            limit_name="spread receivers",
            at_least=0.8,
        )
        run.race(
            "hot sender, 8 clients",
            ours=lambda: run.processes(purchases(1), clients=8),
            limit=lambda: run.processes(purchases(ISSUERS), clients=8),
            limit_name="spread senders",
            at_least=0.5,
        )
        for clients, bound in ((1, 3.0), (8, 1.1)):
            run.race(
                f"batches of {BATCH}, {clients} clients",
                ours=lambda clients=clients: run.processes(batches(clients), clients=clients),
                limit=lambda clients=clients: run.pgbench(clients=clients),
                at_least=bound,
            )
        settle()
        run.verify()


def move(kind: str, sender: int, receiver: int, quantity: str = "0.01") -> dict[str, Any]:
    return {"type": kind, "asset": 1, "quantity": quantity, "sender": sender, "receiver": receiver}


def some_client() -> int:
    return FIRST_CLIENT + random.randrange(CLIENTS)  # noqa: S311 - a load, not a secret


def one_by_one(choose: Callable[[], dict[str, Any]], *, settles: bool) -> Step:
    """Posts in autocommit, each call its own transaction; the first worker also runs the settle step now and then."""
    cursor = prepared()  # as ledger.services.posting calls it
    for _ in range(WARM_UP):
        cursor.execute(ONE, [json.dumps({"moves": [choose()]}), NOW, TODAY])
    posted = 0

    def step() -> None:
        nonlocal posted
        cursor.execute(ONE, [json.dumps({"moves": [choose()]}), NOW, TODAY])
        posted += 1
        if settles and posted % 500 == 0:
            settle()

    return step


def payments(merchants: int) -> Callable[[int], Step]:
    def choose() -> dict[str, Any]:
        return move("payment", some_client(), FIRST_MERCHANT + random.randrange(merchants))  # noqa: S311

    return lambda worker: one_by_one(choose, settles=worker == 0)


def purchases(issuers: int) -> Callable[[int], Step]:
    def choose() -> dict[str, Any]:
        return move("purchase", FIRST_ISSUER + random.randrange(issuers), some_client())  # noqa: S311

    return lambda worker: one_by_one(choose, settles=worker == 0)


def p2p(worker: int) -> Step:
    def choose() -> dict[str, Any]:
        sender, receiver = random.sample(range(FIRST_CLIENT, FIRST_CLIENT + CLIENTS), 2)
        return move("p2p_transfer", sender, receiver)

    return one_by_one(choose, settles=worker == 0)


def batches(clients: int) -> Callable[[int], Step]:
    """Bulk work is cut by wallet: each worker has its own clients (DESIGN 4.1)."""

    def prepare(worker: int) -> Step:
        cursor = connection.cursor()
        own = range(FIRST_CLIENT + worker, FIRST_CLIENT + CLIENTS, clients)

        def step() -> int:
            merchant = FIRST_MERCHANT + random.randrange(MERCHANTS)  # noqa: S311
            groups = [{"moves": [move("payment", sender, merchant)]} for sender in random.sample(own, BATCH)]
            cursor.execute(MANY, [json.dumps(groups), NOW, TODAY])
            return BATCH

        return step

    return prepare


def settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_settle(500)")
        cursor.execute("SELECT ledger_settle_figures(20000)")
        while cursor.fetchone() == (20000,):
            cursor.execute("SELECT ledger_settle_figures(20000)")


def fill(owner: psycopg.Connection) -> None:
    """Wallets and clients by COPY; what they hold by the ledger's own function, so that the proof holds from the first row on."""
    with owner.cursor() as cursor:
        with cursor.copy("COPY clients_client (id, reference, type, status, email, phone, language, first_name, last_name, company_name,"
                         " registration_number, verification_level, is_test, created_at) FROM STDIN") as copy:  # fmt: skip
            for number in range(CLIENTS):
                copy.write_row((number + 1, f"CLT-{number:08}", "person", "active", f"c{number}@example.com", "", "en", "Anna", f"Kalna {number}",
                                "", "", 0, False, NOW))  # fmt: skip
        with cursor.copy(
            "COPY organisations_organisation (id, reference, name, external_reference, is_active, created_at) FROM STDIN"
        ) as copy:
            for number in range(MERCHANTS):
                copy.write_row((number + 1, f"ORG-{number:08}", f"Merchant {number}", "", True, NOW))
        columns = "id, reference, uuid, name, owner_type, organisation_id, client_id, address, address_scheme, status, is_hot, is_test, created_at"
        with cursor.copy(f"COPY wallets_wallet ({columns}) FROM STDIN") as copy:

            def wallet(number: int, owner_type: str, *, organisation: int | None = None, client: int | None = None) -> None:
                copy.write_row((number, f"WAL-{number:08}", str(uuid.uuid4()), "", owner_type, organisation, client, "0x" + secrets.token_hex(20),
                                SCHEME, "open", client is None, False, NOW))  # fmt: skip

            wallet(OUTSIDE, WalletOwner.OUTSIDE)
            for number in range(ISSUERS):
                wallet(FIRST_ISSUER + number, WalletOwner.ISSUER)
            for number in range(MERCHANTS):
                wallet(FIRST_MERCHANT + number, WalletOwner.ORGANISATION, organisation=number + 1)
            for number in range(CLIENTS):
                wallet(FIRST_CLIENT + number, WalletOwner.CLIENT, client=number + 1)
        add_asset(cursor, 1, "BENCH", reissuable=True, expires=True, expiration_days=365)
        cursor.execute(
            "INSERT INTO wallets_assetwallets (asset_id, issuing_wallet_id, beneficiary_wallet_id) VALUES (1, %s, %s)", [FIRST_ISSUER] * 2
        )
        issued = [{"moves": [move("additional_issuing", OUTSIDE, FIRST_ISSUER + number, "1000000000")]} for number in range(ISSUERS)]
        cursor.execute(MANY, [json.dumps(issued), NOW, TODAY])
        for lot in range(LOTS):
            for first in range(0, CLIENTS, 2000):
                sold = [
                    {"moves": [move("purchase", FIRST_ISSUER + lot, FIRST_CLIENT + number, "1000")]}
                    for number in range(first, min(first + 2000, CLIENTS))
                ]
                cursor.execute(MANY, [json.dumps(sold), NOW, TODAY])
        cursor.execute("SELECT ledger_settle(1000)")
        cursor.execute("SELECT ledger_settle_figures(1000000)")
        for table in ("clients_client", "organisations_organisation", "wallets_wallet", "assets_asset"):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 1000000)", [table])
