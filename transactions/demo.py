"""The demo's transactions on hold in every status, and transfers between clients, through the services: clients of their own, in the
order of time. Euros, since they come from outside: the stock of the assets belongs to the story of the orders."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count

from django.db import transaction

from accounts.demo import person
from assets.models import Asset
from clients.enums import Channel, ClientType
from clients.models import Client
from clients.services import create_client
from clients.services.contacts import mark_verified
from clients.services.levels import set_verification_level
from core.actors import Actor
from core.locks import lock
from ledger.enums import OperationType
from ledger.services.posting import Move, post
from organisations.demo import CHANNEL
from organisations.models import ApiKey
from tiers.services.limits import LimitExceeded
from transactions.models import Hold
from transactions.services import holds, p2p
from wallets.models import Wallet
from wallets.selectors import outside_wallet, wallet_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Role:
    """A client of this level, and for each transfer how long ago it was sent, how much and to whom."""

    name: str
    language: str
    level: int
    sends: tuple[tuple[timedelta, str, str], ...] = ()
    plot: str = "waits"
    comment: str = ""


CAST = (
    Role("Markuss Eglītis", "lv", 2, ((20 * DAY, "18.50", "Imogen Hartley"), (7 * HOUR, "12.00", "Kārlis Vanags")), comment="Kino biļetes"),
    Role("Beatrice Holloway", "en", 0, ((34 * DAY, "40.00", "Markuss Eglītis"),), "expires", "Concert"),
    Role("Kārlis Vanags", "lv", 1, ((12 * DAY, "35.00", "Markuss Eglītis"), (12 * DAY - HOUR, "8.20", "Louis Carpentier")), "verified", "Pusdienas"),
    Role("Chloé Marchand", "fr", 1, ((9 * DAY, "940.00", "Markuss Eglītis"),), "verified", "Vélo"),
    Role("Oskars Liepa", "lv", 1, ((6 * DAY, "60.00", "Chloé Marchand"),), "cancelled"),
    Role("Louis Carpentier", "fr", 1, ((3 * DAY, "75.00", "Kārlis Vanags"),), comment="Loyer, ma part"),
    Role("Elīna Strautmane", "lv", 0, ((26 * HOUR, "20.00", "Markuss Eglītis"),)),
    Role("Imogen Hartley", "en", 1, ((5 * HOUR, "15.75", "Louis Carpentier"), (2 * HOUR, "120.00", "Elīna Strautmane")), comment="Books"),
)  # fmt: skip


class Play:
    """Happenings by time; each may add later ones."""

    def __init__(self, now: datetime) -> None:
        self.now, self.numbers = now, count(1)
        self.events: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self.app: Actor = ApiKey.objects.get(name=CHANNEL)
        self.officer = person("CRO")
        self.euro = Asset.objects.get(code="EUR")
        self.clients: dict[str, Client] = {}

    def at(self, when: datetime, happens: Callable[[datetime], object]) -> None:
        heapq.heappush(self.events, (min(when, self.now - timedelta(minutes=1)), next(self.numbers), happens))

    def run(self) -> None:
        for number, role in enumerate(CAST):
            self.at(self.now - 40 * DAY + number * HOUR, partial(self.enter, role, number))
            for ago, quantity, to in role.sends:
                self.at(self.now - ago, partial(self.send, role, quantity, to))
        while self.events:
            at, _number, happens = heapq.heappop(self.events)
            happens(at)

    def enter(self, role: Role, number: int, at: datetime) -> None:
        """The client signs up, is verified so far, and pays money in."""
        first, _space, last = role.name.partition(" ")
        client = create_client(
            actor=self.app, now=at, type=ClientType.PERSON, first_name=first, last_name=last, birth_date=date(1972 + 3 * number, 1 + number, 14),
            email=f"p2p{number + 1}@clients.example", phone=f"+3712{6_400_173 + number * 6151}", language=role.language,
        )  # fmt: skip
        if role.level:
            with transaction.atomic():
                client = lock(Client.objects.all(), pk=client.pk)
                for channel in (Channel.EMAIL, Channel.PHONE):
                    mark_verified(client=client, channel=channel, actor=client, now=at)
                set_verification_level(client_id=client.pk, level=role.level, actor=self.officer, now=at)
        self.clients[role.name] = client
        money = Move(
            type=OperationType.TOP_UP, asset=self.euro, sender=outside_wallet(), receiver=self.wallet(role.name), quantity=Decimal(1000),
            comment="Bank transfer",
        )  # fmt: skip
        post(moves=[money], actor=self.app, now=at + HOUR)  # no limit holds for who isn't verified yet

    def wallet(self, name: str) -> Wallet:
        return Wallet.objects.select_related("client").get(pk=wallet_of(self.clients[name].pk).pk)

    def send(self, role: Role, quantity: str, to: str, at: datetime) -> None:
        try:
            quote = p2p.quote_transfer(
                sender=self.wallet(role.name), receiver=self.wallet(to), asset=self.euro, quantity=Decimal(quantity), comment=role.comment,
                actor=self.clients[role.name], now=at,
            )  # fmt: skip
        except LimitExceeded:
            return  # at once, in an instance that holds nothing at this level
        sent = p2p.confirm_transfer(quote_id=quote.pk, actor=self.clients[role.name], now=at + timedelta(seconds=20))
        if sent.hold is not None:
            getattr(self, f"then_{role.plot}")(sent.hold, at)

    # What becomes of those that are held.
    def then_waits(self, hold: Hold, at: datetime) -> None:
        """For the client's level."""

    def then_verified(self, hold: Hold, at: datetime) -> None:
        self.at(at + 20 * HOUR, lambda when: self.verify(hold.client_id, when))

    def verify(self, client_id: int, at: datetime) -> None:
        with transaction.atomic():
            set_verification_level(
                client_id=client_id, level=2, actor=self.officer, now=at, reason="Passport and address seen at the branch"
            )
        holds.recheck(client_id=client_id, now=at + timedelta(seconds=3))

    def then_cancelled(self, hold: Hold, at: datetime) -> None:
        reason = "You told us by phone that it goes to the wrong person."
        self.at(at + 9 * HOUR, lambda when: holds.cancel_hold(hold_id=hold.pk, reason=reason, actor=self.officer, now=when))

    def then_expires(self, hold: Hold, at: datetime) -> None:
        self.at(hold.expires_at + timedelta(minutes=4), lambda when: holds.expire_holds(now=when))


def load(now: datetime) -> None:
    Play(now).run()
