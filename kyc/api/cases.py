"""Tiers asked for and cases followed over the API (TIE-04, KYC-05, KYC-11, API-01)."""

from datetime import datetime
from typing import Annotated, Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from ninja import Field, Path, Query, Router, Schema, Status

from clients.api.auth import ChannelOrClientAuth, actor_of
from clients.models import Client
from kit.api.auth import rows
from kit.api.idempotent import idempotent
from kit.api.paging import Page, PageQuery, paged
from kit.api.types import Amount, Line, Text
from kyc import services
from kyc.enums import CaseStatus, Right
from kyc.models import Case, InformationRequest
from kyc.services.decisions import reason_for_client
from tiers.enums import DictionaryType, Provider
from tiers.models import DictionaryEntry

router = Router(tags=["KYC cases"])
Reference = Annotated[Text, Field(max_length=20)]
MODE = "client__is_test"
SEE, ACT = ChannelOrClientAuth(Right.KYC_SEE), ChannelOrClientAuth(Right.KYC_ACT)
CHOOSE = ChannelOrClientAuth(Right.TIERS_CHOOSE)


class TierIn(Schema):
    """The tier that the client chooses."""

    tier: Annotated[Reference, Field(description="The tier's reference, or its level.", examples=["TIE-7K2M9Q4T", "level_2"])]


class CaseOut(Schema):
    """`url` is where the client verifies itself, as long as it can; `asked` what it is asked to send, and
    `asked_by_provider` what the provider wants it to do again at `url`. `reason` is a stable code, and
    `reason_text` what the client should read, in its language. The fee is reserved until the case is closed."""

    reference: str
    client: str
    tier: str
    tier_label: str
    level: int
    status: CaseStatus
    provider: Provider
    url: str
    url_expires_at: datetime | None
    asked: str
    asked_at: datetime | None
    asked_by_provider: str
    fee: Amount
    fee_currency: str | None
    reason: str
    reason_text: str
    opened_at: datetime
    decided_at: datetime | None


class TierRequestedOut(Schema):
    """Either the tier has changed (`changed`, and the change's reference), or a case is open for it."""

    changed: bool
    change: str | None
    case: CaseOut | None


class CaseQuery(PageQuery):
    """Criteria of the list; all that are given must fit."""

    client: Reference = ""
    status: CaseStatus | None = None


class AnswerIn(Schema):
    """What the client answers. Documents are sent for themselves."""

    answer: Annotated[Text, Field(min_length=1, max_length=2000)]


class CancelIn(Schema):
    """Nothing needs to be said."""

    comment: Line = ""


def as_case(case: Case) -> CaseOut:
    asked = next((one for one in case.requests.all() if one.answered_at is None), None)
    usable = case.status == CaseStatus.WITH_PROVIDER or (case.status == CaseStatus.MORE_INFORMATION and not case.provider_result)
    with translation.override(case.client.language):
        reason_text = reason_for_client(case) if case.reason_code else ""
    return CaseOut(
        reference=case.reference,
        client=case.client.reference,
        tier=case.tier.reference,
        tier_label=case.tier.label,
        level=case.level,
        status=case.status,
        provider=case.provider,
        url=case.url if usable and not _is_over(case.url_expires_at) else "",
        url_expires_at=case.url_expires_at,
        asked=asked.asked if asked else "",
        asked_at=asked.asked_at if asked else None,
        asked_by_provider=case.inquiry.for_client if usable and hasattr(case, "inquiry") else "",
        fee=case.fee,
        fee_currency=case.fee_asset.code if case.fee_asset else None,
        reason=case.reason_code,
        reason_text=reason_text,
        opened_at=case.opened_at,
        decided_at=case.decided_at,
    )


def _is_over(moment: datetime | None) -> bool:
    return moment is not None and moment <= timezone.now()


def cases_of(request: HttpRequest) -> QuerySet[Case]:
    """Of the key's mode; with a client's token, its own alone."""
    unanswered = Prefetch("requests", queryset=InformationRequest.objects.filter(answered_at=None))
    found = rows(request, Case, is_test=MODE).select_related("client", "tier", "fee_asset").prefetch_related(unanswered)
    own: Client | None = request.client  # type: ignore[attr-defined]
    return found if own is None else found.filter(client=own)


def client_of(request: HttpRequest, reference: str) -> Client:
    """The client named, as far as the key, and a client's token where one is sent, reach."""
    own: Client | None = request.client  # type: ignore[attr-defined]
    clients = rows(request, Client)
    return get_object_or_404(clients if own is None else clients.filter(pk=own.pk), reference=reference)


def tier_of(client: Client, named: str) -> DictionaryEntry:
    """By its reference, or by its level among the active ones of the client's type."""
    tiers = DictionaryEntry.objects.filter(type=DictionaryType.VERIFICATION_LEVEL)
    _level, _line, number = named.partition("level_")
    if number.isascii() and number.isdecimal() and len(number) == 1:
        return get_object_or_404(tiers, level=int(number), client_type=client.type, is_active=True)
    return get_object_or_404(tiers, reference=named)


@router.post("/clients/{reference}/tier", auth=CHOOSE, response={201: TierRequestedOut}, summary="Choose a client's tier")
@idempotent
def choose_tier(request: HttpRequest, reference: Path[Reference], wanted: TierIn) -> Status[TierRequestedOut]:
    """At once with its fee, or, where the client must be verified first, by a case: the fee is reserved until that is decided."""
    client = client_of(request, reference)
    tier = tier_of(client, wanted.tier)
    requested = services.request_tier(client_id=client.pk, tier_id=tier.pk, actor=actor_of(request), now=timezone.now())
    case = as_case(cases_of(request).get(pk=requested.case.pk)) if requested.case else None
    change = requested.change.reference if requested.change else None
    return Status(201, TierRequestedOut(changed=change is not None, change=change, case=case))


@router.get("/kyc/cases", auth=SEE, response=Page[CaseOut], summary="List KYC cases")
def list_cases(request: HttpRequest, query: Query[CaseQuery]) -> dict[str, Any]:
    """Newest first."""
    criteria = {"client__reference": query.client, "status": query.status}
    page = paged(cases_of(request).filter(**{name: value for name, value in criteria.items() if value}), query)
    return {**page, "items": [as_case(case) for case in page["items"]]}


@router.get("/kyc/cases/{reference}", auth=SEE, response=CaseOut, summary="Read a KYC case")
def read_case(request: HttpRequest, reference: Path[Reference]) -> CaseOut:
    return as_case(get_object_or_404(cases_of(request), reference=reference))


@router.post("/kyc/cases/{reference}/answer", auth=ACT, response={200: CaseOut}, summary="Answer what is asked")
@idempotent
def answer_case(request: HttpRequest, reference: Path[Reference], wanted: AnswerIn) -> Status[CaseOut]:
    """The client's answer: the case goes on."""
    case = get_object_or_404(cases_of(request), reference=reference)
    services.answer(case_id=case.pk, answer=wanted.answer, actor=actor_of(request), now=timezone.now())
    return Status(200, as_case(cases_of(request).get(pk=case.pk)))


@router.post("/kyc/cases/{reference}/cancel", auth=ACT, response={200: CaseOut}, summary="Cancel a KYC case")
@idempotent
def cancel_case(request: HttpRequest, reference: Path[Reference], wanted: CancelIn) -> Status[CaseOut]:
    """The client gives up an open case; the reserved fee is its own again."""
    case = get_object_or_404(cases_of(request), reference=reference)
    services.cancel(case_id=case.pk, actor=actor_of(request), now=timezone.now(), comment=wanted.comment)
    return Status(200, as_case(cases_of(request).get(pk=case.pk)))
