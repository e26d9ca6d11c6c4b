"""A whole order completion through its service: lock, status, audit event, purchase from the one issuing wallet, chain row, commit."""

import secrets
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, islice
from typing import Any

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from assets.enums import AssetKind
from assets.models import Asset
from bench._assets import add_asset
from bench.harness import Run, Step, bench
from chain.addresses import SCHEME, wallet_address
from core import instance
from core.actors import SystemActor
from ledger.enums import OperationType
from ledger.services.posting import Move, post
from orders import services
from orders.enums import OrderStatus
from orders.models import Order
from wallets.selectors import issuer_wallet, outside_wallet
from wallets.services import assign_issuer_wallets

CLIENTS = 5_000
ORDERS = 150_000
QUICK_ORDERS = 30_000
WARM_UP = 20  # completions of each process before its clock starts
ACTOR = SystemActor("bench")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@bench("orders")
def orders(run: Run) -> None:
    """Every completion spends from the same hot wallet and credits one of 5,000 clients."""
    # Without limits, fees and holds: what they cost is the pipeline's part.
    instance.assume({"tiers.without_limit": "free", "transactions.held_levels": []})
    with run.database("orders", lambda owner: fill(owner, QUICK_ORDERS if run.quick else ORDERS)):
        stock()
        todo = split(8)
        for clients in (4, 8):
            run.race(
                f"a whole order completion, {clients} clients",
                ours=lambda clients=clients: run.processes(lambda worker: completions(todo, worker), clients=clients),
                limit=lambda clients=clients: run.pgbench(clients=clients),
                at_least=0.15,
            )
        completed = Order.objects.filter(status=OrderStatus.COMPLETED).count()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger_operation WHERE type = 'purchase'")
            purchases = cursor.fetchone()[0]
        if completed != purchases:
            raise RuntimeError(f"{completed} orders are completed, but {purchases} purchases were posted")
        run.verify()


def fill(owner: psycopg.Connection, orders: int) -> None:
    """5,000 clients with a wallet each, one asset and its currency, and paid orders; by COPY."""
    wallets = [(client, uuid.uuid4()) for client in range(1, CLIENTS + 1)]
    clients = (
        (number, f"CLT-B{number:07}", "person", "active", f"b{number}@bench.example", "Bench", f"Client {number}") for number, _ in wallets
    )
    copy(owner, "clients_client", "id reference type status email first_name last_name", clients,
         {"phone": "", "company_name": "", "registration_number": "", "language": "en", "verification_level": 0, "is_test": False, "created_at": NOW})  # fmt: skip
    rows = ((1000 + client, f"WAL-B{client:07}", key, client, wallet_address(key)) for client, key in wallets)
    copy(owner, "wallets_wallet", "id reference uuid client_id address", rows,
         {"name": "", "owner_type": "client", "address_scheme": SCHEME, "status": "open", "is_hot": False, "is_test": False, "created_at": NOW})  # fmt: skip
    add_asset(owner, 1, "BENCH")
    add_asset(owner, 2, "EUR", kind=AssetKind.CURRENCY)
    lines = (
        (number, f"ORD-B{number:07}", f"PAY-B{number:07}", number % CLIENTS + 1, 1001 + number % CLIENTS, NOW + timedelta(seconds=number))
        for number in range(1, orders + 1)
    )
    ten = Decimal(10)
    copy(owner, "orders_order", "id reference payment_reference client_id wallet_id created_at", lines,
         {"asset_id": 1, "quantity": ten, "currency_id": 2, "rate": Decimal(1), "price": ten, "fee": 0, "total": ten, "status": "paid",
          "payment_method": "provider", "payment_state": "paid", "received": ten, "hold_kind": "", "hold_reason": "", "overridden": [], "closing_reason": "", "blocked_code": "",
          "blocked_reason": "", "attempts": 0, "creator_type": "system", "creator_label": "system:bench", "external_reference": "",
          "is_test": False, "expires_at": NOW + timedelta(days=3), "paid_at": NOW})  # fmt: skip


def copy(owner: psycopg.Connection, table: str, columns: str, rows: Iterator[tuple[Any, ...]], same: dict[str, Any]) -> None:
    """Rows of differing `columns`, and what is the `same` in all."""
    names, constants = ", ".join([*columns.split(), *same]), tuple(same.values())
    with owner.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as sink:
            for row in rows:
                sink.write_row((*row, *constants))
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608


def stock() -> None:
    """Issue enough of the asset, through the ledger."""
    asset, wallet = Asset.objects.get(code="BENCH"), issuer_wallet()
    if hasattr(asset, "issuer_wallets"):
        return
    with transaction.atomic():
        assign_issuer_wallets(asset=asset, issuing_wallet=wallet, beneficiary_wallet=wallet)
        issued = Move(type=OperationType.ASSET_CREATION, asset=asset, sender=outside_wallet(), receiver=wallet, quantity=Decimal(10**9))
        post(moves=[issued], actor=ACTOR, now=timezone.now(), idempotency_key=f"bench:{secrets.token_hex(8)}")


def split(parts: int) -> list[list[int]]:
    """The paid orders' ids, dealt out."""
    ids = list(Order.objects.filter(status=OrderStatus.PAID).order_by("id").values_list("id", flat=True))
    return [ids[part::parts] for part in range(parts)]


def completions(todo: list[list[int]], worker: int) -> Step:
    """One worker's step: the next of its orders that an earlier round has not completed."""
    done = set(Order.objects.filter(status=OrderStatus.COMPLETED).values_list("id", flat=True))
    mine = (order_id for order_id in todo[worker] if order_id not in done)
    started = count()
    for order_id in islice(mine, WARM_UP):  # plans are made per session; pgbench's are made before its clock, too
        services.complete_order(order_id=order_id, actor=ACTOR, now=timezone.now())

    def step() -> None:
        order_id = next(mine, None)
        if order_id is None:
            raise RuntimeError(f"ran out of orders after {next(started)}: fill more")
        next(started)
        services.complete_order(order_id=order_id, actor=ACTOR, now=timezone.now())

    return step
