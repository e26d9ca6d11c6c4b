"""What waits for the person, as far as their rights reach (DSH-04)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chain.enums import ChainOpStatus
from chain.enums import Right as ChainRight
from chain.models import ChainOp
from core.registries import visible
from kit.paging import capped_count
from kyc.enums import CaseStatus
from kyc.enums import Right as KycRight
from kyc.models import Case
from kyc.selectors import QUEUE, STUCK, waits_long
from messaging.enums import Right as MessagingRight
from messaging.models import Alert
from orders.enums import OrderStatus, RefundStatus
from orders.enums import Right as OrderRight
from orders.models import Order, Refund
from transactions.enums import HoldStatus
from transactions.enums import Right as TransactionRight
from transactions.models import Hold


@dataclass(frozen=True)
class Waiting:
    """Something that waits for somebody: a count, kept cheap by an index and a cap, and the list behind it."""

    label: Any
    meaning: Any  # what to do about it
    right: str
    link: Callable[[], str]
    rows: Callable[[User], QuerySet[Any]]
    icon: str

    @property
    def address(self) -> str:
        return self.link()


def kyc_queue() -> str:
    """The oldest first."""
    return f"{reverse('kyc-case-list')}?status={CaseStatus.AWAITING_DECISION}&sort=waiting_since"


WAITING = [
    Waiting(
        _("KYC cases awaiting a decision"),
        _("Approve or decline them, the oldest first."),
        KycRight.KYC_SEE,
        kyc_queue,
        lambda user: visible(Case, user).filter(QUEUE),
        "id-badge-2",
    ),
    Waiting(
        _("KYC cases that wait long"),
        _("Longer than the settings say."),
        KycRight.KYC_SEE,
        lambda: f"{reverse('kyc-case-list')}?waits_long=yes&sort=waiting_since",
        lambda user: visible(Case, user).filter(waits_long(timezone.now())),
        "clock",
    ),
    Waiting(
        _("KYC cases not started at the provider"),
        _("Each says what keeps it; it is tried again by itself."),
        KycRight.KYC_SEE,
        lambda: f"{reverse('kyc-case-list')}?stuck=yes",
        lambda user: visible(Case, user).filter(STUCK),
        "alert-triangle",
    ),
    Waiting(
        _("Orders on hold"),
        _("Release or refuse them."),
        OrderRight.ORDERS_SEE,
        lambda: f"{reverse('order-list')}?status={OrderStatus.ON_HOLD}",
        lambda user: visible(Order, user).filter(status=OrderStatus.ON_HOLD),
        "hand-stop",
    ),
    Waiting(
        _("Transactions on hold"),
        _("They go on when the client is verified."),
        TransactionRight.HOLDS_SEE,
        lambda: f"{reverse('hold-list')}?status={HoldStatus.HELD}",
        lambda user: visible(Hold, user).filter(status=HoldStatus.HELD),
        "hourglass",
    ),
    Waiting(
        _("Paid orders not completed"),
        _("Each says why; it is tried again by itself."),
        OrderRight.ORDERS_SEE,
        lambda: f"{reverse('order-list')}?status={OrderStatus.PAID}",
        lambda user: visible(Order, user).filter(status=OrderStatus.PAID),
        "cash",
    ),
    Waiting(
        _("Orders with a refund due"),
        _("Pay back, and mark it with the bank's reference."),
        OrderRight.ORDERS_SEE,
        lambda: f"{reverse('order-list')}?refund={RefundStatus.DUE}",
        lambda user: visible(Order, user).filter(pk__in=Refund.objects.filter(status=RefundStatus.DUE).values("order_id")),
        "receipt-2",
    ),
    Waiting(
        _("Open alerts"),
        _("Look at the cause of each."),
        MessagingRight.SEE_ALERTS,
        lambda: f"{reverse('alert-list')}?open=yes",
        lambda user: visible(Alert, user).filter(settled_at=None),
        "alert-triangle",
    ),
    Waiting(
        _("Failed on the chain"),
        _("Settlement stands still until they are retried or voided."),
        ChainRight.CHAIN_SEE,
        lambda: f"{reverse('settlement-operations')}?status={ChainOpStatus.REJECTED}",
        lambda user: visible(ChainOp, user).filter(status=ChainOpStatus.REJECTED),
        "link",
    ),
    Waiting(
        _("On their way to the chain"),
        _("Queued or submitted; nothing to do while it moves."),
        ChainRight.CHAIN_SEE,
        lambda: f"{reverse('settlement-operations')}?status={ChainOpStatus.PENDING}&status={ChainOpStatus.ASSIGNED}",
        lambda user: visible(ChainOp, user).filter(status__in=[ChainOpStatus.PENDING, ChainOpStatus.ASSIGNED]),
        "arrows-exchange",
    ),
]


def waiting_for(user: User) -> list[tuple[Waiting, int]]:
    return [(item, capped_count(item.rows(user))) for item in WAITING if user.has_right(item.right)]
