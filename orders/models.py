"""Orders: purchases of an asset by a client against money (ORD), the payments for them, the refunds due."""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.models import Client
from core.actors import ActorType
from core.references import new_reference
from orders.enums import CallbackStatus, HoldKind, OrderStatus, PaymentMethod, PaymentState, RefundReason, RefundStatus
from transactions.models import Decision
from wallets.models import Wallet


def order_reference() -> str:
    return new_reference("ORD", length=10)


def payment_reference() -> str:
    return new_reference("PAY", length=10)


def refund_reference() -> str:
    return new_reference("RFD", length=10)


def money(label: Any, **options: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=38, decimal_places=18, **options)


class Order(models.Model):
    """A client buys `quantity` of an asset at the rate of the moment it was created (ORD-05).

    `total` = price + fee is due in `currency` until `expires_at`. The payer quotes `payment_reference`. The operation that
    gave the asset names this order as its cause. What keeps a paid order from completing stands in `blocked_*`, and a
    sweeper tries again at `next_attempt_at`. One that waits for its client's level is refused at `held_until` (LIM-09).
    `decision` is what the rules said when they last held or blocked it; `overridden` are the thresholds (ids) that an administrator
    has lifted for this order alone (KYC-32).
    """

    reference = models.CharField(_("reference"), max_length=20, default=order_reference, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="orders", db_index=False)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="orders", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="orders", db_index=False)
    quantity = money(_("quantity"))
    currency = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    rate = money(_("rate"))
    price = money(_("price"))
    fee = money(_("fee"), default=Decimal(0))
    total = money(_("total"))
    status = models.CharField(_("status"), max_length=10, choices=OrderStatus.choices, default=OrderStatus.CREATED)
    payment_method = models.CharField(_("payment method"), max_length=15, choices=PaymentMethod.choices)
    payment_reference = models.CharField(_("payment reference"), max_length=20, default=payment_reference, editable=False)
    payment_state = models.CharField(_("payment"), max_length=15, choices=PaymentState.choices, default=PaymentState.UNPAID)
    received = money(_("received"), default=Decimal(0))
    hold_kind = models.CharField(_("kind of the hold"), max_length=10, choices=HoldKind.choices, blank=True)
    hold_reason = models.CharField(_("reason of the hold"), max_length=300, blank=True)
    held_until = models.DateTimeField(_("on hold until"), null=True, blank=True)
    closing_reason = models.CharField(_("reason of refusal or cancellation"), max_length=300, blank=True)
    blocked_code = models.CharField(max_length=60, blank=True)
    blocked_reason = models.CharField(_("why it waits"), max_length=300, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    overridden = ArrayField(models.BigIntegerField(), verbose_name=_("thresholds overridden"), default=list, blank=True)
    creator_type = models.CharField(_("created by (kind)"), max_length=10, choices=ActorType.choices)
    creator_label = models.CharField(_("created by"), max_length=80)
    external_reference = models.CharField(_("external reference"), max_length=60, blank=True)
    is_test = models.BooleanField(_("test mode"), default=False)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("to be paid until"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("refused or cancelled"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("order")
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="order_newest"),
            models.Index("status", F("created_at").desc(), F("id").desc(), name="order_by_status"),
            models.Index("client", F("created_at").desc(), F("id").desc(), name="order_by_client"),
            models.Index("wallet", F("created_at").desc(), F("id").desc(), name="order_by_wallet"),
            models.Index("asset", F("created_at").desc(), F("id").desc(), name="order_by_asset"),
            models.Index("currency", F("created_at").desc(), F("id").desc(), name="order_by_currency"),
            models.Index("hold_kind", F("created_at").desc(), F("id").desc(), name="order_by_hold", condition=~Q(hold_kind="")),
            models.Index("held_until", name="order_held_too_long", condition=Q(hold_kind=HoldKind.LEVEL)),
            models.Index("quantity", name="order_by_quantity"),
            models.Index("total", name="order_by_total"),
            models.Index("expires_at", name="order_unpaid", condition=Q(status=OrderStatus.CREATED)),
            models.Index("next_attempt_at", name="order_to_complete", condition=Q(status=OrderStatus.PAID)),
            models.Index("external_reference", name="order_called_elsewhere", condition=~Q(external_reference="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="order_reference_once"),
            models.UniqueConstraint(fields=["payment_reference"], name="order_payment_reference_once"),
            models.CheckConstraint(  # `sql/checks.sql` says what holds
                name="order_holds",
                condition=models.Func(
                    *("status", "hold_kind", "payment_state", "quantity", "rate", "price", "fee", "total", "received", "completed_at"),
                    "held_until",
                    function="orders_order_holds",
                    output_field=models.BooleanField(),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class OrderPayment(models.Model):
    """Money that came in for an order, as the bank's statement or the provider says. One row per provider reference."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    provider = models.CharField(_("provider"), max_length=40)
    provider_reference = models.CharField(_("provider's reference"), max_length=80)
    amount = money(_("amount"))
    currency = models.CharField(_("currency"), max_length=5)
    state = models.CharField(_("state"), max_length=15, choices=PaymentState.choices)
    received_at = models.DateTimeField(_("received"))
    recorded_at = models.DateTimeField(_("recorded"))

    writes = "insert"

    class Meta:
        indexes = [models.Index("provider_reference", name="order_payment_named")]
        constraints = [
            models.UniqueConstraint(fields=["provider", "provider_reference"], name="order_payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lt=Decimal(10) ** 20), name="order_payment_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.provider_reference}"


class Refund(models.Model):
    """Money that the issuer owes a client for an order, until it is paid back (ORD-02)."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=refund_reference, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    amount = money(_("amount"))
    currency = models.CharField(_("currency"), max_length=5)
    reason = models.CharField(_("reason"), max_length=15, choices=RefundReason.choices)
    status = models.CharField(_("status"), max_length=10, choices=RefundStatus.choices, default=RefundStatus.DUE)
    bank_reference = models.CharField(_("bank's reference"), max_length=80, blank=True)
    due_at = models.DateTimeField(_("due since"))
    paid_back_at = models.DateTimeField(_("paid back"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("refund")
        indexes = [models.Index("due_at", name="refund_due", condition=Q(status=RefundStatus.DUE))]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lt=Decimal(10) ** 20), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(status=RefundStatus.DUE, paid_back_at__isnull=True)
                | Q(status=RefundStatus.PAID_BACK, paid_back_at__isnull=False),
                name="refund_paid_back_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ProviderCallback(models.Model):
    """A payment provider's message as it came: stored and committed before it is answered, worked on later, once.

    The same bytes are one row, however often they come.
    """

    provider = models.CharField(_("provider"), max_length=40)
    body_sha256 = models.CharField(max_length=64)
    body = models.BinaryField()
    status = models.CharField(_("status"), max_length=10, choices=CallbackStatus.choices, default=CallbackStatus.RECEIVED)
    order = models.ForeignKey(Order, models.PROTECT, null=True, blank=True, related_name="callbacks")
    note = models.CharField(_("note"), max_length=300, blank=True)
    received_at = models.DateTimeField(_("received"))
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("payment message")
        indexes = [models.Index("id", name="callback_to_process", condition=Q(status=CallbackStatus.RECEIVED))]
        constraints = [models.UniqueConstraint(fields=["provider", "body_sha256"], name="provider_callback_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.body_sha256[:12]}"
