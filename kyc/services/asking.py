"""Asking a provider how a case stands: after its callback, and by itself when none comes (KYC-05, KYC-06)."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.actors import SystemActor
from core.locks import lock
from core.subjects import Subject
from kyc.enums import ProviderResult
from kyc.models import Case, Inquiry
from kyc.providers import Reason, Refused, Snapshot, provider
from kyc.services.results import apply_snapshot
from messaging.services import raise_alert, settle_alert

log = structlog.get_logger()

LEASE = timedelta(minutes=1)
AT_MOST_EVERY = timedelta(seconds=2)
FIRST_POLL = timedelta(minutes=10)
LONGEST_POLL = timedelta(hours=6)
LONGEST_WAIT = timedelta(minutes=30)  # between attempts that fail
GRACE = timedelta(hours=2)  # after the link has expired, for the provider's own word on it
ALERT_AFTER = 5  # attempts without a usable answer


class Asked(Enum):
    ANSWERED = "answered"  # what the provider says is taken over
    NOT_NOW = "not now"  # somebody else is asking, or it was asked this moment
    FAILED = "failed"


def expect_result(*, case: Case, at: datetime) -> None:
    """From now on the provider of this case is asked by itself, first at `at`."""
    Inquiry.objects.update_or_create(case=case, defaults={"next_at": at})


def due(now: datetime) -> QuerySet[Inquiry]:
    return Inquiry.objects.filter(next_at__lte=now).order_by("next_at")


def ask_provider(*, case_id: int, now: datetime) -> Asked:
    """Ask, and take over what is answered: one at a time for each case and no more often than `AT_MOST_EVERY`.

    The call stands in no transaction; what it brought is applied in one, together with the note that it was asked.
    """
    if not _lease(case_id, now):
        return Asked.NOT_NOW
    case = Case.objects.select_related("client", "tier").get(pk=case_id)
    answer = provider(case.provider).fetch(case.provider_reference)
    if not isinstance(answer, Snapshot):
        _note_failure(case, answer.reason, refused=isinstance(answer, Refused), now=now)
        return Asked.FAILED
    try:
        _take_over(case, answer, now=now)
    except Exception:
        log.exception("snapshot_not_applied", case=case.reference)
        _note_failure(case, _("the result could not be taken over"), refused=False, now=now)
        return Asked.FAILED
    return Asked.ANSWERED


@transaction.atomic(durable=True)
def _lease(case_id: int, now: datetime) -> bool:
    Inquiry.objects.bulk_create([Inquiry(case_id=case_id)], ignore_conflicts=True)
    inquiry = lock(Inquiry.objects.all(), pk=case_id)
    # What lies in the future was written by a clock that has been set back since: it holds nothing up.
    if inquiry.leased_until and now < inquiry.leased_until <= now + LEASE:
        return False
    if inquiry.asked_at and now - AT_MOST_EVERY < inquiry.asked_at <= now:
        return False
    inquiry.leased_until = now + LEASE
    inquiry.save(update_fields=["leased_until"])
    return True


@transaction.atomic(durable=True)
def _take_over(case: Case, snapshot: Snapshot, *, now: datetime) -> None:
    if not snapshot.result and snapshot.untouched and case.url_expires_at and case.url_expires_at + GRACE <= now:
        snapshot = replace(snapshot, result=ProviderResult.ERROR, reasons=(Reason("timeout"),))  # nobody can finish it any more
    case = apply_snapshot(case_id=case.pk, snapshot=snapshot, actor=SystemActor(case.provider), now=now)
    inquiry = lock(Inquiry.objects.all(), pk=case.pk)
    inquiry.asked_at, inquiry.leased_until, inquiry.failures, inquiry.failure = now, None, 0, ""
    inquiry.for_client = snapshot.for_client
    inquiry.next_at = _next_poll(case, inquiry, now)
    inquiry.polls += 1
    inquiry.save()
    settle(case, now=now)


def _next_poll(case: Case, inquiry: Inquiry, now: datetime) -> datetime | None:
    """Ever more slowly, and once just after the link has expired; no more where nothing is awaited."""
    if not _is_awaited(case):
        return None
    at = now + min(FIRST_POLL * 2 ** min(inquiry.polls, 10), LONGEST_POLL)
    ends = case.url_expires_at
    return min([at, *(moment + timedelta(minutes=1) for moment in (ends, ends and ends + GRACE) if moment and moment > now)])


def _is_awaited(case: Case) -> bool:
    return case.is_open and not case.provider_result


@transaction.atomic(durable=True)
def _note_failure(case: Case, reason: str, *, refused: bool, now: datetime) -> None:
    """A failure of ours is never a result (KYC-06): the case waits, and administrators are told."""
    inquiry = lock(Inquiry.objects.all(), pk=case.pk)
    inquiry.failures += 1
    inquiry.failure, inquiry.leased_until = reason[:300], None
    # One that nothing is awaited of and that stayed due would keep all others of its provider from being asked.
    inquiry.next_at = now + min(timedelta(seconds=15 * 2 ** min(inquiry.failures, 10)), LONGEST_WAIT) if _is_awaited(case) else None
    inquiry.save()
    log.warning("provider_not_asked", provider=case.provider, case=case.reference, reason=reason)
    if refused or inquiry.failures >= ALERT_AFTER:
        complain(case, reason, refused=refused, now=now)


def complain(case: Case, reason: str, *, refused: bool, now: datetime) -> None:
    """One open alert for each provider, whatever the number of cases that wait for it."""
    label = provider(case.provider).label
    text = (
        _("%(provider)s refuses what we ask for %(case)s: %(why)s. Cases wait until it is mended.")
        if refused
        else _("%(provider)s can't be asked about %(case)s: %(why)s. Cases wait, and it is tried again.")
    )
    words = {"provider": label, "case": case.reference, "why": reason}
    raise_alert(kind=kind_of(refused=refused), subject=subject(case.provider), message=text % words, now=now)


def settle(case: Case, *, now: datetime) -> None:
    """The provider answers: what was complained of is over."""
    for refused in (True, False):
        settle_alert(kind=kind_of(refused=refused), subject=subject(case.provider), note=_("The provider answers again."), now=now)


def kind_of(*, refused: bool) -> str:
    return "kyc.provider_refuses" if refused else "kyc.provider_unreachable"


def subject(code: str) -> Subject:
    return Subject("kyc.provider", code, code)
