"""A client's tier, kind and price list; how it came to the tier, and what it owes for it from period to period (TIE-04 to TIE-06)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from assets.models import TOO_LARGE, Asset, quantity
from clients.models import Client
from core.actors import ActorType
from core.references import new_reference, new_references
from tiers.enums import ChargeStatus, Direction
from tiers.models.dictionaries import DictionaryEntry
from tiers.models.prices import LevelFee, PriceList, RecurringFee, bounded


def change_references(number: int) -> list[str]:
    """Long ones: a bulk action makes a hundred thousand at a time, and of so many short ones two would often be the same."""
    return new_references("TCH", number, length=12)


def change_reference() -> str:
    return change_references(1)[0]


def charge_reference() -> str:
    return new_reference("RCH", length=12)


class TierChange(models.Model):
    """A client's way from one tier to another, with what it paid for it (TIE-06, TIE-08); the labels as they were at that time."""

    reference = models.CharField(_("reference"), max_length=20, default=change_reference, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="tier_changes", db_index=False, verbose_name=_("client"))
    old_tier = models.ForeignKey(
        DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("tier before")
    )
    new_tier = models.ForeignKey(
        DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("tier")
    )
    old_label = models.CharField(_("tier before"), max_length=60, blank=True)
    new_label = models.CharField(_("tier"), max_length=60, blank=True)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices)
    with_fee = models.BooleanField(_("with fee"))
    fee_rule = models.ForeignKey(
        LevelFee, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("fee's rule")
    )
    fee = quantity(_("fee"), null=True, blank=True)
    fee_currency = models.ForeignKey(
        Asset, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("fee's currency")
    )
    operation_reference = models.CharField(_("operation"), max_length=20, blank=True)
    case_reference = models.CharField(_("KYC case"), max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor_type = models.CharField(max_length=10, choices=ActorType.choices)
    actor_label = models.CharField(_("by"), max_length=80)
    at = models.DateTimeField(_("at"))

    writes = "insert"

    class Meta:
        verbose_name = _("tier change")
        indexes = [
            models.Index(fields=["client", "-id"], name="tier_change_of_client"),
            # Of what a change refers to, only a fee's rule can be deleted, while nothing was paid by it.
            models.Index(fields=["fee_rule"], name="tier_change_by_fee_rule", condition=Q(fee_rule__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="tier_change_reference"),
            models.CheckConstraint(
                condition=Q(fee__isnull=True, fee_currency__isnull=True)
                | bounded("fee") & Q(fee__isnull=False, fee_currency__isnull=False),
                name="tier_change_fee_whole",
            ),
            models.CheckConstraint(condition=Q(with_fee=True) | Q(fee__isnull=True), name="tier_change_without_fee_has_none"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="tier_change_direction_known"),
        ]

    def __str__(self) -> str:
        return self.reference


class ClientTerms(models.Model):
    """What holds for a client. Made when something is set: a client without a row is at tier 0 with the default price list.

    `change` is the one that brought the client to its tier: recurring fees are anchored there.
    """

    client = models.OneToOneField(Client, models.PROTECT, primary_key=True, related_name="terms", verbose_name=_("client"))
    tier = models.ForeignKey(DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tier"))
    kind = models.ForeignKey(
        DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("type")
    )
    price_list = models.ForeignKey(
        PriceList, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("price list")
    )
    change = models.ForeignKey(TierChange, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    tier_since = models.DateTimeField(_("tier since"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("client's terms")
        indexes = [  # most clients have neither
            models.Index(fields=["kind"], name="client_terms_by_kind", condition=Q(kind__isnull=False)),
            models.Index(fields=["price_list"], name="client_terms_by_price_list", condition=Q(price_list__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(tier__isnull=True) | Q(tier_since__isnull=False, change__isnull=False), name="client_terms_tier_since"
            ),
        ]

    def __str__(self) -> str:
        return f"terms of client {self.client_id}"

    @property
    def own_price_list(self) -> PriceList | None:
        """The one assigned, while it is active; without one the default of the client's type holds (FEE-01)."""
        return self.price_list if self.price_list is not None and self.price_list.is_active else None


class Span(Func):
    """The days that a charge pays for: the last isn't part of it."""

    function = "DATERANGE"
    output_field = DateRangeField()


class RecurringCharge(models.Model):
    """A period of a tier that is due or paid (TIE-05): from `due_on` until before `ends_on`, `months` after the change on.

    A day of a client's tier is charged once, whatever restarts: the database refuses a second charge that would overlap.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=charge_reference, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="recurring_charges", db_index=False, verbose_name=_("client"))
    change = models.ForeignKey(TierChange, models.PROTECT, related_name="recurring_charges", verbose_name=_("tier change"))
    fee = models.ForeignKey(RecurringFee, models.PROTECT, related_name="charges", verbose_name=_("fee"))
    tier = models.ForeignKey(DictionaryEntry, models.PROTECT, related_name="+", verbose_name=_("tier"))
    months = models.PositiveIntegerField(_("months after the change"))
    due_on = models.DateField(_("due on"))
    ends_on = models.DateField(_("paid until"))
    amount = quantity(_("amount"))
    currency = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_("currency"))
    status = models.CharField(_("status"), max_length=10, choices=ChargeStatus.choices, default=ChargeStatus.DUE)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)
    failure = models.CharField(_("why it isn't paid"), max_length=300, blank=True)
    operation_reference = models.CharField(_("operation"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("created"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("recurring charge")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="recurring_charge_newest"),
            models.Index(fields=["client", "-id"], name="recurring_charge_of_client"),
            models.Index(fields=["status", "-created_at", "-id"], name="recurring_charge_by_status"),
            models.Index(fields=["next_try_at", "id"], condition=Q(status=ChargeStatus.DUE), name="recurring_charge_to_try"),
        ]
        constraints = [
            ExclusionConstraint(
                name="recurring_charge_once_per_period",
                expressions=[
                    ("change", RangeOperators.EQUAL),
                    (Span("due_on", "ends_on", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("due_on"), months__gte=1), name="recurring_charge_spans_time"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lt=TOO_LARGE), name="recurring_charge_amount_bounded"),
            models.CheckConstraint(
                condition=Q(status=ChargeStatus.PAID, paid_at__isnull=False) & ~Q(operation_reference="")
                | Q(status__in=[ChargeStatus.DUE, ChargeStatus.UNPAID], paid_at__isnull=True, operation_reference=""),
                name="recurring_charge_paid_by_operation",
            ),
            models.CheckConstraint(
                condition=Q(status=ChargeStatus.DUE, next_try_at__isnull=False)
                | Q(status__in=[ChargeStatus.PAID, ChargeStatus.UNPAID], next_try_at__isnull=True),
                name="recurring_charge_tried_while_due",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
