"""The demo's KYC cases in every status, manual and by providers, through the services: clients of their own, in the order of time."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from django.db import transaction

from accounts.demo import person
from assets.models import Asset
from clients.enums import Channel, ClientType
from clients.models import Client
from clients.services import create_client
from clients.services.contacts import mark_verified
from core.actors import Actor, SystemActor
from core.locks import lock
from kyc import services
from kyc.demo_documents import send_papers
from kyc.enums import ProviderResult
from kyc.models import Case
from kyc.providers.interface import Finding, Reason, Snapshot
from kyc.services.cases import locked
from ledger.enums import OperationType
from ledger.services.posting import Move, post
from organisations.demo import CHANNEL
from organisations.models import ApiKey
from tiers.enums import Provider
from tiers.models import DictionaryEntry
from tiers.selectors.tiers import tiers
from tiers.services.selection import choices
from wallets.models import Wallet
from wallets.selectors import outside_wallet

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEVER_LATER = timedelta(minutes=1)


@dataclass(frozen=True)
class Role:
    """A client, how long ago it asked for a tier, of which provider, and what became of it."""

    name: str
    language: str
    ago: timedelta
    provider: str
    plot: str
    registration_number: str = ""


CAST = (
    Role("Agnese Vilciņa", "lv", 41 * DAY, Provider.MANUAL, "approved"),
    Role("Pierre Delacroix", "fr", 33 * DAY, Provider.SHUFTI, "accepted_approved"),
    Role("Normunds Štāls", "lv", 27 * DAY, Provider.SHUFTI, "declined_by_provider"),
    Role("Grace Pemberton", "en", 22 * DAY, Provider.SHUFTI, "not_finished"),
    Role("Solveiga Ābele", "lv", 19 * DAY, Provider.MANUAL, "declined"),
    Role("Baltic Timber Trade SIA", "lv", 15 * DAY, Provider.SUMSUB, "accepted_approved", "40203667788"),
    Role("Antoine Rousset", "fr", 12 * DAY, Provider.SHUFTI, "cancelled"),
    Role("Harriet Lockwood", "en", 6 * DAY, Provider.SHUFTI, "asked"),
    Role("Valdis Ozolnieks", "lv", 4 * DAY, Provider.MANUAL, "waits"),
    Role("Margaux Tessier", "fr", 50 * HOUR, Provider.SHUFTI, "accepted_waits"),
    Role("Fairwater Ceramics Ltd", "en", 30 * HOUR, Provider.SUMSUB, "accepted_waits", "13456780"),
    Role("Ilona Priedīte", "lv", 9 * HOUR, Provider.MANUAL, "answered"),
    Role("Colin Thackeray", "en", 3 * HOUR, Provider.SHUFTI, "taken"),
    Role("Raimonds Celms", "lv", 10 * NEVER_LATER, Provider.SHUFTI, "just_asked"),
)
FOUND = (
    Finding("document", "document_number", "LV4071165", True),
    Finding("document", "name", "", True),
    Finding("document", "expiry_date", "2031-08-14", True),
    Finding("face", "face", "", True),
    Finding("background", "background", "", None),
)
MISSED = (Finding("document", "name", "", True), Finding("face", "face", "", False))


class Play:
    """Happenings by time; each may add later ones."""

    def __init__(self, now: datetime) -> None:
        self.now, self.numbers = now, count(1)
        self.events: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        self.app: Actor = ApiKey.objects.get(name=CHANNEL)
        self.officer, self.clerk = person("CRO"), person("OPERATIONS")
        self.euro = Asset.objects.get(code="EUR")

    def at(self, when: datetime, happens: Callable[[datetime], object]) -> None:
        heapq.heappush(self.events, (min(when, self.now - NEVER_LATER), next(self.numbers), happens))

    def run(self) -> None:
        for number, role in enumerate(CAST):
            self.at(self.now - role.ago, lambda at, role=role, number=number: self.enter(role, number, at))
        while self.events:
            at, _number, happens = heapq.heappop(self.events)
            happens(at)

    def enter(self, role: Role, number: int, at: datetime) -> None:
        """The client signs up, proves its address and phone, pays money in, and an hour later asks for the tier."""
        client = self.sign_up(role, number, at - 2 * HOUR)
        wanted = tier_for(client, role.provider, at)
        if wanted is None:
            return
        move = Move(
            type=OperationType.TOP_UP, asset=self.euro, sender=outside_wallet(), receiver=Wallet.objects.filter(client=client).earliest("id"),
            quantity=Decimal(250), comment="Bank transfer",
        )  # fmt: skip
        post(moves=[move], actor=self.app, now=at - HOUR)
        case = services.request_tier(client_id=client.pk, tier_id=wanted.pk, actor=self.app, now=at).case
        if case is not None:
            send_papers(client, role.plot, app=self.app, officer=self.officer, at=at, now=self.now)
            getattr(self, f"then_{role.plot}")(case, at)

    def sign_up(self, role: Role, number: int, at: datetime) -> Client:
        first, _space, last = role.name.partition(" ")
        own = (
            {"type": ClientType.COMPANY, "company_name": role.name, "registration_number": role.registration_number}
            if role.registration_number
            else {
                "type": ClientType.PERSON,
                "first_name": first,
                "last_name": last,
                "birth_date": date(1970 + 2 * number, 1 + number % 12, 9),
            }
        )
        client = create_client(
            actor=self.app, now=at, email=f"kyc{number + 1}@clients.example", phone=f"+3712{7_300_411 + number * 7919}", language=role.language,
            **own,
        )  # fmt: skip
        with transaction.atomic():
            client = lock(Client.objects.all(), pk=client.pk)
            for channel in (Channel.EMAIL, Channel.PHONE):
                mark_verified(client=client, channel=channel, actor=client, now=at)
        return client

    # What a provider does.
    def session(self, case: Case, at: datetime) -> None:
        with transaction.atomic():
            url = f"https://verify.example/{case.provider_reference[:12]}"
            services.sent_to_provider(case=locked(case.pk), url=url, url_expires_at=at + DAY, actor=SystemActor(case.provider), now=at)

    def say(self, case: Case, result: str, at: datetime, *reasons: Reason, findings: tuple[Finding, ...] = ()) -> None:
        snapshot = Snapshot(result=result, reasons=reasons, findings=findings)
        services.apply_snapshot(case_id=case.pk, snapshot=snapshot, actor=SystemActor(case.provider), now=at)

    def accepted(self, case: Case, at: datetime) -> datetime:
        self.session(case, at + timedelta(seconds=4))
        then = at + timedelta(minutes=19)
        self.at(then, lambda when: self.say(case, ProviderResult.ACCEPTED, when, findings=FOUND))
        return then

    # What becomes of the cases.
    def then_approved(self, case: Case, at: datetime) -> None:
        self.at(at + 3 * HOUR, lambda when: services.take(case_id=case.pk, actor=self.officer, now=when))
        self.at(
            at + 26 * HOUR,
            lambda when: services.approve(case_id=case.pk, actor=self.officer, now=when, note="Statement of the bank and payslips seen."),
        )

    def then_accepted_approved(self, case: Case, at: datetime) -> None:
        then = self.accepted(case, at)
        self.at(then + 5 * HOUR, lambda when: services.approve(case_id=case.pk, actor=self.officer, now=when))

    def then_declined_by_provider(self, case: Case, at: datetime) -> None:
        self.session(case, at + timedelta(seconds=4))
        why = Reason("SPDR43", "Face in the selfie does not match the face on the document.")
        self.at(at + timedelta(minutes=31), lambda when: self.say(case, ProviderResult.DECLINED, when, why, findings=MISSED))

    def then_not_finished(self, case: Case, at: datetime) -> None:
        self.session(case, at + timedelta(seconds=4))
        self.at(
            at + HOUR, lambda when: self.say(case, ProviderResult.CANCELLED, when, Reason("cancelled", "The user left the verification."))
        )

    def then_declined(self, case: Case, at: datetime) -> None:
        self.at(
            at + 2 * DAY,
            lambda when: services.decline(
                case_id=case.pk, reason="expired", reason_text="The passport ended in March.", note="Second passport asked by phone.",
                actor=self.officer, now=when,
            ),
        )  # fmt: skip

    def then_cancelled(self, case: Case, at: datetime) -> None:
        self.session(case, at + timedelta(seconds=4))
        self.at(at + 7 * HOUR, lambda when: services.cancel(case_id=case.pk, actor=self.app, now=when))

    def ask(self, case: Case, when: datetime) -> None:
        asked = "Please send a bill with your name and address that is younger than three months."
        services.ask_more(case_id=case.pk, asked=asked, actor=self.clerk, now=when)

    def then_asked(self, case: Case, at: datetime) -> None:
        then = self.accepted(case, at)
        self.at(then + 4 * HOUR, lambda when: services.take(case_id=case.pk, actor=self.clerk, now=when))
        self.at(then + 5 * HOUR, lambda when: self.ask(case, when))

    def then_answered(self, case: Case, at: datetime) -> None:
        self.at(at + HOUR, lambda when: services.take(case_id=case.pk, actor=self.clerk, now=when))
        self.at(at + HOUR, lambda when: self.ask(case, when))
        answer = "The electricity bill of October; the name on it is my husband's and mine."
        self.at(at + 4 * HOUR, lambda when: services.answer(case_id=case.pk, answer=answer, actor=self.app, now=when))

    def then_waits(self, case: Case, at: datetime) -> None:
        """For an administrator, and long already."""

    def then_accepted_waits(self, case: Case, at: datetime) -> None:
        self.accepted(case, at)

    def then_taken(self, case: Case, at: datetime) -> None:
        then = self.accepted(case, at)
        self.at(then + HOUR, lambda when: services.take(case_id=case.pk, actor=self.officer, now=when))

    def then_just_asked(self, case: Case, at: datetime) -> None:
        """The worker starts it at the provider, whose page anybody can open."""


def candidates(client: Client, now: datetime) -> Iterator[DictionaryEntry]:
    yield from (one.tier for one in choices(client=client, now=now) if one.is_open and one.needs_case)


def tier_for(client: Client, provider: str, now: datetime) -> DictionaryEntry | None:
    """The lowest tier that this client can ask for by this provider, else by any."""
    offered = list(candidates(client, now))
    return next((tier for tier in offered if tier.provider == provider), offered[0] if offered else None)


def load(now: datetime) -> None:
    if tiers().exists():
        Play(now).run()
