"""Who orders what and when, and what becomes of it: chance with a fixed seed, so that every demo tells the same story."""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from django.conf import settings

from accounts.demo import DEMO, person
from assets.models import Asset
from clients.models import Client
from clients.services import activate_client
from core.actors import Actor, SystemActor
from orders import services
from orders.demo.people import Sheet, sheets
from orders.demo.standing import charge_recurring, come_to, settle_in
from orders.enums import PaymentMethod
from orders.models import Order
from organisations.demo import CHANNEL
from organisations.models import ApiKey

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST_DAY, LAST_SIGN_UP = 89, 12  # days ago
Happening = Callable[[datetime], None]

# What becomes of the orders, and how many end so. The rest complete.
ENDS = {
    "underpaid_then_rest": 4, "overpaid": 4, "double": 3, "released": 3, "cancelled": 5, "expired": 14, "late": 3, "held_refused": 4,
    "paid_refused": 4,
}  # fmt: skip
PRESENT = {"waiting": 12, "underpaid": 2, "on_hold": 4, "above_limit": 2, "blocked": 4}
LATELY = 34  # completed within the last 50 hours, so that the overview's day and the one before it have something to show
ABOVE_LIMIT = Decimal(21_000)  # of AMBER: less than a wallet may hold, more than the tier lets a person buy in a year
NEWCOMERS = (3.1, 1.8, 1.3)  # days ago; a day later they order
ORDERS = 200
HOLD_REASONS = (
    "Name on the transfer differs from the client's",
    "Unusually large first order",
    "Address being checked",
    "Asked for the invoice",
)


class Story:
    """A queue of happenings by time; each may add later ones."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.chance = Random(2026)  # noqa: S311  not a secret: the same demo every time
        self.order_of_events = count()
        self.events: list[tuple[datetime, int, Happening]] = []
        self.clients: dict[str, Client] = {}
        self.staff = person("OPERATIONS")
        self.app = ApiKey.objects.get(name=CHANNEL)
        self.provider = SystemActor(settings.PAYMENT_PROVIDER)
        self.assets = {asset.code: asset for asset in Asset.objects.filter(code__in=["AMBER", "MEALS", "EUR"])}

    def tell(self) -> None:
        cast = sheets()
        days = sorted([*(self.chance.uniform(LAST_SIGN_UP, FIRST_DAY) for _ in cast[len(NEWCOMERS) :]), *NEWCOMERS])
        for sheet, day in zip(cast, reversed(days), strict=True):
            self.at(self.now - day * DAY, lambda at, sheet=sheet: self.sign_up(sheet, at))
        self.plan(cast, [self.now - day * DAY for day in reversed(days)])
        for day in range(FIRST_DAY, 0, -1):
            self.at(self.now - day * DAY, charge_recurring)
        while self.events:
            at, _number, happens = heapq.heappop(self.events)
            happens(at)

    def at(self, when: datetime, happens: Happening) -> None:
        """Let it happen then; never later than a minute ago."""
        heapq.heappush(self.events, (min(when, self.now - timedelta(minutes=1)), next(self.order_of_events), happens))

    def sign_up(self, sheet: Sheet, at: datetime) -> None:
        client = sheet.sign_up(actor=self.app, now=at)
        self.clients[sheet.name] = client = activate_client(client=client, actor=DEMO, now=at + timedelta(minutes=7))
        number = len(self.clients)
        self.at(at + timedelta(minutes=9), lambda then: settle_in(client, number, app=self.app, at=then))
        if number % 6 == 5:
            self.at(at + HOUR * 20, lambda then: come_to(client, 3, then))

    # Which orders.
    def plan(self, cast: list[Sheet], joined: list[datetime]) -> None:
        members = list(zip(cast, joined, strict=True))
        crowded = members[-PRESENT["blocked"] :]  # they order more than their wallets may hold
        for sheet, since in crowded:
            self.at(since + DAY, lambda at, sheet=sheet: self.buy_too_much(sheet, at))
        for end, age in self.ends():
            sheet, since = self.chance.choice(members[:2] if end == "above_limit" else members[: -len(crowded)])
            when = self.now - age if age else since + HOUR + (self.now - 4 * DAY - since - HOUR) * self.chance.random()
            self.at(when, lambda at, sheet=sheet, end=end: self.buy(sheet, end, at))

    def ends(self) -> Iterator[tuple[str, timedelta | None]]:
        """(what becomes of it, how long ago it was created if that matters)."""
        for end in ("waiting", "underpaid", "on_hold", "above_limit"):
            for _ in range(PRESENT[end]):
                yield end, self.chance.uniform(1, 60) * HOUR
        for _ in range(LATELY):
            yield "quick", self.chance.uniform(1, 50) * HOUR
        past = [end for end, number in ENDS.items() for _ in range(number)]
        past += ["completed"] * (ORDERS - len(past) - sum(PRESENT.values()) - PRESENT["blocked"] - LATELY)
        for end in past:
            yield end, None

    def order(self, client: Client, code: str, quantity: Decimal, at: datetime) -> Order:
        by_hand = self.chance.random() < 0.15
        method = PaymentMethod.BANK_TRANSFER if by_hand or self.chance.random() < 0.4 else PaymentMethod.PROVIDER
        actor: Actor = self.staff if by_hand else self.app
        return services.create_order(
            client_id=client.pk, asset_id=self.assets[code].pk, currency_id=self.assets["EUR"].pk, quantity=quantity, payment_method=method,
            external_reference="" if by_hand else f"cart-{self.chance.randrange(10**6):06}", actor=actor, now=at,
        )  # fmt: skip

    def buy(self, sheet: Sheet, end: str, at: datetime) -> None:
        if self.chance.random() < 0.25:
            code, quantity = "MEALS", Decimal(self.chance.choice([25, 40, 50, 60, 80]))
        elif sheet.registration_number:
            code, quantity = "AMBER", Decimal(self.chance.randrange(300, 2500, 50))
        else:
            code, quantity = (
                "AMBER",
                Decimal(self.chance.choice([20, 25, 50, 75, 100, 150, 200, 250, 400])) + Decimal(self.chance.choice([0, 0, 0, 50])) / 100,
            )
        if end == "above_limit":
            code, quantity = "AMBER", ABOVE_LIMIT
        order = self.order(self.clients[sheet.name], code, quantity, at)
        getattr(self, f"then_{end}")(order, at)

    def soon(self, low: float, high: float) -> timedelta:
        return self.chance.uniform(low, high) * HOUR

    # What becomes of them.
    def pay(self, order: Order, amount: Decimal, at: datetime) -> None:
        by_provider = order.payment_method == PaymentMethod.PROVIDER
        reference = f"pp_{self.chance.getrandbits(48):012x}" if by_provider else f"2026{self.chance.randrange(10**8):08}"
        services.record_payment(
            order_id=order.pk, provider=settings.PAYMENT_PROVIDER if by_provider else "bank", provider_reference=reference, amount=amount,
            currency="EUR", received_at=at, actor=self.provider if by_provider else self.staff, now=at,
        )  # fmt: skip

    def pay_and_complete(self, order: Order, amount: Decimal, at: datetime) -> None:
        self.pay(order, amount, at)
        self.at(at + timedelta(seconds=2), lambda then: services.try_completion(order_id=order.pk, now=then))

    def then_completed(self, order: Order, at: datetime) -> None:
        self.at(at + self.soon(0.1, 30), lambda then: self.pay_and_complete(order, order.total, then))

    def then_quick(self, order: Order, at: datetime) -> None:
        self.at(at + self.soon(0.05, 0.6), lambda then: self.pay_and_complete(order, order.total, then))

    def then_underpaid_then_rest(self, order: Order, at: datetime) -> None:
        part = order.total - Decimal(10)
        self.at(at + self.soon(1, 20), lambda then: self.pay(order, part, then))
        self.at(at + self.soon(30, 60), lambda then: self.pay_and_complete(order, Decimal(10), then))

    def then_overpaid(self, order: Order, at: datetime) -> None:
        self.at(at + self.soon(1, 30), lambda then: self.pay_and_complete(order, order.total + Decimal(5), then))
        self.maybe_pay_back(order, at + 4 * DAY)

    def then_double(self, order: Order, at: datetime) -> None:
        self.then_completed(order, at)
        self.at(at + self.soon(31, 60), lambda then: self.pay(order, order.total, then))
        self.maybe_pay_back(order, at + 5 * DAY)

    def then_released(self, order: Order, at: datetime) -> None:
        self.hold(order, at + self.soon(0.5, 3))
        self.at(
            at + self.soon(20, 30),
            lambda then: services.release_order(order_id=order.pk, actor=self.staff, now=then, comment="Documents received") and None,
        )
        self.at(at + self.soon(31, 50), lambda then: self.pay_and_complete(order, order.total, then))

    def then_cancelled(self, order: Order, at: datetime) -> None:
        self.at(
            at + self.soon(1, 40),
            lambda then: services.cancel_order(order_id=order.pk, actor=self.staff, now=then, comment="Asked for by the client") and None,
        )

    def then_expired(self, order: Order, at: datetime) -> None:
        self.at(order.expires_at + timedelta(seconds=40), lambda then: services.cancel_if_unpaid(order_id=order.pk, now=then) and None)

    def then_late(self, order: Order, at: datetime) -> None:
        self.then_expired(order, at)
        self.at(order.expires_at + self.soon(2, 20), lambda then: self.pay(order, order.total, then))
        self.maybe_pay_back(order, order.expires_at + 2 * DAY)

    def then_held_refused(self, order: Order, at: datetime) -> None:
        self.hold(order, at + self.soon(0.5, 3))
        self.refuse(order, at + self.soon(20, 48), "The client couldn't say where the money comes from")

    def then_paid_refused(self, order: Order, at: datetime) -> None:
        self.at(at + self.soon(1, 20), lambda then: self.pay(order, order.total, then))
        self.refuse(order, at + self.soon(21, 30), "Paid from somebody else's account")
        self.maybe_pay_back(order, at + 4 * DAY)

    def then_waiting(self, order: Order, at: datetime) -> None:
        """Nothing yet."""

    def then_underpaid(self, order: Order, at: datetime) -> None:
        self.at(at + self.soon(0.2, 0.9), lambda then: self.pay(order, (order.total / 2).quantize(Decimal("0.01")), then))

    def then_above_limit(self, order: Order, at: datetime) -> None:
        """On hold from the beginning: an administrator decides (KYC-32)."""

    def then_on_hold(self, order: Order, at: datetime) -> None:
        self.hold(order, at + self.soon(0.2, 0.9))

    def hold(self, order: Order, when: datetime) -> None:
        reason = self.chance.choice(HOLD_REASONS)
        self.at(when, lambda then: services.hold_order(order_id=order.pk, actor=self.staff, now=then, comment=reason) and None)

    def refuse(self, order: Order, when: datetime, reason: str) -> None:
        self.at(when, lambda then: services.refuse_order(order_id=order.pk, actor=self.staff, now=then, comment=reason) and None)

    def maybe_pay_back(self, order: Order, when: datetime) -> None:
        """Half of the refunds have been paid back by now."""
        if self.chance.random() < 0.5:
            self.at(when, lambda then: self.pay_back(order, then))

    def pay_back(self, order: Order, at: datetime) -> None:
        for refund in order.refunds.filter(status="due"):
            number = f"SEPA-{self.chance.randrange(10**7):07}"
            services.pay_back_refund(refund_id=refund.pk, bank_reference=number, actor=person("CFO"), now=at)

    def buy_too_much(self, sheet: Sheet, at: datetime) -> None:
        """Two orders that fit the maximum balance one by one, not together: the second stays paid and says why (AST-10)."""
        first = self.order(self.clients[sheet.name], "MEALS", Decimal(600), at)
        second = self.order(self.clients[sheet.name], "MEALS", Decimal(550), at + timedelta(minutes=4))
        self.at(at + 2 * HOUR, lambda then: self.pay_and_complete(first, first.total, then))
        self.at(at + 3 * HOUR, lambda then: self.pay_and_complete(second, second.total, then))
