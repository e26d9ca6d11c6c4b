"""Orders that a rule holds: above a limit until an administrator decides (KYC-31, KYC-32, ORD-06), or at a held level until the
client's level is above it (LIM-09)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from audit.services import move, record
from clients.models import Client
from core import instance
from core.actors import Actor, SystemActor
from core.errors import DomainError
from core.tasks import enqueue
from ledger.enums import AttemptReason
from ledger.services.posting import AssetKey
from orders.enums import HoldKind, OrderStatus
from orders.models import Order
from orders.services.decisions import close, let_go, locked, reason_of
from orders.services.mails import tell_of_expiry, tell_of_hold
from orders.services.purchases import issuing_wallet_of, purchase_of
from orders.transitions import ORDER
from tiers.enums import Exceeded
from tiers.services.limits import LimitExceeded
from transactions.services import pipeline
from transactions.services.decisions import keep, raise_alarms, refuse
from transactions.services.holds import is_held_level, no_longer_stuck, standing_alone
from transactions.services.judgement import Judgement

RULES = SystemActor("orders")


class NothingToApprove(DomainError):
    """The order isn't above a limit, or not any more."""

    code = "nothing_to_approve"


@dataclass(frozen=True, slots=True)
class Held:
    """Why a rule holds an order, and what was looked at."""

    kind: HoldKind
    reason: str
    judgement: Judgement


def look_at_rules(
    *, client: Client, asset: Asset | AssetKey, wallet_id: int, quantity: Decimal, now: datetime, overridden: frozenset[int] = frozenset()
) -> Held | None:
    """Whether a rule would hold this purchase now; None where it may go on. At a held level limits aren't asked: they will be those
    of the level that is reached. Raises what else the rules refuse: NotOpened, NoLimit, RateMissing, a closed wallet and the like."""
    issuing_wallet = issuing_wallet_of(asset.pk)
    if issuing_wallet is None:
        return None  # nothing can be sold yet: completion says so
    purchase = purchase_of(asset=asset, issuing_wallet=issuing_wallet, wallet=wallet_id, quantity=quantity)
    judgement = pipeline.check(moves=[purchase], now=now, overridden=overridden)
    if is_held_level(client.verification_level) and (judgement.refusal is None or judgement.is_of_limits):
        words = _("Held until the client's verification level is above level %(level)s.") % {"level": client.verification_level}
        return Held(HoldKind.LEVEL, str(words), judgement)
    if isinstance(judgement.refusal, LimitExceeded):
        return Held(HoldKind.LIMIT, str(judgement.refusal)[:300], judgement)
    if judgement.refusal is not None:
        refuse(judgement, purchase)
    return None


def hold_by_rule(order: Order, held: Held, *, now: datetime) -> None:
    """Created → On hold, with the decision; the client is told. Inside the transaction that made or locked the order."""
    until = now + timedelta(days=instance.value("transactions.hold_days")) if held.kind == HoldKind.LEVEL else None
    fields = {"hold_kind": held.kind, "hold_reason": held.reason, "held_until": until, "decision_id": keep(held.judgement, now=now).pk}
    move(order, table=ORDER, to=OrderStatus.ON_HOLD, actor=RULES, now=now, comment=held.reason, **fields)
    raise_alarms(held.judgement, now=now)
    tell_of_hold(order, held.judgement, now=now)


@transaction.atomic(durable=True)
def approve_order(*, order_id: int, actor: Actor, now: datetime, comment: str) -> Order:
    """An administrator lifts the rules that the order is above, for this order alone and with a reason (KYC-32): On hold → Created,
    or a paid one that the limit blocked is tried again. Every other rule is asked now, and again when it is completed.

    Raises NothingToApprove, ReasonNeeded, and what else the rules refuse.
    """
    order = locked(order_id)
    reason = reason_of(comment)
    if not may_be_approved(order):
        raise NothingToApprove(_("This order isn't above a limit: there is nothing to approve."))
    lifted = frozenset(order.overridden)
    issuing_wallet = issuing_wallet_of(order.asset_id) or 0
    purchase = purchase_of(asset=order.asset, issuing_wallet=issuing_wallet, wallet=order.wallet_id, quantity=order.quantity)
    first = pipeline.check(moves=[purchase], now=now, overridden=lifted)
    exceeded = [look for look in (first.limits.looks if first.limits else ()) if look.refuses and look.exceeded != Exceeded.RATE]
    lifted |= {look.threshold for look in exceeded}
    judgement = pipeline.check(moves=[purchase], now=now, overridden=lifted)
    if judgement.refusal is not None:
        raise judgement.refusal
    fields = {"overridden": sorted(lifted), "decision_id": keep(judgement, now=now).pk}
    details = {"limits": sorted({look.limit for look in exceeded}), "rules": [look.words for look in exceeded]}
    record(action="orders.approved", actor=actor, subject=order, details=details, comment=reason, now=now)
    if order.status == OrderStatus.ON_HOLD:
        return let_go(order, actor=actor, now=now, **fields)
    Order.objects.filter(pk=order.pk).update(**fields, next_attempt_at=now)
    enqueue("orders.tasks.complete_paid_order", order_id=order.pk)
    return order


def may_be_approved(order: Order) -> bool:
    """Whether it waits because of a limit: held at its beginning, or blocked when it was to be completed."""
    held = order.status == OrderStatus.ON_HOLD and order.hold_kind == HoldKind.LIMIT
    return held or (order.status == OrderStatus.PAID and order.blocked_code == LimitExceeded.code)


@transaction.atomic(durable=True)
def resume_order(*, id: int, now: datetime) -> None:  # noqa: A002 - the row's
    """Go on with an order that waited for its client's level (LIM-09): to be paid, or completed where it is; on hold still where the
    limits of the new level are too low (KYC-32), or something else is in the way, which a person then decides."""
    order = locked(id)
    client = Client.objects.get(pk=order.client_id)
    if order.hold_kind != HoldKind.LEVEL or order.status != OrderStatus.ON_HOLD or is_held_level(client.verification_level):
        return
    try:
        held = look_at_rules(client=client, asset=order.asset, wallet_id=order.wallet_id, quantity=order.quantity, now=now)
    except DomainError as error:
        held = Held(HoldKind.HAND, str(error)[:300], error.attempt.judgement if error.attempt else Judgement(error))
    if held is None:
        let_go(order, actor=RULES, now=now, comment=str(_("The client has reached a level that isn't held.")))
        return
    order.hold_kind, order.hold_reason, order.held_until, order.decision = held.kind, held.reason, None, keep(held.judgement, now=now)
    order.save(update_fields=["hold_kind", "hold_reason", "held_until", "decision"])
    record(
        action="orders.checked_again", actor=RULES, subject=order, details={"because": held.judgement.code}, comment=held.reason, now=now
    )
    raise_alarms(held.judgement, now=now)
    no_longer_stuck(order, now=now)
    tell_of_hold(order, held.judgement, now=now)


def expire_held(*, now: datetime, limit: int = 500) -> int:
    """Refuse the orders that have waited for their client's level for too long, one transaction each; how many (LIM-09). Can be repeated
    at will, also beside itself."""
    waiting = Order.objects.filter(status=OrderStatus.ON_HOLD, hold_kind=HoldKind.LEVEL)
    due = waiting.filter(held_until__lte=now).order_by("held_until", "id").values_list("pk", "reference")
    done = 0
    for order_id, reference in list(due[:limit]):
        with standing_alone(waiting, id=order_id, reference=reference, now=now), transaction.atomic(durable=True):
            order = locked(order_id)
            if (until := order.held_until) is None:  # it has gone on, or was refused, since the list was read
                continue
            why = AttemptReason.HOLD_EXPIRED
            close(order, OrderStatus.REFUSED, why, str(why.label), actor=RULES, now=now, comment="")
            tell_of_expiry(order, until, now=now)
            done += 1
    return done
