"""Price lists and their fees (FEE). A fee holds from `valid_from` until before `valid_to`; two that would hold at once for the same
thing are refused by the database."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from assets.models import TOO_LARGE, Asset, quantity
from clients.enums import ClientType
from core.references import new_reference
from tiers.enums import CLIENT_OPERATIONS, LEVELS, Direction, Payer, Period
from tiers.models.dictionaries import DictionaryEntry

MOST_PERCENT = Decimal(100)


class Validity(Func):
    """The time in which a fee holds, for the exclusion constraints: the end isn't part of it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def no_overlap(name: str, *same: Any) -> ExclusionConstraint:
    """No two rows that are the same in `same` and hold at the same time."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            (Validity("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
            *((one, RangeOperators.EQUAL) for one in same),
        ],
    )


def bounded(field: str, *, least: int = 0) -> Q:
    """From `least` on and finite: NaN is above every number in PostgreSQL, so that only an upper bound refuses it."""
    return Q(**{f"{field}__gte": least, f"{field}__lt": TOO_LARGE})


def holding(now: datetime) -> Q:
    """The fees that hold now."""
    return Q(valid_from__lte=now) & (Q(valid_to__isnull=True) | Q(valid_to__gt=now))


def ends_after_it_begins(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name=name)


def price_list_reference() -> str:
    return new_reference("PRL")


def fee_reference() -> str:
    return new_reference("FEE")


class PriceList(models.Model):
    """What persons or companies pay (FEE-01). A client has the one assigned to it, else the default of its type."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=price_list_reference, editable=False)
    name = models.CharField(_("name"), max_length=80)
    client_type = models.CharField(_("client type"), max_length=10, choices=ClientType.choices)
    currency = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_("currency"))
    is_default = models.BooleanField(_("default"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))

    writes = "all"

    class Meta:
        verbose_name = _("price list")
        indexes = [models.Index(fields=["-created_at", "-id"], name="price_list_newest")]
        constraints = [
            models.UniqueConstraint(Lower("name"), "client_type", name="price_list_named_once"),
            models.UniqueConstraint(fields=["client_type"], condition=Q(is_default=True), name="price_list_one_default"),
            models.CheckConstraint(condition=Q(is_default=False) | Q(is_active=True), name="price_list_default_is_active"),
            models.CheckConstraint(condition=Q(client_type__in=ClientType.values) & ~Q(name=""), name="price_list_whole"),
        ]

    def __str__(self) -> str:
        return self.name


class AbstractFee(models.Model):
    """What every fee has."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=fee_reference, editable=False)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference


class LevelFee(AbstractFee):
    """What changing to a verification level costs once (FEE-02). `name` is the tier's label, `label` what clients read."""

    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="level_fees", verbose_name=_("price list"))
    name = models.CharField(_("name"), max_length=60)
    label = models.CharField(_("label"), max_length=60, blank=True)
    direction = models.CharField(_("operation"), max_length=10, choices=Direction.choices)
    level = models.PositiveSmallIntegerField(_("verification level"))
    currency = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_("currency"))
    amount = quantity(_("fixed fee"))

    writes = "all"

    class Meta:
        verbose_name = _("change verification level fee")
        indexes = [models.Index(fields=["-valid_from", "-id"], name="level_fee_newest")]
        constraints = [
            no_overlap("level_fee_one_at_a_time", "price_list", "direction", "level", "currency"),
            ends_after_it_begins("level_fee_ends_later"),
            models.CheckConstraint(condition=bounded("amount"), name="level_fee_amount_bounded"),
            models.CheckConstraint(
                condition=Q(level__gte=LEVELS[0], level__lte=LEVELS[-1], direction__in=Direction.values) & ~Q(name=""),
                name="level_fee_whole",
            ),
        ]


class RecurringFee(AbstractFee):
    """What having a tier costs each month or year (FEE-03)."""

    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="recurring_fees", verbose_name=_("price list"))
    tier = models.ForeignKey(DictionaryEntry, models.PROTECT, related_name="recurring_fees", verbose_name=_("tier"))
    period = models.CharField(_("period"), max_length=10, choices=Period.choices)
    currency = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_("currency"))
    amount = quantity(_("amount"))

    writes = "all"

    class Meta:
        verbose_name = _("recurring fee")
        indexes = [models.Index(fields=["-valid_from", "-id"], name="recurring_fee_newest")]
        constraints = [
            no_overlap("recurring_fee_one_at_a_time", "price_list", "tier"),
            ends_after_it_begins("recurring_fee_ends_later"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lt=TOO_LARGE, period__in=Period.values), name="recurring_fee_whole"),
        ]


class OperationFee(AbstractFee):
    """What an operation with an asset costs: `fixed` units of the asset and a percentage of the quantity, together within minimum
    and maximum (FEE-04). Without a price list it is the asset's default commission (FEE-06)."""

    price_list = models.ForeignKey(
        PriceList, models.PROTECT, null=True, blank=True, related_name="operation_fees", verbose_name=_("price list")
    )
    type = models.CharField(_("operation"), max_length=20, choices=[(one.value, one.label) for one in CLIENT_OPERATIONS])
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="operation_fees", verbose_name=_("asset"))
    payer = models.CharField(_("paid by"), max_length=10, choices=Payer.choices, default=Payer.SENDER)
    fixed = quantity(_("fixed"), default=Decimal(0))
    percentage = models.DecimalField(_("percentage"), max_digits=7, decimal_places=4, default=Decimal(0))
    minimum = quantity(_("minimum"), null=True, blank=True)
    maximum = quantity(_("maximum"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("operation fee")
        indexes = [models.Index(fields=["-valid_from", "-id"], name="operation_fee_newest")]
        constraints = [
            no_overlap("operation_fee_one_at_a_time", Coalesce(F("price_list"), Value(0)), "type", "asset"),
            ends_after_it_begins("operation_fee_ends_later"),
            models.CheckConstraint(
                condition=bounded("fixed") & Q(percentage__gte=0, percentage__lte=MOST_PERCENT), name="operation_fee_bounded"
            ),
            models.CheckConstraint(
                condition=(Q(minimum__isnull=True) | bounded("minimum"))
                & (Q(maximum__isnull=True) | bounded("maximum"))
                & (Q(minimum__isnull=True) | Q(maximum__isnull=True) | Q(maximum__gte=F("minimum"))),
                name="operation_fee_least_and_most",
            ),
            models.CheckConstraint(
                condition=Q(type__in=[one.value for one in CLIENT_OPERATIONS], payer__in=Payer.values), name="operation_fee_enums_known"
            ),
        ]
