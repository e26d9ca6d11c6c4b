"""Starting a case at its provider: asked until it is heard, under one reference that was committed before (KYC-05)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from audit.services import record
from core.actors import SystemActor
from core.tasks import enqueue
from kyc.enums import CaseStatus
from kyc.models import Case
from kyc.providers import PROVIDERS, Refused, Retryable, Started, provider
from kyc.services.asking import ALERT_AFTER, FIRST_POLL, complain, expect_result, settle
from kyc.services.cases import CaseAlreadyDecided, locked, sent_to_provider

STARTER = SystemActor("kyc")
INTEGRATED = [code for code, one in PROVIDERS.items() if one.integrated]
LEASE = timedelta(minutes=2)  # longer than a provider may take to answer
LONGEST_WAIT = timedelta(minutes=30)


def to_start(now: datetime) -> QuerySet[Case]:
    """Cases whose next attempt is due. One that waits longer than any wait was written by a clock that has been set back since."""
    rows = Case.objects.filter(status=CaseStatus.OPENED, provider__in=INTEGRATED)
    return rows.filter(Q(next_start_at=None) | Q(next_start_at__lte=now) | Q(next_start_at__gt=now + LONGEST_WAIT + LEASE)).order_by("pk")


def start_case(*, case_id: int, now: datetime) -> bool:
    """Ask the provider for a session. Answered: the case is with it, and the client is told where to go. Otherwise the case waits and it
    is tried again; administrators are alerted at once of a refusal, and after some attempts of silence (KYC-06).

    For a case that was started, decided or cancelled meanwhile nothing happens. False: the provider gave no usable answer.
    """
    claimed = to_start(now).filter(pk=case_id).update(next_start_at=now + LEASE, start_attempts=F("start_attempts") + 1)
    if not claimed:
        return True
    case = Case.objects.select_related("client", "tier").get(pk=case_id)
    answer = provider(case.provider).start(case)
    if isinstance(answer, Started):
        _started(case_id, answer, now=now)
    else:
        _failed(case_id, answer, now=now)
    return not isinstance(answer, Retryable)


@transaction.atomic(durable=True)
def _started(case_id: int, answer: Started, *, now: datetime) -> None:
    try:
        case = locked(case_id)
    except CaseAlreadyDecided:
        return  # its result was quicker than the answer
    if case.status == CaseStatus.OPENED and answer.url:
        sent_to_provider(case=case, url=answer.url, url_expires_at=answer.expires_at, actor=STARTER, now=now)
        expect_result(case=case, at=now + FIRST_POLL)
    elif case.status == CaseStatus.OPENED:  # over at the provider before we heard that it had begun
        expect_result(case=case, at=now)
        enqueue("kyc.tasks.ask_about_case", case_id=case.pk)
    settle(case, now=now)


@transaction.atomic(durable=True)
def _failed(case_id: int, answer: Refused | Retryable, *, now: datetime) -> None:
    try:
        case = locked(case_id)
    except CaseAlreadyDecided:
        return
    if case.status != CaseStatus.OPENED:
        return
    refused = isinstance(answer, Refused)
    wait = LONGEST_WAIT if refused else min(timedelta(seconds=15 * 2 ** min(case.start_attempts, 10)), LONGEST_WAIT)
    is_new = case.failure != answer.reason[:300]
    case.failure, case.next_start_at = answer.reason[:300], now + wait
    case.save(update_fields=["failure", "next_start_at"])
    if is_new:
        record(action="kyc.start_failed", actor=STARTER, subject=case, details={"why": answer.reason}, now=now)
    if refused or case.start_attempts >= ALERT_AFTER:
        complain(case, answer.reason, refused=refused, now=now)


def backlog() -> tuple[int, float]:
    """How many cases no provider has a session for yet, and the age of the oldest in seconds (OPS-02)."""
    found = Case.objects.filter(status=CaseStatus.OPENED).aggregate(count=Count("id"), oldest=Min("opened_at"))
    return found["count"], (timezone.now() - found["oldest"]).total_seconds() if found["oldest"] else 0.0
