"""The end of a case: approved, declined, or cancelled by the client (KYC-08, KYC-09). All in one transaction: killed anywhere, the
case is open as it was and the fee is still reserved."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from approvals.services import require
from audit.services import move
from clients.services.levels import set_verification_level
from core import instance
from core.actors import Actor
from core.errors import DomainError
from core.tasks import enqueue
from kyc.enums import CHOSEN_BY_HAND, CaseStatus, DecidedHow, DeclineReason, ProviderResult, Right
from kyc.models import Case
from kyc.services.cases import locked, person_id, text
from kyc.services.telling import tell
from kyc.transitions import CASE
from ledger.services.posting import Cause
from tiers.selectors.terms import terms_of
from tiers.services import fees
from tiers.services.changes import change_tier

ACTION = "kyc.approve"  # under four-eyes
NOTE = 1000  # characters


class OverrideNeeded(DomainError):
    """The provider declined: approving all the same has its own right (KYC-07)."""

    code = "override_needed"
    status = 403


class NoSuchReason(DomainError):
    code = "no_such_reason"
    status = 422


@transaction.atomic(durable=True)
def approve(*, case_id: int, actor: Actor, now: datetime, note: str = "", approval_id: int | None = None) -> Case:
    """Awaiting decision → Approved: level and tier of the client rise at once, the reserved fee is charged, the client is told, and
    what was on hold for it is looked at again (KYC-09, TIE-04).

    Against a provider's Declined this needs the right to override and a note that says why (KYC-07). Raises OverrideNeeded,
    TextMissing, ApprovalNeeded, CaseAlreadyDecided, IllegalTransition, and what posting the fee raises: then nothing changes.
    """
    case = locked(case_id)
    against = case.provider_result == ProviderResult.DECLINED
    if against and not actor.has_right(Right.KYC_OVERRIDE):
        raise OverrideNeeded(_("The provider declined this client. Approving all the same needs the right to override."))
    why = _("The provider declined this client: say why it is approved all the same.")
    note = text(note, maximum=NOTE, field="note", missing=why if against else "")
    if case.level > instance.value("kyc.second_person_above"):
        require(action=ACTION, actor=actor, payload=payload_of(case, note), approval_id=approval_id)
    return conclude_approved(case, DecidedHow.BY_HAND, actor=actor, now=now, note=note)


def payload_of(case: Case, note: str) -> dict[str, Any]:
    """What a second person approves."""
    return {"case": case.reference, "client": case.client.reference, "tier": case.tier.label, "note": note}


@transaction.atomic(durable=True)
def decline(*, case_id: int, reason: str, actor: Actor, now: datetime, reason_text: str = "", note: str = "") -> Case:
    """Any open status → Declined, with a reason for the client and a note for colleagues; the fee is released, the client told (KYC-09).
    Another try is another case (KYC-08). Raises NoSuchReason, TextMissing, UnfitText, CaseAlreadyDecided."""
    case = locked(case_id)
    if reason not in CHOSEN_BY_HAND:
        raise NoSuchReason(_("Choose one of the reasons."), field="reason")
    missing = _("Say to the client what the other reason is.") if reason == DeclineReason.OTHER else ""
    reason_text = text(reason_text, maximum=300, field="reason_text", missing=missing)
    note = text(note, maximum=NOTE, field="note")
    return conclude_declined(case, DecidedHow.BY_HAND, DeclineReason(reason), actor=actor, now=now, reason_text=reason_text, note=note)


@transaction.atomic(durable=True)
def cancel(*, case_id: int, actor: Actor, now: datetime, comment: str = "") -> Case:
    """The client gives up an open case, and may say why: Declined, for that reason, and the fee is released (TIE-04).
    Raises UnfitText, CaseAlreadyDecided."""
    case = locked(case_id)
    note = text(comment, maximum=NOTE, field="comment")
    return conclude_declined(case, DecidedHow.BY_CLIENT, DeclineReason.BY_CLIENT, actor=actor, now=now, note=note)


def conclude_approved(case: Case, how: DecidedHow, *, actor: Actor, now: datetime, note: str = "") -> Case:
    """Inside the transaction that has locked client and case."""
    client = case.client
    closed = {"decided_at": now, "decided_by_id": person_id(actor), "decided_how": how, "note": note}
    details = {"how": how, "result": case.provider_result}
    move(case, table=CASE, to=CaseStatus.APPROVED, actor=actor, now=now, comment=note, details=details, **closed)
    if client.verification_level < case.level:
        case.client = client = set_verification_level(client_id=client.pk, level=case.level, actor=actor, now=now, reason=case.reference)
    _change_tier(case, actor=actor, now=now)
    tell("kyc.approved", case, now=now, level=str(client.verification_level))
    enqueue("transactions.tasks.recheck_holds", client_id=client.pk)
    return case


def _change_tier(case: Case, *, actor: Actor, now: datetime) -> None:
    """With the reserved fee. Where somebody has given the client this tier meanwhile, the fee is let go instead."""
    present = terms_of(case.client_id).tier
    if present is not None and present.pk == case.tier_id:
        fees.release_fee(reservation_id=case.reservation_id)
        return
    charged = fees.charge_reserved(
        client=case.client, amount=case.fee, currency=case.fee_asset, reservation_id=case.reservation_id, purpose=Cause.of(case),
        actor=actor, now=now,
    )  # fmt: skip
    change_tier(client=case.client, tier=case.tier, actor=actor, now=now, fee=charged, case_reference=case.reference)


def conclude_declined(
    case: Case, how: DecidedHow, reason: DeclineReason, *, actor: Actor, now: datetime, reason_text: str = "", note: str = ""
) -> Case:
    """Inside the transaction that has locked client and case."""
    closed = {"decided_at": now, "decided_by_id": person_id(actor), "decided_how": how, "note": note, "failure": "", "next_start_at": None}
    told = {"reason_code": reason, "reason_text": reason_text}
    details = {"how": how, "reason": reason}
    move(case, table=CASE, to=CaseStatus.DECLINED, actor=actor, now=now, comment=note or reason_text, details=details, **closed, **told)
    fees.release_fee(reservation_id=case.reservation_id)
    if how != DecidedHow.BY_CLIENT:
        with translation.override(case.client.language):
            why = reason_for_client(case)
        tell("kyc.declined", case, now=now, reason=why)
    return case


def reason_for_client(case: Case) -> str:
    """The reason chosen and what was written beside it, in the language in force."""
    label = "" if case.reason_code == DeclineReason.OTHER else str(case.get_reason_code_display())
    return f"{label} {case.reason_text}".strip()
