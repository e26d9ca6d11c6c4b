"""Both posting functions and a plain-Python ledger get the same input and end with the same rows (DESIGN section 4, C13).

Two universes of the same wallets and assets lie side by side in one database: one posts group by group with `ledger_post`, the
other batch by batch with `ledger_post_many`. After every batch each table is compared, row by row, under the wallets' names.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from assets.models import Asset
from chain.models import ChainOp
from clients.models import Client
from clients.tests.factories import client_of_type
from ledger.enums import OperationType
from ledger.models import Balance, Entry, HourlyFigure, Lot, LotMove, Operation, PendingCredit, Reservation, WalletTotal
from ledger.services.posting import Batch, Cause, Move, available, local_date, post, post_many, release, reserve
from ledger.services.refusals import LedgerRefusal
from ledger.tests.factories import ACTOR, make_asset, make_wallet
from ledger.tests.model import AssetModel, LedgerModel, Refused, WalletModel
from wallets.enums import WalletOwner
from wallets.models import Wallet
from wallets.services import close_wallet

START = timezone.now().replace(microsecond=0) - timedelta(days=400)
WALLETS = {
    "issuer": WalletModel("issuer"), "outside": WalletModel("outside"), "fees": WalletModel("system"),
    "shop": WalletModel("organisation"), "mart": WalletModel("organisation"),
    "anna": WalletModel("client", "anna"), "anna second": WalletModel("client", "anna"),
    "bert": WalletModel("client", "bert"), "cara": WalletModel("client", "cara"), "dummy": WalletModel("client", "dummy", is_test=True),
}  # fmt: skip
ASSETS = {
    "plain": AssetModel(maximum=Decimal(60)), "aging": AssetModel(expires=10), "counted": AssetModel(counts=2),
    "both": AssetModel(expires=10, counts=2, maximum=Decimal(80)), "gift": AssetModel(barred=("p2p", "exchangeable")),
    "medal": AssetModel(barred=("payable", "redeemable")),
}  # fmt: skip
PEOPLE = ["anna", "anna second", "bert", "cara"]
SHOPS = ["shop", "mart"]
ROUTES = [
    ("purchase", ["issuer"], PEOPLE), ("purchase", ["issuer"], PEOPLE), ("payment", PEOPLE, SHOPS), ("payment", PEOPLE, SHOPS),
    ("p2p_transfer", PEOPLE, PEOPLE), ("manual_transfer", ["issuer", "shop", *PEOPLE], [*PEOPLE, "mart"]), ("fee", SHOPS, ["fees"]),
    ("refund", SHOPS, PEOPLE), ("loyalty_reward", ["issuer", "fees"], PEOPLE), ("cash_out", SHOPS, ["issuer"]), ("resell", PEOPLE, ["issuer"]),
    ("expiry_return", PEOPLE, ["issuer"]), ("additional_issuing", ["outside"], ["issuer"]), ("burning", ["issuer"], ["outside"]),
    ("payment", [*WALLETS], [*WALLETS]), ("exchange", PEOPLE, ["issuer"]),
]  # fmt: skip


class Universe:
    """The wallets, assets and clients of one side, by name both ways."""

    def __init__(self) -> None:
        clients = {name: client_of_type(is_test=name == "dummy") for name in ("anna", "bert", "cara", "dummy")}
        self.clients: dict[str, Client] = clients
        self.wallets: dict[str, Wallet] = {
            name: make_wallet(
                WalletOwner(model.owner), is_test=model.is_test, **({"client": clients[model.client]} if model.client else {})
            )
            for name, model in WALLETS.items()
        }
        self.assets: dict[str, Asset] = {
            name: make_asset(
                issuer=self.wallets["issuer"],
                max_client_balance=model.maximum,
                expiration_days=model.expires or None,
                transaction_count=model.counts or None,
                **dict.fromkeys(model.barred, False),
            )
            for name, model in ASSETS.items()
        }
        self.wallet_names = {wallet.pk: name for name, wallet in self.wallets.items()}
        self.asset_names = {asset.pk: name for name, asset in self.assets.items()}
        self.holds: list[int] = []

    def batch(self, group: dict[str, Any], prefix: str) -> Batch:
        moves = [
            Move(
                type=OperationType(move["type"]), asset=self.assets[move["asset"]], sender=self.wallets[move["sender"]],
                receiver=self.wallets[move["receiver"]], quantity=move["quantity"], optional=move.get("optional", False),
                expires_on=move.get("expires_on"), count=move.get("count"), comment=move.get("comment", ""),
                reservation_id=self.holds[move["hold"]] if move.get("hold") is not None else None,
            )
            for move in group["moves"]
        ]  # fmt: skip
        key = group.get("key")
        return Batch(moves=moves, cause=Cause("payment", 7, "PAY-7"), idempotency_key=f"{prefix} {key}" if key is not None else None)

    def rows(self) -> dict[str, list[Any]]:
        """Every row of this side under names, in the order it was made; ids become places."""
        wallets, assets = [*self.wallet_names], [*self.asset_names]
        operations = list(Operation.objects.filter(asset__in=assets).order_by("id"))
        place = {operation.pk: number for number, operation in enumerate(operations)}
        groups = {pk: number for number, pk in enumerate(dict.fromkeys(operation.group_id for operation in operations))}
        lots = {pk: number for number, pk in enumerate(Lot.objects.filter(wallet__in=wallets).order_by("id").values_list("pk", flat=True))}
        wallet, asset = self.wallet_names.__getitem__, self.asset_names.__getitem__
        held = {(b.wallet_id, b.asset_id): [b.quantity, b.reserved, b.remaining_count] for b in Balance.objects.filter(wallet__in=wallets)}
        for pending in PendingCredit.objects.filter(wallet__in=wallets):
            held.setdefault((pending.wallet_id, pending.asset_id), [Decimal(0), Decimal(0), 0])[0] += pending.quantity
        return {
            "operations": [
                (groups[o.group_id], o.type, o.status, o.refused_reason, asset(o.asset_id), o.quantity, wallet(o.sender_id), wallet(o.receiver_id),
                 o.count_debit, o.count_credit, o.comment, o.cause_type, o.cause_id, o.cause_reference, o.is_test, o.posted_at, o.actor_label)
                for o in operations
            ],
            "entries": [
                (place[e.operation_id], e.is_credit, wallet(e.wallet_id), asset(e.asset_id), e.client_id is not None, e.type, e.quantity, e.at,
                 e.running_quantity, e.running_count)
                for e in Entry.objects.filter(asset__in=assets).order_by("operation_id", "is_credit")
            ],
            "balances": sorted((wallet(w), asset(a), *values) for (w, a), values in held.items() if any(values)),
            "lots": [
                (wallet(lot.wallet_id), asset(lot.asset_id), place[lot.operation_id], lot.expires_on, lot.quantity, lot.reserved, lot.is_open)
                for lot in Lot.objects.filter(wallet__in=wallets).order_by("id")
            ],
            "lot moves": [
                (place[m.operation_id], lots[m.lot_id], m.quantity)
                for m in LotMove.objects.filter(operation__asset__in=assets).order_by("operation_id", "lot_id")
            ],
            "chain": [
                (place[op.operation_id], op.kind, asset(op.asset_id), op.amount, op.count_debit, op.count_credit, op.created_at)
                for op in ChainOp.objects.filter(operation_id__in=place).order_by("id")
            ],
            "reservations": [
                (wallet(r.wallet_id), asset(r.asset_id), r.quantity, r.is_open) for r in Reservation.objects.filter(wallet__in=wallets).order_by("id")
            ],
            "hours": sorted(
                (asset(f.asset_id), f.type, f.hour, f.quantity, f.count) for f in HourlyFigure.objects.filter(asset__in=assets)
            ),
            "totals": sorted(
                (wallet(t.wallet_id), asset(t.asset_id), t.type, t.is_credit, t.quantity, t.count)
                for t in WalletTotal.objects.filter(wallet__in=wallets)
            ),
        }  # fmt: skip


@st.composite
def moves(draw: st.DrawFn) -> dict[str, Any]:
    kind, senders, receivers = draw(st.sampled_from(ROUTES))
    asset = draw(st.sampled_from([*ASSETS]))
    move: dict[str, Any] = {
        "type": kind,
        "asset": asset,
        "sender": draw(st.sampled_from(senders)),
        "receiver": draw(st.sampled_from(receivers)),
        "quantity": Decimal(draw(st.sampled_from([1, 1, 2, 3, 5, 5, 8, 20, 300]))) + Decimal(draw(st.integers(0, 3))) / 4,
        "optional": draw(st.sampled_from([False, False, True])),
    }
    if asset in ("counted", "both") and move["receiver"] in PEOPLE and draw(st.integers(0, 3)) == 0:
        move["count"] = draw(st.integers(0, 3))
    if asset in ("aging", "both") and move["receiver"] in PEOPLE and draw(st.integers(0, 3)) == 0:
        move["days"] = draw(st.integers(0, 12))
    if draw(st.integers(0, 40)) == 0:
        move |= {"count": -1} if draw(st.booleans()) else {"days": -1}
    if draw(st.integers(0, 12)) == 0:
        move["hold"] = 0
    return move


groups = st.builds(
    lambda own, key: {"moves": own} | ({"key": key} if key is not None else {}),
    st.lists(moves(), min_size=1, max_size=2),
    st.one_of(st.none(), st.none(), st.integers(0, 4)),
)
steps = st.one_of(
    st.tuples(st.just("batch"), st.lists(groups, min_size=1, max_size=4)),
    st.tuples(st.just("batch"), st.lists(groups, min_size=1, max_size=2)),
    st.tuples(st.just("reserve"), st.sampled_from([*PEOPLE, *SHOPS]), st.sampled_from([*ASSETS]), st.integers(1, 30)),
    st.tuples(st.just("release"), st.integers(0, 3)),
    st.tuples(st.just("settle")),
    st.tuples(st.just("wait"), st.integers(1, 12)),
    st.tuples(st.just("client"), st.sampled_from(["anna", "bert"]), st.sampled_from(["active", "active", "frozen", "blocked"])),
    st.tuples(st.just("close"), st.sampled_from(["cara", "mart"])),
    st.tuples(st.just("deactivate"), st.sampled_from(["plain", "aging"])),
)


@pytest.fixture
def sides(db: None) -> tuple[Universe, Universe]:
    return Universe(), Universe()


def opening() -> list[dict[str, Any]]:
    """Every asset issued, and some in everybody's hands."""
    first = [
        {"type": "asset_creation", "asset": asset, "sender": "outside", "receiver": "issuer", "quantity": Decimal(900)} for asset in ASSETS
    ]
    given = [
        {"type": "purchase", "asset": asset, "sender": "issuer", "receiver": person, "quantity": Decimal(30)}
        for person in PEOPLE
        for asset in ASSETS
    ]
    return [{"moves": [move]} for move in first + given]


class Play:
    """One run: every step on both sides and on the model."""

    def __init__(self, single: Universe, many: Universe, tag: str) -> None:
        self.single, self.many, self.tag = single, many, tag
        self.model = LedgerModel(
            {name: WalletModel(**vars(wallet)) for name, wallet in WALLETS.items()},
            {name: AssetModel(**vars(asset)) for name, asset in ASSETS.items()},
            {},
        )
        self.now: datetime = START
        self.seen: list[str] = []
        single.holds, many.holds = [], []

    def run(self, step: tuple[Any, ...]) -> None:
        self.now += timedelta(minutes=7)
        kind, *details = step
        getattr(self, kind)(*details)
        self.compare()

    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    def batch(self, own: list[dict[str, Any]]) -> None:
        today = local_date(self.now)
        for move in (move for group in own for move in group["moves"]):
            if "days" in move:
                move["expires_on"] = today + timedelta(days=move["days"])
            if move.get("hold") is not None and move["hold"] >= len(self.single.holds):
                move["hold"] = None
        verdicts = [self._model(own, today), self._single(own), self._many(own)]
        assert verdicts[0] == verdicts[1] == verdicts[2], f"the model, one by one, and at once: {verdicts}"
        self.seen.append(verdicts[0] or "posted")

    def _model(self, own: list[dict[str, Any]], today: Any) -> str:
        try:
            self.model.batch(own, today)
        except Refused as refused:
            return str(refused)
        return ""

    def _single(self, own: list[dict[str, Any]]) -> str:
        try:
            with transaction.atomic():
                for group in own:
                    one = self.single.batch(group, f"{self.tag} single")
                    post(moves=one.moves, actor=ACTOR, now=self.now, cause=one.cause, idempotency_key=one.idempotency_key)
        except LedgerRefusal as refused:
            return refused.code
        return ""

    def _many(self, own: list[dict[str, Any]]) -> str:
        try:
            with transaction.atomic():
                post_many(groups=[self.many.batch(group, f"{self.tag} many") for group in own], actor=ACTOR, now=self.now)
        except LedgerRefusal as refused:
            return refused.code
        return ""

    def reserve(self, wallet: str, asset: str, quantity: int) -> None:
        purpose = Cause("redemption", len(self.model.holds), "RED")
        codes = set()
        for side, universe in enumerate((self.single, self.many)):
            try:
                with transaction.atomic():
                    named = Cause(f"{self.tag} {side}", purpose.id, purpose.reference)
                    universe.holds.append(
                        reserve(
                            wallet=universe.wallets[wallet],
                            asset=universe.assets[asset],
                            quantity=Decimal(quantity),
                            purpose=named,
                            now=self.now,
                        )
                    )
                codes.add("")
            except LedgerRefusal as refused:
                codes.add(refused.code)
        try:
            self.model.reserve(wallet, asset, Decimal(quantity), local_date(self.now))
            codes.add("")
        except Refused as refused:
            codes.add(str(refused))
        assert len(codes) == 1, codes

    def release(self, number: int) -> None:
        if number < len(self.model.holds):
            assert {release(reservation_id=side.holds[number]) for side in (self.single, self.many)} == {self.model.release(number)}

    def settle(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ledger_settle(100), ledger_settle_figures(1000)")

    def client(self, name: str, status: str) -> None:
        self.model.clients[name] = status
        Client.objects.filter(pk__in=[side.clients[name].pk for side in (self.single, self.many)]).update(status=status)

    def close(self, name: str) -> None:
        if not self.model.wallets[name].closed:
            self.model.wallets[name].closed = True
            for side in (self.single, self.many):
                close_wallet(wallet_id=side.wallets[name].pk, actor=ACTOR, now=self.now)

    def deactivate(self, name: str) -> None:
        self.model.assets[name].deactivated = True
        Asset.objects.filter(pk__in=[side.assets[name].pk for side in (self.single, self.many)]).update(status="deactivated")

    def compare(self) -> None:
        rows, others = self.single.rows(), self.many.rows()
        for table, own in rows.items():
            assert own == others[table], table
        model = self.model
        assert [(o[1], o[4], o[5], o[6], o[7], o[3], o[8], o[9]) for o in rows["operations"]] == model.history
        assert {(wallet, asset): quantity for wallet, asset, quantity, *_ in rows["balances"]} == {
            k: q for k, q in model.quantity.items() if q
        }
        for wallet, asset, _, reserved, count in rows["balances"]:
            assert (reserved, count) == (model.reserved[wallet, asset], model.count[wallet, asset])
            free = available(self.single.wallets[wallet], self.single.assets[asset], now=self.now)
            assert free == model.available(wallet, asset, local_date(self.now))
        for key, lots in model.lots.items():
            own = [lot[3:6] for lot in rows["lots"] if lot[:2] == key]
            assert own == [(lot.expires_on, lot.quantity, lot.reserved) for lot in lots]
        newest = {}
        for entry in rows["entries"]:
            if entry[4]:
                newest[WALLETS[entry[2]].client, entry[3], entry[5], entry[1]] = (entry[8], entry[9])
        assert newest == {key: value for key, value in model.running.items() if value[1]}

    def end(self) -> None:
        """The figures, the deferred checks, and every commitment computed again."""
        self.settle()
        self.compare()
        hours = {}
        for kind, asset, quantity, _, _, reason, *_ in self.model.history:
            if not reason:
                total, number = hours.get((asset, kind), (0, 0))
                hours[asset, kind] = (total + quantity, number + 1)
        found: dict[tuple[str, str], tuple[Any, int]] = {}
        for asset, kind, _, quantity, count in self.single.rows()["hours"]:
            total, number = found.get((asset, kind), (0, 0))
            found[asset, kind] = (total + quantity, number + count)
        assert found == hours
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT count(*) FROM chain_chainop WHERE operation_id IS NOT NULL AND ref <> ledger_ref(operation_id)")
            assert cursor.fetchone() == (0,)


@pytest.mark.spec("LED-01", "LED-02", "LED-03", "LED-08", "AST-10", "EXP-02", "EXP-04", "TXL-01", "TXL-02", "TXL-05", "TXL-06")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(play=st.lists(steps, min_size=2, max_size=9))
def test_one_by_one_at_once_and_in_plain_python(sides: tuple[Universe, Universe], play: list[tuple[Any, ...]]) -> None:
    with rolled_back():
        run = Play(*sides, tag="play")
        run.run(("batch", opening()))
        for step in play:
            run.run(step)
        run.end()
        for verdict in run.seen[1:]:
            event(f"batch: {verdict}")  # `--hypothesis-show-statistics` tells how often each verdict was met


def rolled_back() -> Any:
    class Block:
        def __enter__(self) -> None:
            self.block = transaction.atomic()
            self.block.__enter__()

        def __exit__(self, *error: object) -> None:
            if error[0] is None:
                transaction.set_rollback(True)
            self.block.__exit__(*error)

    return Block()


@pytest.mark.spec("LED-08")
def test_a_large_batch_with_shared_lots(sides: tuple[Universe, Universe]) -> None:
    """Many moves over the same lots, in one statement a table: nothing here falls back to the row by row body."""
    run = Play(*sides, tag="large")
    run.run(("batch", opening()))
    for day in range(4):
        run.run(("wait", 1))
        run.run(
            (
                "batch",
                [
                    {"moves": [{"type": "purchase", "asset": "aging", "sender": "issuer", "receiver": who, "quantity": Decimal(10 + day)}]}
                    for who in PEOPLE
                ],
            )
        )
    own = [
        {
            "moves": [
                {
                    "type": "payment",
                    "asset": "aging",
                    "sender": PEOPLE[number % 2],
                    "receiver": SHOPS[number % 2],
                    "quantity": Decimal("1.25"),
                }
            ]
        }
        for number in range(60)
    ] + [
        {"moves": [{"type": "p2p_transfer", "asset": "aging", "sender": "cara", "receiver": "bert", "quantity": Decimal("3.5")}]}
        for _ in range(12)
    ]
    run.run(("batch", own))
    run.run(("wait", 9))
    returns = [
        {
            "moves": [
                {
                    "type": "expiry_return",
                    "asset": "aging",
                    "sender": who,
                    "receiver": "issuer",
                    "quantity": run.model.expired(who, "aging", local_date(run.now)),
                }
            ]
        }
        for who in ("anna second", "bert")
    ]
    run.run(("batch", returns))
    run.end()
