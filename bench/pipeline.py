"""A transfer through the whole pipeline against pgbench's TPC-B with the same number of clients: five rules, two of them over 365
days, the decision kept, the event recorded, the order to the chain. The settle step runs beside it all, the proof holds at the end."""

import random
from collections.abc import Callable
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from audit.services import record
from bench.harness import Run, Step, bench
from bench.ledger import BATCH, CLIENTS, FIRST_CLIENT, FIRST_MERCHANT, MERCHANTS, WARM_UP, fill, settle, some_client
from core.actors import SystemActor
from ledger.enums import OperationType
from ledger.services.posting import AssetKey, Batch, Move, WalletKey
from tiers.enums import RuleType
from tiers.models import Limit, Threshold
from transactions.services import pipeline

ACTOR = SystemActor("bench")
ASSET = AssetKey(1, 2)
PENNY = Decimal("0.01")
PAYMENT = OperationType.PAYMENT
NEVER = Decimal(10**9)  # so much nobody moves here


@bench("pipeline")
def pipeline_bench(run: Run) -> None:
    with run.database("pipeline", fill):
        set_rules()
        for clients in (4, 8):
            run.race(
                f"a transfer under the rules to a hot wallet, {clients} clients",
                ours=lambda clients=clients: run.processes(transfers(1), clients=clients),
                limit=lambda clients=clients: run.pgbench(clients=clients),
                at_least=0.15,
            )
            run.race(
                f"a transfer under the rules, spread, {clients} clients",
                ours=lambda clients=clients: run.processes(transfers(MERCHANTS), clients=clients),
                limit=lambda clients=clients: run.pgbench(clients=clients),
                at_least=0.2,
            )
        for clients in (1, 4):
            run.race(
                f"batches of {BATCH} under the rules, {clients} clients",
                ours=lambda clients=clients: run.processes(batches(clients), clients=clients),
                limit=lambda clients=clients: run.pgbench(clients=clients),
                at_least=1.0,
            )
        settle()
        run.verify()


def set_rules() -> None:
    """Five rules for everybody: what is sent in a year, by type and at all, in a month, at once, and what may be held."""
    if Limit.objects.exists():
        return
    everybody = Limit.objects.create(name="Everybody", created_at=timezone.now())
    for rule, types, days in (
        (RuleType.SEND, [PAYMENT], 365),
        (RuleType.SEND, [], 365),
        (RuleType.SEND, [], 30),
        (RuleType.SEND, [PAYMENT], None),
        (RuleType.SEND, [PAYMENT, OperationType.P2P_TRANSFER], 7),
    ):
        Threshold.objects.create(limit=everybody, asset_id=1, amount=NEVER, rule=rule, types=types, period_days=days)


def payment(sender: int, merchants: int) -> Move:
    receiver = FIRST_MERCHANT + random.randrange(merchants)  # noqa: S311 - a load, not a secret
    return Move(PAYMENT, ASSET, WalletKey(sender), WalletKey(receiver), PENNY)


def transfers(merchants: int) -> Callable[[int], Step]:
    """As a transfer by hand does it: the pipeline and the event, in one transaction."""

    def prepare(worker: int) -> Step:
        posted = 0

        def step() -> None:
            nonlocal posted
            now = timezone.now()
            with transaction.atomic(durable=True):
                moved = pipeline.move(moves=[payment(some_client(), merchants)], actor=ACTOR, now=now)
                record(action="ledger.transferred", actor=ACTOR, subject=moved.posted.operations[0].subject, now=now)
            posted += 1
            if worker == 0 and posted % 500 == 0:
                settle()

        for _ in range(WARM_UP):
            step()
        return step

    return prepare


def batches(clients: int) -> Callable[[int], Step]:
    """Cut by wallet: each worker has its own clients (DESIGN 4.1)."""

    def prepare(worker: int) -> Step:
        own = range(FIRST_CLIENT + worker, FIRST_CLIENT + CLIENTS, clients)

        def step() -> int:
            groups = [Batch([payment(sender, MERCHANTS)]) for sender in random.sample(own, BATCH)]
            with transaction.atomic(durable=True):
                pipeline.move_many(groups=groups, actor=ACTOR, now=timezone.now())
            return BATCH

        return step

    return prepare
