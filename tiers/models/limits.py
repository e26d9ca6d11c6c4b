"""Limits: what a group of clients, or one client, may move in a time (LIM, KYC-30)."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assets.models import TOO_LARGE, Asset, quantity
from clients.enums import ClientType
from clients.models import Client
from core.references import new_reference
from core.search import search_index, search_text
from ledger.enums import OperationType
from tiers.enums import RuleType
from tiers.models.dictionaries import DictionaryEntry
from tiers.models.prices import bounded

LONGEST_PERIOD = 3660  # days
MOST_TRANSACTIONS = 1_000_000


def limit_reference() -> str:
    return new_reference("LIM")


def threshold_reference() -> str:
    return new_reference("THR")


class Limit(models.Model):
    """Thresholds for the clients that every set criterion fits (LIM-01); a personal one names its client and nothing else.

    One with a tier has the tier's level, and is found by the tier. `edition` is another with every change of it or of its thresholds.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=limit_reference, editable=False)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=500, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    client_type = models.CharField(_("client type"), max_length=10, choices=ClientType.choices, blank=True)
    kind = models.ForeignKey(
        DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person or company type")
    )
    tier = models.ForeignKey(DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="limits", verbose_name=_("tier"))
    level = models.PositiveSmallIntegerField(_("verification level"), null=True, blank=True)
    client = models.ForeignKey(Client, models.PROTECT, null=True, blank=True, related_name="personal_limits", verbose_name=_("client"))
    edition = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(_("created"))
    search_text = search_text("name", "reference")

    writes = "all"

    class Meta:
        verbose_name = _("limit")
        indexes = [
            search_index("limit_search"),
            models.Index(fields=["-created_at", "-id"], name="limit_newest"),
            models.Index(fields=["is_active", "-created_at", "-id"], name="limit_by_active"),
            models.Index(fields=["level"], condition=Q(is_active=True, client__isnull=True), name="limit_assigned"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "client_type", "kind", "tier", "level"], condition=Q(is_active=True), nulls_distinct=False,
                name="limit_criteria_once_while_active",
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=True) | Q(client_type="", kind__isnull=True, tier__isnull=True, level__isnull=True),
                name="limit_personal_alone",
            ),
            models.CheckConstraint(
                condition=~Q(name="") & Q(client_type__in=["", *ClientType.values]) & (Q(level__isnull=True) | Q(level__lte=5)),
                name="limit_whole",
            ),
            models.CheckConstraint(condition=Q(kind__isnull=True) | ~Q(client_type=""), name="limit_kind_of_a_type"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Threshold(models.Model):
    """One rule of a limit (KYC-30, LIM-02). Without a currency, amounts are in the asset itself; without types, it is about all of
    them; without a period, about each transaction alone."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=threshold_reference, editable=False)
    limit = models.ForeignKey(Limit, models.CASCADE, related_name="thresholds", verbose_name=_("limit"))
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", verbose_name=_("asset"))
    currency = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("currency"))
    amount = quantity(_("threshold"))
    types = ArrayField(models.CharField(max_length=20, choices=OperationType.choices), default=list, blank=True, verbose_name=_("types"))
    rule = models.CharField(_("rule"), max_length=10, choices=RuleType.choices)
    period_days = models.PositiveIntegerField(_("period in days"), null=True, blank=True)
    max_count = models.PositiveIntegerField(_("most transactions"), null=True, blank=True)
    minimum = quantity(_("least of a transaction"), null=True, blank=True)
    blocking = models.BooleanField(_("blocking"), default=True)
    alert = models.BooleanField(_("alert"), default=False)

    writes = "all"

    class Meta:
        verbose_name = _("threshold")
        constraints = [
            models.CheckConstraint(condition=Q(blocking=True) | Q(alert=True), name="threshold_does_something"),
            models.CheckConstraint(condition=bounded("amount"), name="threshold_amount_bounded"),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True)
                | Q(minimum__isnull=False, minimum__gt=0, minimum__lt=TOO_LARGE, minimum__lte=F("amount")),
                name="threshold_minimum_bounded",
            ),
            models.CheckConstraint(
                condition=Q(period_days__isnull=True) | Q(period_days__isnull=False, period_days__gte=1, period_days__lte=LONGEST_PERIOD),
                name="threshold_period_bounded",
            ),
            models.CheckConstraint(
                condition=Q(max_count__isnull=True)
                | Q(max_count__isnull=False, period_days__isnull=False, max_count__gte=1, max_count__lte=MOST_TRANSACTIONS),
                name="threshold_count_in_a_period",
            ),
            models.CheckConstraint(
                condition=Q(rule__in=[RuleType.SEND, RuleType.RECEIVE])
                | Q(rule=RuleType.BALANCE, period_days__isnull=True, max_count__isnull=True, minimum__isnull=True),
                name="threshold_balance_is_of_now",
            ),
            models.CheckConstraint(condition=Q(currency__isnull=True) | ~Q(currency=F("asset")), name="threshold_of_two_assets"),
            models.CheckConstraint(condition=Q(types__contained_by=OperationType.values), name="threshold_types_known"),
        ]

    def __str__(self) -> str:
        return self.reference
