"""What the rules said of a movement, kept with it (UIX-09), and what waits for its client's level (LIM-09)."""

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.models import Client
from core.actors import ActorType
from core.references import new_reference
from ledger.enums import OperationType
from ledger.models import TOO_MUCH, Group, Quantity
from transactions.enums import HoldStatus, Verdict
from wallets.models import Wallet


class Decision(models.Model):
    """What the rules were asked and said, as of its time: limits, tier and fees, with what was used and left.

    It belongs to the operations of `group`, posted or refused; without one to whatever waits and refers to it: an order, a
    hold. Written once: what is checked again later is decided anew.
    """

    group = models.OneToOneField(
        Group, models.PROTECT, null=True, blank=True, related_name="decision", db_constraint=False, verbose_name=_("transaction")
    )
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices)
    code = models.CharField(_("refused because"), max_length=40, blank=True)
    content = models.JSONField(_("rules looked at"), encoder=DjangoJSONEncoder)
    decided_at = models.DateTimeField(_("decided"))

    writes = "insert"

    class Meta:
        verbose_name = _("decision")
        constraints = [
            # One, since PostgreSQL reads the text of each again at every statement that writes.
            models.CheckConstraint(
                condition=Q(verdict=Verdict.REFUSED) & ~Q(code="") | Q(verdict__in=[Verdict.ALLOWED, Verdict.ALERT_ONLY], code=""),
                name="decision_refused_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} {self.code}".strip()


def hold_reference() -> str:
    return new_reference("HLD", length=10)


class Hold(models.Model):
    """A transaction of a client that waits until the client's verification level is above those at which they are held (LIM-09).

    The quantity is reserved in the sender's wallet, the fee that was quoted apart from it: the first is posted from its
    reservation, lots and all, the second is let go and charged as it is then. `key` names what was asked for: asked again,
    it is this hold. `payload` is what its resumer has to know beside. `level` is the client's when it came.
    `operation` is what was posted, or the attempt that was refused; `waits_for` says why it couldn't go on when it was tried.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=hold_reference, editable=False)
    key = models.CharField(max_length=100, unique=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="holds", db_index=False, verbose_name=_("client"))
    type = models.CharField(_("type"), max_length=20, choices=OperationType.choices)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False, verbose_name=_("asset"))
    quantity = Quantity(_("quantity"))
    sender = models.ForeignKey(Wallet, models.PROTECT, related_name="+", db_index=False, verbose_name=_("sender"))
    receiver = models.ForeignKey(Wallet, models.PROTECT, related_name="+", db_index=False, verbose_name=_("receiver"))
    fee = Quantity(_("fee"), default=Decimal(0))
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    payload = models.JSONField(_("more"), default=dict, blank=True)
    cause_type = models.CharField(max_length=40, blank=True)
    cause_id = models.BigIntegerField(null=True, blank=True)
    cause_reference = models.CharField(_("caused by"), max_length=40, blank=True)
    reservation_id = models.BigIntegerField(null=True, blank=True)
    fee_reservation_id = models.BigIntegerField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("verification level"))
    status = models.CharField(_("status"), max_length=10, choices=HoldStatus.choices, default=HoldStatus.HELD)
    waits_for = models.CharField(_("why it still waits"), max_length=300, blank=True)
    closing_reason = models.CharField(_("reason"), max_length=300, blank=True)
    operation_id = models.BigIntegerField(null=True, blank=True)
    operation_reference = models.CharField(_("transaction identifier"), max_length=20, blank=True)
    creator_type = models.CharField(_("created by (kind)"), max_length=10, choices=ActorType.choices)
    creator_id = models.CharField(max_length=60)
    creator_label = models.CharField(_("created by"), max_length=80)
    is_test = models.BooleanField(_("test mode"), default=False)
    arrived_at = models.DateTimeField(_("waiting since"))
    expires_at = models.DateTimeField(_("expires"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("held transaction")
        indexes = [
            models.Index(fields=["-arrived_at", "-id"], name="hold_newest"),
            models.Index(fields=["status", "-arrived_at", "-id"], name="hold_by_status"),
            models.Index(fields=["client", "-arrived_at", "-id"], name="hold_by_client"),
            models.Index(fields=["asset", "-arrived_at", "-id"], name="hold_by_asset"),
            models.Index(fields=["type", "-arrived_at", "-id"], name="hold_by_type"),
            models.Index(fields=["quantity"], name="hold_by_quantity"),
            models.Index(fields=["closed_at"], name="hold_by_end"),
            models.Index(fields=["client", "arrived_at", "id"], name="hold_waiting", condition=Q(status=HoldStatus.HELD)),
            models.Index(fields=["expires_at"], name="hold_due", condition=Q(status=HoldStatus.HELD)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=HoldStatus.values), name="hold_status_known"),
            models.CheckConstraint(condition=Q(type__in=OperationType.values), name="hold_type_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(quantity__lt=TOO_MUCH), name="hold_quantity_positive"),
            models.CheckConstraint(condition=Q(fee__gte=0, fee__lt=TOO_MUCH), name="hold_fee_positive"),
            models.CheckConstraint(
                condition=Q(status=HoldStatus.HELD, closed_at__isnull=True) | ~Q(status=HoldStatus.HELD) & Q(closed_at__isnull=False),
                name="hold_closed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=HoldStatus.POSTED) | Q(operation_id__isnull=False), name="hold_posted_has_operation"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


def quote_reference() -> str:
    return new_reference("QTE", length=12)


class TransferQuote(models.Model):
    """What a P2P transfer would cost, as shown to the client who wants it; good until `expires_at`, confirmed once (LED-09).

    Nothing is kept from anybody meanwhile: at the confirmation everything is checked again. A transfer that came of it names
    no quote: what happened stands in the ledger or among the holds, under the key that this one gives. Old ones are deleted.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=quote_reference, editable=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    quantity = Quantity(_("quantity"))
    fee = Quantity(_("fee"), default=Decimal(0))
    sender = models.ForeignKey(Wallet, models.PROTECT, related_name="+", db_index=False)
    receiver = models.ForeignKey(Wallet, models.PROTECT, related_name="+", db_index=False)
    comment = models.CharField(_("comment"), max_length=200, blank=True)
    is_test = models.BooleanField(_("test mode"), default=False)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))

    writes = "all"

    class Meta:
        verbose_name = _("transfer quote")
        indexes = [models.Index(fields=["expires_at"], name="transfer_quote_old")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0) & Q(quantity__lt=TOO_MUCH), name="transfer_quote_positive"),
            models.CheckConstraint(condition=Q(fee__gte=0) & Q(fee__lt=TOO_MUCH), name="transfer_quote_fee_positive"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def key(self) -> str:
        """The idempotency key of what comes of it."""
        return f"p2p:{self.reference}"
