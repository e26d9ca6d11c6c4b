"""Shared reads of cases."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from core import instance
from kyc.enums import CLOSED, CaseStatus, DecidedHow, DocumentStatus
from kyc.models import Case, Document, InformationRequest

QUEUE = Q(status=CaseStatus.AWAITING_DECISION)  # what waits for an administrator
OPEN_CASES = ~Q(status__in=sorted(CLOSED))
STUCK = Q(status=CaseStatus.OPENED) & ~Q(failure="")  # could not be started, for a reason of ours (KYC-06)


def waits_long(now: datetime) -> Q:
    """What an administrator has let wait longer than the setting says (KYC-11)."""
    return QUEUE & Q(waiting_since__lt=now - timedelta(hours=instance.value("kyc.waiting_hours")))


def has_waited_long(case: Case, *, now: datetime) -> bool:
    return case.status == CaseStatus.AWAITING_DECISION and case.waiting_since < now - timedelta(hours=instance.value("kyc.waiting_hours"))


def open_case(client_id: int) -> Case | None:
    """The client's one open case (KYC-02)."""
    return Case.objects.filter(OPEN_CASES, client_id=client_id).select_related("tier", "fee_asset").first()


def what_is_open(*, client: Client) -> str:
    """Why this client's account can't be deleted yet: a case is open. Empty where none is (CLI-11)."""
    case = open_case(client.pk)
    return "" if case is None else _("The KYC case %(case)s is open. Let it be decided, or cancel it first.") % {"case": case.reference}


def asked_now(case: Case) -> InformationRequest | None:
    """What the client is asked and hasn't answered."""
    return case.requests.filter(answered_at=None).first()


def proofs(client_id: int) -> QuerySet[Document]:
    """The client's documents that can show something, the newest first: not rejected, and their file is there."""
    return (
        Document.objects.filter(client_id=client_id, deleted_at=None)
        .exclude(status=DocumentStatus.REJECTED)
        .order_by("-uploaded_at", "-id")
    )


def decided_by(case: Case) -> Any:
    """Who closed it, in words."""
    match case.decided_how:
        case DecidedHow.AUTOMATICALLY:
            return _("Automatically")
        case DecidedHow.BY_CLIENT:
            return _("By the client")
        case DecidedHow.BY_HAND:
            return case.decided_by or _("API key")
    return ""
