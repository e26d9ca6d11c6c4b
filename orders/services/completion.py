"""Paid → Completed: the assets leave the issuing wallet for the client's, in the same transaction (ORD-04)."""

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import IllegalTransition, move, record
from core.actors import Actor, SystemActor
from core.errors import DomainError
from core.locks import lock
from core.prepared import prepared
from ledger.services.posting import AssetKey, Cause
from messaging.services import raise_alert, settle_alert
from orders.enums import OrderStatus
from orders.models import Order
from orders.services.decisions import BLOCKED
from orders.services.purchases import purchase_of
from orders.transitions import ORDER
from transactions.services import pipeline
from transactions.services.decisions import Attempt, keep, raise_alarms

log = structlog.get_logger()
COMPLETION = SystemActor("orders")
# The order, locked, with what the ledger has to know. Written out, since this runs for every purchase: building the statement and
# four models by the ORM was a quarter of a completion's time in Python. What isn't named here is loaded when it is asked for.
LOADED = [
    "id",
    "reference",
    "wallet_id",
    "asset_id",
    "quantity",
    "status",
    "blocked_code",
    "overridden",
]  # in the model's order, as from_db wants them
LOCK_FOR_COMPLETION = f"""
    SELECT {", ".join(f"o.{name}" for name in LOADED)}, a.decimals, w.issuing_wallet_id
    FROM orders_order o
    JOIN assets_asset a ON a.id = o.asset_id
    LEFT JOIN wallets_assetwallets w ON w.asset_id = o.asset_id
    WHERE o.id = %s FOR NO KEY UPDATE OF o
"""  # noqa: S608  our own names
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


@transaction.atomic(durable=True)
def complete_order(*, order_id: int, actor: Actor, now: datetime, comment: str = "") -> Order:
    """Give the client what was paid for: one purchase from the asset's issuing wallet, with lot and count as the asset says.

    The pipeline comes last: every order of an asset needs its issuing wallet, which stays locked from the posting to the
    commit alone. Every rule is asked again, but those that were lifted for this order (KYC-32). The operation names the order
    as its cause. At most 8 statements. Raises IllegalTransition, and what the pipeline refuses (a limit, no stock, maximum balance,
    frozen, closed, deactivated); then nothing has changed.
    """
    with prepared() as cursor:
        cursor.execute(LOCK_FOR_COMPLETION, [order_id])
        row = cursor.fetchone()
    if row is None:
        raise Order.DoesNotExist
    *loaded, decimals, issuing_wallet = row
    order = Order.from_db(connection.alias, LOADED, loaded)
    was_blocked = bool(order.blocked_code)
    cleared = {"blocked_code": "", "blocked_reason": "", "next_attempt_at": None}
    move(order, table=ORDER, to=OrderStatus.COMPLETED, actor=actor, now=now, comment=comment, completed_at=now, **cleared)
    if was_blocked:
        settle_alert(kind=BLOCKED, subject=order, note=_("The order is completed."), now=now)
    asset = AssetKey(order.asset_id, decimals)
    purchase = purchase_of(asset=asset, issuing_wallet=issuing_wallet, wallet=order.wallet_id, quantity=order.quantity)
    pipeline.move(
        moves=[purchase], actor=actor, now=now, cause=Cause.of(order), idempotency_key=f"order:{order.reference}",
        overridden=frozenset(order.overridden),
    )  # fmt: skip
    return order


def try_completion(*, order_id: int, now: datetime) -> bool:
    """Complete a paid order, or write down why it can't be and when to try again (ORD-05). Anything but Paid: nothing happens."""
    try:
        complete_order(order_id=order_id, actor=COMPLETION, now=now)
    except (IllegalTransition, Order.DoesNotExist):
        return False  # completed or refused before: a late or second message
    except DomainError as error:
        _block(order_id, error, now)
        return False
    return True


@transaction.atomic(durable=True)
def _block(order_id: int, error: DomainError, now: datetime) -> None:
    order = lock(Order.objects.all(), pk=order_id)
    if order.status != OrderStatus.PAID:
        return
    before = order.blocked_code
    order.blocked_code, order.blocked_reason = error.code, str(error)[:300]
    order.attempts += 1
    order.next_attempt_at = now + min(FIRST_WAIT * 2 ** min(order.attempts - 1, 10), LONGEST_WAIT)
    if isinstance(error.attempt, Attempt):
        order.decision = keep(error.attempt.judgement, now=now)
        raise_alarms(error.attempt.judgement, now=now)
    order.save(update_fields=["blocked_code", "blocked_reason", "attempts", "next_attempt_at", "decision"])
    if error.code != before:
        record(action=BLOCKED, actor=COMPLETION, subject=order, details={"code": error.code}, now=now)
    raise_alert(kind=BLOCKED, subject=order, message=str(error), now=now)
    log.warning("order_completion_blocked", order=order.reference, code=error.code, attempts=order.attempts)


def due_for_completion(*, now: datetime, limit: int = 500) -> list[int]:
    """Ids of the paid orders whose next attempt is due, longest waiting first."""
    due = Order.objects.filter(status=OrderStatus.PAID, next_attempt_at__lte=now).order_by("next_attempt_at")
    return list(due.values_list("pk", flat=True)[:limit])
