"""The engine against a plain model that scans a list: windows to the second, one unit around the edge, odd days of the calendar (L4, C13)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.models import Rate
from assets.tests.factories import currency
from ledger.enums import OperationType
from ledger.tests.factories import buy, issuer_of, make_asset, make_wallet, move
from tiers.services.limits import Ask, check_many
from tiers.tests.limits import limit, threshold
from wallets.enums import WalletOwner

D = Decimal
DAY = 24 * 3600
RIGA = ZoneInfo("Europe/Riga")
MOMENTS = [
    datetime(2026, 3, 29, 3, 0, 0, tzinfo=RIGA),  # the hour that isn't there
    datetime(2026, 3, 30, 0, 0, 0, tzinfo=RIGA),
    datetime(2025, 10, 26, 3, 30, 0, tzinfo=RIGA),  # the hour that is there twice
    datetime(2025, 10, 27, 3, 30, 0, tzinfo=RIGA),
    datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC),
    datetime(2025, 2, 28, 12, 0, 0, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 59, 59, tzinfo=RIGA),
    datetime(2026, 1, 1, 0, 0, 0, tzinfo=RIGA),
]
SENT = [OperationType.PAYMENT, OperationType.P2P_TRANSFER, OperationType.MANUAL_TRANSFER]
RECEIVED = [OperationType.PURCHASE, OperationType.P2P_TRANSFER, OperationType.REFUND]
PERIODS = [1, 2, 30, 365, 366]
UNIT = D("0.01")
amounts = st.integers(1, 500).map(lambda units: units * UNIT)
# Before the check, in seconds: anywhere, or on the edge of a window.
ages = st.one_of(st.integers(1, 400 * DAY), st.builds(lambda days, off: days * DAY + off, st.sampled_from(PERIODS), st.integers(-1, 1)))


@dataclass(frozen=True)
class Done:
    age: int
    sent: bool
    type: OperationType
    quantity: Decimal
    second_wallet: bool


@dataclass(frozen=True)
class Bound:
    """A threshold; its amount lies `off` units from what the first group would make of it."""

    rule: str
    types: tuple[OperationType, ...]
    days: int | None
    rated: bool
    off: int
    count: int | None


@st.composite
def done(draw):
    sent = draw(st.booleans())
    return Done(draw(ages), sent, draw(st.sampled_from(SENT if sent else RECEIVED)), draw(amounts), draw(st.booleans()))


@st.composite
def bound(draw):
    rule = draw(st.sampled_from(["send", "receive", "balance"]))
    types = draw(st.lists(st.sampled_from(SENT if rule == "send" else RECEIVED), unique=True, max_size=2))
    days = None if rule == "balance" else draw(st.sampled_from([None, *PERIODS]))
    count = draw(st.none() | st.integers(1, 5)) if days else None
    return Bound(rule, tuple(types), days, draw(st.booleans()), draw(st.integers(-1, 1)), count)


@st.composite
def asked(draw):
    sent = draw(st.booleans())
    return draw(st.sampled_from(SENT if sent else RECEIVED)), sent, draw(amounts)


@dataclass
class Model:
    """Everything a client moved, as a list."""

    moved: list[tuple[datetime, bool, OperationType, Decimal]]
    planned: list[tuple[bool, OperationType, Decimal]] = field(default_factory=list)

    def fits(self, one: Bound, *, sent: bool, type: OperationType) -> bool:  # noqa: A002
        return sent == (one.rule == "send") and (not one.types or type in one.types)

    def used(self, one: Bound, now: datetime) -> tuple[Decimal, int]:
        if one.rule == "balance":
            every = [(sent, quantity) for _at, sent, _type, quantity in self.moved]
            every += [(sent, quantity) for sent, _type, quantity in self.planned]
            return sum((-quantity if sent else quantity for sent, quantity in every), D(0)), 0
        if one.days is None:
            return D(0), 0
        since = now - timedelta(seconds=one.days * DAY)
        counted = [quantity for at, sent, type_, quantity in self.moved if at > since and self.fits(one, sent=sent, type=type_)]
        counted += [quantity for sent, type_, quantity in self.planned if self.fits(one, sent=sent, type=type_)]
        return sum(counted, D(0)), len(counted)

    def added(self, one: Bound, group) -> tuple[Decimal, int]:
        about = [quantity for type_, sent, quantity in group if self.fits(one, sent=sent, type=type_)]
        if not about:
            return D(0), 0
        if one.rule == "balance":
            return sum((-quantity if sent else quantity for _type, sent, quantity in group), D(0)), len(about)
        return (max(about) if one.days is None else sum(about)), len(about)

    def refuses(self, one: Bound, amount: Decimal, rate: Decimal, group, now: datetime) -> bool:
        (used, times), (added, more) = self.used(one, now), self.added(one, group)
        if not more:
            return False
        too_much = added > 0 and (used + added) * rate > amount
        return too_much or (one.count is not None and times + more > one.count)


@pytest.mark.django_db
@pytest.mark.spec("LIM-07", "LIM-08", "KYC-30")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moment=st.sampled_from(MOMENTS),
    history=st.lists(done(), max_size=8),
    bounds=st.lists(bound(), min_size=1, max_size=4),
    groups=st.lists(st.lists(asked(), min_size=1, max_size=3), min_size=1, max_size=3),
    rate=st.sampled_from([D("0.5"), D("1.25"), D(3)]),
)
def test_the_engine_says_what_a_list_says(db, moment, history, bounds, groups, rate):
    now = moment.astimezone(UTC)
    asset, shop = make_asset(issued=1_000_000), make_wallet(WalletOwner.ORGANISATION)
    euro = currency("EUR")
    Rate.objects.create(asset=asset, currency=euro, rate=rate, set_at=timezone.now(), actor_type="system", actor_label="tests")
    first = make_wallet()
    wallets = [first, make_wallet(client=first.client)]
    long_ago = now - timedelta(days=1000)
    for wallet in wallets:
        buy(asset, wallet, 100, now=long_ago)
    moved = [(long_ago, False, OperationType.PURCHASE, D(100))] * 2
    buy(asset, stranger := make_wallet(), 1000, now=long_ago)
    for one in sorted(history, key=lambda one: -one.age):
        at, own = now - timedelta(seconds=one.age), wallets[one.second_wallet]
        if one.sent:
            move(one.type, asset, own, shop if one.type == OperationType.PAYMENT else stranger, one.quantity, now=at)
        else:
            sender = {OperationType.PURCHASE: issuer_of(asset), OperationType.REFUND: issuer_of(asset)}.get(one.type, stranger)
            move(one.type, asset, sender, own, one.quantity, now=at)
        moved.append((at, one.sent, one.type, one.quantity))

    model, rules = Model(moved), []
    personal = limit(name="Personal", client=first.client)
    for one in bounds:
        price = rate if one.rated else D(1)
        (used, _times), (added, _more) = model.used(one, now), model.added(one, groups[0])
        amount = max((used + added) * price + one.off * UNIT, D(0))
        threshold(
            personal,
            asset,
            amount,
            one.rule,
            types=[*one.types],
            period_days=one.days,
            max_count=one.count,
            currency=euro if one.rated else None,
        )
        rules.append((one, amount, price))
    asks = [
        [Ask(first.client_id, first.pk, "send" if sent else "receive", type_, asset.pk, quantity) for type_, sent, quantity in group]
        for group in groups
    ]
    for group, decision in zip(groups, check_many(groups=asks, now=now), strict=True):
        expected = any(model.refuses(one, amount, price, group, now) for one, amount, price in rules)
        assert (decision.refusal is not None) is expected, (group, decision)
        if not expected:
            model.planned += [(sent, type_, quantity) for type_, sent, quantity in group]
