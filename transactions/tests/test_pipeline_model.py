"""The pipeline against a plain model: who, tier, limits, fees and balances in this order, one by one and in batches (C13)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from clients.enums import ClientStatus
from clients.models import Client
from core.errors import DomainError
from ledger.enums import OperationType
from ledger.models import Balance, PendingCredit
from ledger.services.posting import Batch, Move
from ledger.services.proof import prove
from ledger.tests.factories import ACTOR, buy, issuer_of, make_asset, make_wallet
from tiers.models import ClientTerms, TierChange
from tiers.tests.factories import operation_fee, tier
from tiers.tests.limits import limit, threshold
from transactions.services import pipeline
from wallets.enums import WalletOwner

D = Decimal
START = timezone.now().replace(microsecond=0) - timedelta(days=300)
PAYMENT, P2P, MANUAL, PURCHASE = OperationType.PAYMENT, OperationType.P2P_TRANSFER, OperationType.MANUAL_TRANSFER, OperationType.PURCHASE
OWNER = {"anna": "anna", "second": "anna", "ben": "ben"}  # wallet: client
PEOPLE, BASIC = [*OWNER], [PAYMENT, PURCHASE]
ROUTES = [(PAYMENT, PEOPLE, ["shop"]), (P2P, PEOPLE, PEOPLE), (MANUAL, PEOPLE, [*PEOPLE, "shop"]), (PURCHASE, ["issuer"], PEOPLE)]
# direction, types, days, most, most transactions
RULES = [
    ("send", [P2P, PAYMENT], 30, D(60), None), ("send", [], 1, D(45), 4), ("send", [MANUAL], None, D(20), None),
    ("receive", [PURCHASE], 7, D(50), None), ("balance", [], None, D(170), None),
]  # fmt: skip
FEE_OF_SENDER, SHARE_OF_RECEIVER = D("0.5"), D("1.5")  # of a P2P transfer; per cent of a payment


@dataclass
class Model:
    """Everything by names."""

    balances: dict[str, Decimal]
    tiers: dict[str, bool] = field(default_factory=dict)  # client: has the basic one
    frozen: set[str] = field(default_factory=set)
    moved: list[tuple[datetime, str, str, OperationType, Decimal]] = field(default_factory=list)

    def fee(self, kind, quantity):
        """(payer's side, fee)."""
        if kind == P2P:
            return 0, FEE_OF_SENDER
        share = (quantity * SHARE_OF_RECEIVER / 100).quantize(D("0.01"), ROUND_HALF_EVEN) if kind == PAYMENT else D(0)
        return 1, share

    def move(self, kind, sender, receiver, quantity, now):
        """The code of what refuses it, or nothing, and then it is booked."""
        parties = (sender, receiver)
        if code := self.refusal(kind, parties, quantity, now):
            return code
        side, fee = self.fee(kind, quantity)
        for place, wallet in enumerate(parties):
            self.balances[wallet] += quantity if place else -quantity
            if wallet in OWNER:
                self.moved.append((now, OWNER[wallet], "receive" if place else "send", kind, quantity))
        self.balances[parties[side]] -= fee
        return ""

    def refusal(self, kind, parties, quantity, now):
        sender, receiver = parties
        if sender == receiver:
            return "same_wallet"
        if OWNER.get(sender) in self.frozen:
            return "client_frozen"
        doer = OWNER.get(receiver if kind == PURCHASE else sender)
        if kind in (P2P, PAYMENT, PURCHASE) and self.tiers.get(doer) and kind not in BASIC:
            return "tier_does_not_open"
        for client in {OWNER[wallet] for wallet in parties if wallet in OWNER}:
            if any(self.exceeds(rule, client, kind, parties, quantity, now) for rule in RULES):
                return "limit_exceeded"
        side, fee = self.fee(kind, quantity)
        spent = quantity + (fee if side == 0 else 0)
        return "insufficient_balance" if sender in OWNER and self.balances[sender] < spent else ""

    def exceeds(self, rule, client, kind, parties, quantity, now):
        direction, types, days, most, most_times = rule
        sent, got = (OWNER.get(wallet) == client for wallet in parties)
        if types and kind not in types:
            return False
        if direction == "balance":
            held = sum((self.balances[wallet] for wallet, owner in OWNER.items() if owner == client), D(0))
            more = quantity * (got - sent)
            return got and more > 0 and held + more > most
        if not (sent if direction == "send" else got):
            return False
        before = [
            amount
            for at, who, way, type_, amount in self.moved
            if days and who == client and way == direction and (not types or type_ in types) and at > now - timedelta(days=days)
        ]
        return sum(before, D(0)) + quantity > most or (most_times is not None and len(before) + 1 > most_times)


class World:
    """The same in the database."""

    def __init__(self):
        self.asset = make_asset(issued=100_000)
        first = make_wallet()
        self.wallets = {
            "anna": first, "second": make_wallet(client=first.client), "ben": make_wallet(), "shop": make_wallet(WalletOwner.ORGANISATION),
            "issuer": issuer_of(self.asset),
        }  # fmt: skip
        self.clients = {name: self.wallets[name].client for name in ("anna", "ben")}
        for name in PEOPLE:
            buy(self.asset, self.wallets[name], 50, now=START - timedelta(days=100))
        for client in self.clients.values():
            own = limit(name="Own", client=client)
            for direction, types, days, most, times in RULES:
                threshold(own, self.asset, most, direction, types=types, period_days=days, max_count=times)
        operation_fee(self.asset, P2P, fixed=FEE_OF_SENDER, valid_from=START - timedelta(days=1))
        operation_fee(self.asset, PAYMENT, percentage=SHARE_OF_RECEIVER, payer="receiver", valid_from=START - timedelta(days=1))

    def balances(self):
        held = dict.fromkeys([*PEOPLE, "shop"], D(0))
        for name in held:
            own = {"wallet": self.wallets[name], "asset": self.asset}
            for rows in (Balance.objects.filter(**own), PendingCredit.objects.filter(**own)):
                held[name] += sum(rows.values_list("quantity", flat=True), D(0))
        return held

    def move(self, many, kind, sender, receiver, quantity, now):
        group = Batch([Move(kind, self.asset, self.wallets[sender], self.wallets[receiver], quantity)])
        try:
            with transaction.atomic():
                if many:
                    pipeline.move_many(groups=[group], actor=ACTOR, now=now)
                else:
                    pipeline.move(moves=group.moves, actor=ACTOR, now=now)
        except DomainError as error:
            return error.code
        return ""

    def freeze(self, name, frozen):
        status = ClientStatus.FROZEN if frozen else ClientStatus.ACTIVE
        Client.objects.filter(pk=self.clients[name].pk).update(status=status)

    def put_into_tier(self, name, basic):
        client, then = self.clients[name], timezone.now()
        if not basic:
            ClientTerms.objects.filter(client=client).update(tier=None)
            return
        entry = tier(1)
        entry.operations = [str(one) for one in BASIC]
        entry.save()
        change = TierChange.objects.create(
            client=client, new_tier=entry, direction="upgrade", with_fee=True, at=then, actor_type="system", actor_label="t"
        )
        ClientTerms.objects.update_or_create(client=client, defaults={"tier": entry, "tier_since": then, "change": change})


@st.composite
def steps(draw):
    what = draw(st.sampled_from(["move"] * 8 + ["freeze", "tier"]))
    if what != "move":
        return what, draw(st.sampled_from(["anna", "ben"])), draw(st.booleans())
    kind, senders, receivers = draw(st.sampled_from(ROUTES))
    quantity = D(draw(st.sampled_from([1, 5, 10, 15, 19, 20, 21, 30, 45, 46]))) + D(draw(st.sampled_from(["0", "0.01", "0.35"])))
    hours = draw(st.sampled_from([0, 1, 5, 23, 24, 25, 24 * 8, 24 * 31]))
    return kind, draw(st.sampled_from(senders)), draw(st.sampled_from(receivers)), quantity, hours


@pytest.mark.django_db
@pytest.mark.spec("LIM-07", "TIE-07", "FEE-04", "C13")
@pytest.mark.parametrize("many", [False, True])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(story=st.lists(steps(), min_size=4, max_size=16))
def test_the_pipeline_does_what_the_model_does(db, many, story):
    world, now = World(), START
    model = Model(world.balances())
    model.balances["issuer"] = D(0)
    for step in story:
        if step[0] == "freeze":
            world.freeze(*step[1:])
            (model.frozen.add if step[2] else model.frozen.discard)(step[1])
        elif step[0] == "tier":
            world.put_into_tier(*step[1:])
            model.tiers[step[1]] = step[2]
        else:
            *what, hours = step
            now += timedelta(hours=hours, seconds=1)
            expected = model.move(*what, now)
            event(expected or "posted")
            assert world.move(many, *what, now) == expected, (step, expected)
            held = {name: quantity for name, quantity in model.balances.items() if name != "issuer"}
            assert world.balances() == held, step
    assert prove().holds
