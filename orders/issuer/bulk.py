"""What can be done to many orders at once, along the same table as to one (UIX-08, ORD-02)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kit.bulk.actions import BulkAction
from orders import services
from orders.enums import HoldKind, OrderStatus, Right
from orders.issuer.forms import CommentForm, RefusalForm
from orders.transitions import ORDER


def from_which(to: OrderStatus) -> Q:
    return Q(status__in=[status for status in OrderStatus if to in ORDER.allowed(status)])


class MoveOrders(BulkAction):
    """One move of many orders, each with its own money, so each by the service for one."""

    right = Right.ORDERS_ACT
    form_class = CommentForm
    words: ClassVar[Any]
    service: ClassVar[Callable[..., Any]]

    def sentence(self) -> Any:
        return self.words

    def perform_row(self, row: Any, actor: Any, now: datetime) -> None:
        self.service(order_id=row.pk, comment=self.values["comment"], actor=actor, now=now)


class ReleaseOrders(MoveOrders):
    code = "release"
    title = verb = _("Release orders")
    button = _("Release")
    icon = "player-play"
    able = Q(status=OrderStatus.ON_HOLD, hold_kind=HoldKind.HAND)
    reasons = [
        (~Q(status=OrderStatus.ON_HOLD), _("are not on hold")),
        (Q(hold_kind=HoldKind.LIMIT), _("are above a limit: approve or refuse each")),
        (Q(hold_kind=HoldKind.LEVEL), _("go on by themselves when the client is verified")),
    ]
    words = _(
        "Each gets the full time to pay again; those that are paid meanwhile complete by themselves. Each client is told by mail, without"
        " your comment."
    )
    service = staticmethod(services.release_order)


class CancelOrders(MoveOrders):
    code = "cancel"
    title = verb = _("Cancel orders")
    button = _("Cancel")
    icon = "x"
    danger = True
    able = from_which(OrderStatus.CANCELLED)
    reasons = [(~Q(status=OrderStatus.CREATED), _("are not waiting for their payment: only such orders are cancelled"))]
    words = _("What was paid in part becomes due back to the client. This can't be undone.")
    service = staticmethod(services.cancel_order)


class RefuseOrders(MoveOrders):
    code = "refuse"
    title = verb = _("Refuse orders")
    button = _("Refuse")
    icon = "ban"
    danger = True
    form_class = RefusalForm
    able = from_which(OrderStatus.REFUSED)
    reasons = [
        (Q(status=OrderStatus.CREATED), _("are not paid yet: cancel those")),
        (Q(status__in=[OrderStatus.COMPLETED, OrderStatus.REFUSED, OrderStatus.CANCELLED]), _("are closed already")),
    ]
    words = _("What was paid becomes due back to the clients, and each client is told by mail, with the reason. This can't be undone.")
    service = staticmethod(services.refuse_order)
