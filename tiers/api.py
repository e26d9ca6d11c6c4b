"""Tiers over the API (TIE-01, TIE-03, TIE-05, API-01): what a client can choose and what it costs, what holds for it, what it owes.
Choosing a tier stands beside the KYC cases, since it may open one."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema

from clients.models import Client
from kit.api.auth import KeyAuth, rows
from kit.api.paging import Page, PageQuery, paged
from kit.api.types import Amount, Text
from ledger.enums import OperationType
from tiers.enums import ChargeStatus, Direction, Right, RuleType
from tiers.models import DictionaryEntry, RecurringCharge, TierChange
from tiers.selectors.terms import terms_of
from tiers.services.limits import RuleLook, standing
from tiers.services.selection import TierChoice, choices

router = Router(tags=["Tiers"])
Reference = Annotated[Text, Field(max_length=20)]


class FeeOut(Schema):
    """A fee quoted before it is charged; 0 is one too. `label` is what clients read, where the issuer has given one."""

    amount: Amount
    currency: str
    label: str


class MissingOut(Schema):
    """Why a tier can't be chosen: `code` is stable, `message` is for people."""

    code: str
    message: str


class TierOut(Schema):
    """`level` is the API's name of the verification level, whatever its label is. `operations` and `assets` are what it opens; empty: all."""

    reference: str
    label: str
    level: str
    description: str
    operations: list[str]
    assets: list[str]


class TierChoiceOut(Schema):
    """`selectable` if nothing is missing. `needs_case`: a KYC case opens first, and the fee is charged with its approval."""

    tier: TierOut
    direction: Direction
    selectable: bool
    needs_case: bool
    fee: FeeOut | None
    missing: list[MissingOut]


class TermsOut(Schema):
    """`tier` null is tier 0, which everybody has at first. `subtype` is the person or company type."""

    client: str
    tier: TierOut | None
    tier_since: datetime | None
    verification_level: int
    subtype: str | None
    price_list: str | None
    currency: str | None


class TierChangeOut(Schema):
    """A change of the client's tier; `from` and `to` are labels of that time, null for tier 0."""

    reference: str
    from_tier: str | None = Field(alias="from")
    to_tier: str | None = Field(alias="to")
    direction: Direction
    fee: FeeOut | None
    operation: str | None
    at: datetime


class RecurringChargeOut(Schema):
    """A period of the tier: from `due_on` until before `ends_on`. `operation` is the one that paid it."""

    reference: str
    tier: str
    due_on: date
    ends_on: date
    amount: Amount
    currency: str
    status: ChargeStatus
    operation: str | None
    paid_at: datetime | None


class ThresholdOut(Schema):
    """A rule that holds for the client. Amounts are in `unit`; `types` empty: all; `period_days` null: each transaction alone, then nothing
    is used and `left` is what one may be. A balance rule is about what the wallets hold together. `rate` is what one unit of the
    asset counts, null where `unit` is the asset; `rate_missing`: until there is one, what the rule is about is refused."""

    limit: str
    personal: bool
    rule: RuleType
    asset: str
    unit: str
    types: list[OperationType]
    period_days: int | None
    threshold: Amount
    used: Amount
    left: Amount
    minimum: Amount | None
    count_max: int | None
    count_used: int
    count_left: int | None
    rate: Amount | None
    rate_missing: bool
    blocking: bool
    alert: bool


class LimitsOut(Schema):
    """`limit` is the one that covers the client by its level, tier and type, and `why` says how it won; `personal` one only tightens it.
    `refused`: no limit covers the client, and without one nothing moves."""

    client: str
    limit: str | None
    why: str
    personal: str | None
    refused: bool
    thresholds: list[ThresholdOut]


def as_threshold(look: RuleLook) -> ThresholdOut:
    return ThresholdOut(
        limit=look.limit, personal=look.personal, rule=RuleType(look.rule), asset=look.asset.code, unit=look.unit.code,
        types=[OperationType(one) for one in look.types], period_days=look.days, threshold=look.amount, used=look.used, left=look.left,
        minimum=look.minimum, count_max=look.count_max, count_used=look.count_used, count_left=look.count_left, rate=look.rate,
        rate_missing=bool(look.exceeded), blocking=look.blocking, alert=look.alert,
    )  # fmt: skip


def as_tier(tier: DictionaryEntry) -> TierOut:
    return TierOut(
        reference=tier.reference, label=tier.label, level=tier.api_value, description=tier.description, operations=tier.operations,
        assets=sorted(asset.code for asset in tier.assets.all()),
    )  # fmt: skip


def as_choice(choice: TierChoice) -> TierChoiceOut:
    fee = choice.fee and FeeOut(amount=choice.fee.amount, currency=choice.fee.currency.code, label=choice.fee.rule.label)
    return TierChoiceOut(
        tier=as_tier(choice.tier), direction=choice.direction, selectable=choice.is_open, needs_case=choice.needs_case, fee=fee,
        missing=[MissingOut(code=why.code, message=str(why.words)) for why in choice.missing],
    )  # fmt: skip


def as_change(change: TierChange) -> dict[str, Any]:
    fee = None if change.fee is None else FeeOut(amount=change.fee, currency=change.fee_currency.code, label="")
    return {
        "reference": change.reference, "from": change.old_label or None, "to": change.new_label or None, "direction": change.direction,
        "fee": fee, "operation": change.operation_reference or None, "at": change.at,
    }  # fmt: skip


def as_charge(charge: RecurringCharge) -> RecurringChargeOut:
    return RecurringChargeOut(
        reference=charge.reference, tier=charge.tier.label, due_on=charge.due_on, ends_on=charge.ends_on, amount=charge.amount,
        currency=charge.currency.code, status=charge.status, operation=charge.operation_reference or None, paid_at=charge.paid_at,
    )  # fmt: skip


@router.get(
    "/clients/{reference}/tiers", auth=KeyAuth(Right.TIERS_SEE), response=list[TierChoiceOut], summary="List what a client can choose"
)
def list_tiers(request: HttpRequest, reference: Path[Reference]) -> list[TierChoiceOut]:
    """Every tier for the client's type but its own, with the fee of its price list, and what is missing where it can't be chosen."""
    client = get_object_or_404(rows(request, Client), reference=reference)
    return [as_choice(choice) for choice in choices(client=client, now=timezone.now())]


@router.get("/clients/{reference}/terms", auth=KeyAuth(Right.TIERS_SEE), response=TermsOut, summary="Read what holds for a client")
def read_terms(request: HttpRequest, reference: Path[Reference]) -> TermsOut:
    client = get_object_or_404(rows(request, Client), reference=reference)
    terms = terms_of(client.pk)
    return TermsOut(
        client=client.reference, tier=terms.tier and as_tier(terms.tier), tier_since=terms.tier_since,
        verification_level=client.verification_level, subtype=terms.kind and terms.kind.label,
        price_list=terms.price_list and terms.price_list.name, currency=terms.price_list and terms.price_list.currency.code,
    )  # fmt: skip


@router.get(
    "/clients/{reference}/tier-changes",
    auth=KeyAuth(Right.TIERS_SEE),
    response=Page[TierChangeOut],
    by_alias=True,
    summary="List a client's tier changes",
)
def list_changes(request: HttpRequest, reference: Path[Reference], query: Query[PageQuery]) -> dict[str, Any]:
    """Newest first, with the fees paid."""
    client = get_object_or_404(rows(request, Client), reference=reference)
    changes = rows(request, TierChange, is_test="client__is_test").filter(client=client).select_related("fee_currency")
    page = paged(changes, query)
    return {**page, "items": [as_change(change) for change in page["items"]]}


@router.get(
    "/clients/{reference}/recurring-charges",
    auth=KeyAuth(Right.TIERS_SEE),
    response=Page[RecurringChargeOut],
    summary="List a client's recurring charges",
)
def list_charges(request: HttpRequest, reference: Path[Reference], query: Query[PageQuery]) -> dict[str, Any]:
    """Newest first."""
    client = get_object_or_404(rows(request, Client), reference=reference)
    charges = rows(request, RecurringCharge, is_test="client__is_test").filter(client=client).select_related("tier", "currency")
    page = paged(charges, query)
    return {**page, "items": [as_charge(charge) for charge in page["items"]]}


@router.get("/clients/{reference}/limits", auth=KeyAuth(Right.TIERS_SEE), response=LimitsOut, summary="Read a client's limits")
def read_limits(request: HttpRequest, reference: Path[Reference]) -> LimitsOut:
    """Which limits cover the client and why, and what is used and left of each of their thresholds now (LIM-03, LIM-08)."""
    client = get_object_or_404(rows(request, Client), reference=reference)
    found = standing(client_id=client.pk, now=timezone.now())
    return LimitsOut(
        client=client.reference, limit=found.covering.limit or None, why=found.covering.why, personal=found.covering.personal or None,
        refused=found.covering.refused, thresholds=[as_threshold(look) for look in found.looks],
    )  # fmt: skip
