"""What a provider says of a case (KYC-06, KYC-07, KYC-22, KYC-23). A failure of ours never comes here: it is no result."""

from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from audit.services import move, record
from core import instance
from core.actors import Actor
from core.errors import DomainError
from kyc.enums import CaseStatus, DecidedHow, DeclineReason, ProviderResult
from kyc.models import Case
from kyc.services.cases import locked_even_if_closed
from kyc.services.decisions import conclude_approved, conclude_declined
from kyc.transitions import CASE
from messaging.services import raise_alert
from tiers.enums import Provider

if TYPE_CHECKING:
    from kyc.providers.interface import Snapshot

log = structlog.get_logger()
CLOSING = {
    ProviderResult.DECLINED: DeclineReason.NOT_CONFIRMED,
    ProviderResult.CANCELLED: DeclineReason.NOT_FINISHED,
    ProviderResult.ERROR: DeclineReason.NOT_FINISHED,
}


@transaction.atomic(savepoint=False)
def apply_snapshot(*, case_id: int, snapshot: "Snapshot", actor: Actor, now: datetime) -> Case:
    """Take over what the provider says now, in one transaction; said again it changes nothing, in whatever order it comes.

    No result yet: nothing. The first result: kept with its checks, and decides as the settings of this moment say (KYC-07): Cancelled
    and Error always decline (KYC-06), Accepted and Declined wait for an administrator unless they decide automatically. Where more is
    asked of the client, only what closes the case does so now. Another result than before: an alert, and the administrator decides.
    A closed case never changes: the late result stands in its history (KYC-23).
    """
    case = locked_even_if_closed(case_id)
    if not snapshot.result or case.provider == Provider.MANUAL:
        return case
    result = ProviderResult(snapshot.result)
    if not case.is_open:
        _note_late(case, result, actor=actor, now=now)
        return case
    if result == case.provider_result:
        return case
    is_first = not case.provider_result
    _keep(case, result, snapshot, actor=actor, now=now)
    if not is_first:
        _warn_changed(case, now=now)
    _decide(case, result, is_first=is_first, actor=actor, now=now)
    return case


def _keep(case: Case, result: ProviderResult, snapshot: "Snapshot", *, actor: Actor, now: datetime) -> None:
    """The result on the case, and whom it waits for now."""
    kept = {
        "provider_result": result,
        "provider_reasons": [reason.as_json() for reason in snapshot.reasons],
        "result_fields": [finding.as_json() for finding in snapshot.findings],
        "result_at": now,
        "failure": "",
        "next_start_at": None,
    }
    changes = {"provider_result": (case.provider_result, result)}
    if case.status in (CaseStatus.OPENED, CaseStatus.WITH_PROVIDER):
        move(case, table=CASE, to=CaseStatus.AWAITING_DECISION, actor=actor, now=now, changes=changes, waiting_since=now, **kept)
        return
    for name, value in kept.items():
        setattr(case, name, value)
    case.save(update_fields=list(kept))
    record(action="kyc.result_arrived", actor=actor, subject=case, changes=changes, now=now)


def _decide(case: Case, result: ProviderResult, *, is_first: bool, actor: Actor, now: datetime) -> None:
    instance.forget()  # the settings as they are at this moment, not as they were some seconds ago
    match result:
        case ProviderResult.CANCELLED | ProviderResult.ERROR:
            conclude_declined(case, DecidedHow.AUTOMATICALLY, CLOSING[result], actor=actor, now=now)
        case ProviderResult.DECLINED if is_first and instance.value("kyc.decline_automatically"):
            conclude_declined(case, DecidedHow.AUTOMATICALLY, CLOSING[result], actor=actor, now=now)
        case ProviderResult.ACCEPTED if (
            is_first and case.status == CaseStatus.AWAITING_DECISION and instance.value("kyc.approve_automatically")
        ):
            _approve(case, actor=actor, now=now)


def _approve(case: Case, *, actor: Actor, now: datetime) -> None:
    """Where the fee can't be charged any more (the wallet was closed, say), the result stands and an administrator decides."""
    try:
        with transaction.atomic():
            conclude_approved(case, DecidedHow.AUTOMATICALLY, actor=actor, now=now)
    except DomainError as error:
        log.warning("automatic_approval_refused", case=case.reference, code=error.code)
        case.refresh_from_db()
        message = _("%(case)s was accepted by the provider, but can't be approved: %(why)s") % {"case": case.reference, "why": error}
        raise_alert(kind="kyc.approval_refused", subject=case, message=message, now=now)


def _note_late(case: Case, result: ProviderResult, *, actor: Actor, now: datetime) -> None:
    """In the history, once for each result; other than the one that the case was decided on, an alert too."""
    if result == case.provider_result:
        return
    told = AuditEvent.objects.filter(subject_type=case._meta.label_lower, subject_id=str(case.pk), action="kyc.late_result")
    if any(event.details.get("result") == result for event in told):
        return
    record(action="kyc.late_result", actor=actor, subject=case, details={"result": result}, now=now)
    if case.provider_result:
        _warn_changed(case, now=now, to=result)


def _warn_changed(case: Case, *, now: datetime, to: str = "") -> None:
    words = {"case": case.reference, "result": ProviderResult(to or case.provider_result).label.lower()}
    message = _("The provider's result for %(case)s is another one now: %(result)s.") % words
    raise_alert(kind="kyc.result_changed", subject=case, message=message, now=now)
