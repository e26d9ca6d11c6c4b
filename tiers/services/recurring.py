"""Recurring fees: what is due is written down once per period, then charged until it is paid or given up (TIE-05).

Both halves are safe twice, in parallel, late and killed: a period is written under the client's lock and the database refuses it a
second time; a charge is posted with the change of its status, under a key of its own.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from audit.services import record
from clients.models import Client
from core import instance
from core.actors import Actor, SystemActor
from core.amounts import worded
from core.errors import DomainError
from core.locks import lock
from ledger.services.posting import Cause
from messaging.services import raise_alert, settle_alert
from tiers.enums import ChargeStatus, Period
from tiers.models import ClientTerms, PriceList, RecurringCharge, RecurringFee
from tiers.services.anchors import periods_due
from tiers.services.changes import change_tier
from tiers.services.fees import charge

log = structlog.get_logger()
CLOCK = SystemActor("recurring-fees")
UNPAID_ALERT = "tiers.recurring_unpaid"
CHUNK = 500  # clients
Fees = dict[tuple[int, int], list[RecurringFee]]  # (price list, tier) -> fees, oldest first


class ChargeSettled(DomainError):
    """It is paid."""

    code = "charge_settled"


# --- what is due -----------------------------------------------------------------------------------------------------


def write_due(*, now: datetime) -> int:
    """Write down every period that has come and isn't yet; how many."""
    fees = _fees()
    if not fees:
        return 0
    defaults = dict(PriceList.objects.filter(is_default=True).values_list("client_type", "id"))
    written, last = 0, 0
    while chunk := list(_terms(fees).filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1].pk
        with_dues = [terms.pk for terms in chunk if _dues(terms, fees, defaults, now)]
        if with_dues:
            written += _write(with_dues, fees, defaults, now)
    return written


@transaction.atomic(durable=True)
def _write(client_ids: Sequence[int], fees: Fees, defaults: dict[str, int], now: datetime) -> int:
    """Once more, under the clients' locks: what another worker has written is seen now."""
    list(Client.objects.filter(pk__in=client_ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    charges = [charge for terms in _terms(fees).filter(pk__in=client_ids) for charge in _dues(terms, fees, defaults, now)]
    return len(RecurringCharge.objects.bulk_create(charges))


def _fees() -> Fees:
    found: Fees = defaultdict(list)
    for fee in RecurringFee.objects.order_by("valid_from"):
        found[fee.price_list_id, fee.tier_id].append(fee)
    return dict(found)


def _terms(fees: Fees) -> QuerySet[ClientTerms]:
    """The clients at tiers that have recurring fees, but those who have deleted their account; each with how far it is charged: the
    last charge's months and period."""
    last = RecurringCharge.objects.filter(change=OuterRef("change")).order_by("-months")
    return (
        ClientTerms.objects.filter(tier__in={tier for _prices, tier in fees}, client__deleted_at__isnull=True)
        .annotate(last_months=Subquery(last.values("months")[:1]), last_period=Subquery(last.values("fee__period")[:1]))
        .select_related("client", "price_list")
        .order_by("pk")
    )


def _dues(terms: ClientTerms, fees: Fees, defaults: dict[str, int], now: datetime) -> list[RecurringCharge]:
    assert terms.tier_id is not None
    assert terms.change_id is not None
    assert terms.tier_since is not None
    prices = terms.own_price_list.pk if terms.own_price_list is not None else defaults.get(terms.client.type)
    own_fees = fees.get((prices or 0, terms.tier_id), [])
    zone = instance.time_zone()
    last_months, last_period = getattr(terms, "last_months", None), getattr(terms, "last_period", None)
    dues = periods_due(
        anchor=terms.tier_since.astimezone(zone).date(),
        fees=own_fees,
        charged_until=last_months + Period(last_period).months if last_months and last_period else 0,
        today=now.astimezone(zone).date(),
        zone=zone,
    )
    return [
        RecurringCharge(
            client=terms.client, change_id=terms.change_id, fee=due.fee, tier_id=terms.tier_id, months=due.months, due_on=due.due_on,
            ends_on=due.ends_on, amount=due.fee.amount, currency_id=due.fee.currency_id, next_try_at=now, created_at=now,
        )
        for due in dues
    ]  # fmt: skip


# --- charging it -----------------------------------------------------------------------------------------------------


def charges_to_try(*, now: datetime, limit: int = 1000) -> list[int]:
    """Ids of the charges whose next try has come, longest waiting first."""
    waiting = RecurringCharge.objects.filter(status=ChargeStatus.DUE, next_try_at__lte=now).order_by("next_try_at", "id")
    return list(waiting.values_list("pk", flat=True)[:limit])


def try_charge(*, charge_id: int, now: datetime) -> bool:
    """Charge it, or write down why it can't be and when to try again; with the last try it is given up. False where it isn't paid."""
    try:
        return _pay(charge_id, CLOCK, now, due=True)
    except DomainError as error:
        _not_paid(charge_id, error, now)
        return False


def charge_by_hand(*, charge_id: int, actor: Actor, now: datetime) -> RecurringCharge:
    """Charge it now, given up or not. Raises ChargeSettled, FeeNotCovered, and what the ledger says."""
    if not _pay(charge_id, actor, now, due=False):
        raise ChargeSettled(_("This is paid already."))
    return RecurringCharge.objects.get(pk=charge_id)


@transaction.atomic(durable=True)
def _pay(charge_id: int, actor: Actor, now: datetime, *, due: bool) -> bool:
    row, client = _locked(charge_id)
    if row.status == ChargeStatus.PAID or (due and not _is_due(row, now)):
        return False
    paid = charge(
        client=client, amount=row.amount, currency=row.currency, purpose=Cause.of(row), actor=actor, now=now,
        idempotency_key=f"recurring:{row.reference}",
    )  # fmt: skip
    row.status, row.paid_at, row.operation_reference, row.next_try_at, row.failure = (
        ChargeStatus.PAID,
        now,
        paid.operation_reference,
        None,
        "",
    )
    row.tries += 1
    row.save()
    details = _details(row) | {"operation": paid.operation_reference}
    record(action="tiers.recurring_paid", actor=actor, subject=client, now=now, details=details)
    if not RecurringCharge.objects.filter(client=client, status=ChargeStatus.UNPAID).exists():
        settle_alert(kind=UNPAID_ALERT, subject=client, note=_("What was due is paid."), now=now)
    return True


@transaction.atomic(durable=True)
def _not_paid(charge_id: int, error: DomainError, now: datetime) -> None:
    row, client = _locked(charge_id)
    if not _is_due(row, now):  # another worker was quicker
        return
    row.tries += 1
    row.failure = str(error)[:300]
    given_up = row.tries >= instance.value("tiers.recurring_tries")
    row.status = ChargeStatus.UNPAID if given_up else ChargeStatus.DUE
    row.next_try_at = None if given_up else now + timedelta(hours=instance.value("tiers.recurring_retry_hours"))
    row.save()
    action = "tiers.recurring_given_up" if given_up else "tiers.recurring_not_paid"
    record(action=action, actor=CLOCK, subject=client, now=now, details=_details(row) | {"code": error.code, "try": row.tries})
    log.warning("recurring_fee_not_paid", charge=row.reference, code=error.code, tries=row.tries)
    if given_up:
        _give_up(row, client, now)


def _give_up(row: RecurringCharge, client: Client, now: datetime) -> None:
    terms = ClientTerms.objects.get(pk=client.pk)
    to_zero = instance.value("tiers.unpaid_to_tier_zero") and terms.tier_id is not None and terms.change_id == row.change_id
    if to_zero:
        reason = f"Recurring fee {row.reference} unpaid"
        change_tier(client=client, tier=None, actor=CLOCK, now=now, fee=None, reason=reason)
    words = {"tier": row.tier.label, "client": client.reference, "tries": row.tries, "why": row.failure}
    message = (
        _("The recurring fee of %(tier)s was not paid by %(client)s in %(tries)s tries, and the client is at tier 0 now: %(why)s")
        if to_zero
        else _("The recurring fee of %(tier)s was not paid by %(client)s in %(tries)s tries: %(why)s")
    )
    raise_alert(kind=UNPAID_ALERT, subject=client, message=message % words, now=now)


def _locked(charge_id: int) -> tuple[RecurringCharge, Client]:
    """The client first: the order in which everything locks."""
    owner = RecurringCharge.objects.values_list("client_id", flat=True).get(pk=charge_id)
    client = lock(Client.objects.all(), pk=owner)
    return lock(RecurringCharge.objects.select_related("currency", "tier"), pk=charge_id), client


def _is_due(row: RecurringCharge, now: datetime) -> bool:
    return row.status == ChargeStatus.DUE and row.next_try_at is not None and row.next_try_at <= now


def _details(row: RecurringCharge) -> dict[str, str | int]:
    fee = worded(row.amount, decimals=row.currency.decimals, code=row.currency.code)
    return {"charge": row.reference, "fee": fee, "due_on": row.due_on.isoformat()}
