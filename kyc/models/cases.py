"""KYC cases, and what clients were asked in them (KYC-01, KYC-11, KYC-14)."""

import secrets
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from clients.models import Client
from core.references import new_reference
from kyc.enums import CLOSED, CaseStatus, DecidedHow, DeclineReason, ProviderResult
from tiers.enums import Provider
from tiers.models import DictionaryEntry


def case_reference() -> str:
    return new_reference("KYC", length=10)


def provider_reference() -> str:
    """What the provider calls the case: unguessable, and letters and digits alone, since some take nothing else."""
    return secrets.token_hex(16)


class Case(models.Model):
    """A client asks for a tier whose level it has not reached (KYC-03). At most one is open for a client (KYC-02).

    `tier` and `level` are what was asked; `fee` is reserved in the client's wallet by `reservation_id` until the decision
    (TIE-04). `provider_reference` is committed before the provider hears of it. `failure` is one of ours (wrong key,
    provider unreachable): never a result, tried again at `next_start_at` (KYC-06). `waiting_since` is when the present
    status began. `reason_*` are for the client, `note` for administrators alone (KYC-09).
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=case_reference, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="kyc_cases", db_index=False)
    tier = models.ForeignKey(DictionaryEntry, models.PROTECT, related_name="kyc_cases", db_index=False)
    level = models.PositiveSmallIntegerField(_("level"))
    provider = models.CharField(_("provider"), max_length=10, choices=Provider.choices)
    provider_reference = models.CharField(_("provider's reference"), max_length=64, unique=True, default=provider_reference, editable=False)
    provider_result = models.CharField(_("provider's result"), max_length=10, choices=ProviderResult.choices, blank=True)
    provider_reasons = models.JSONField(_("provider's reasons"), default=list, blank=True)
    result_fields = models.JSONField(_("checks"), default=list, blank=True)
    result_at = models.DateTimeField(_("result arrived"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=17, choices=CaseStatus.choices, default=CaseStatus.OPENED)
    url = models.CharField(_("address for the client"), max_length=500, blank=True)
    url_expires_at = models.DateTimeField(_("address valid until"), null=True, blank=True)
    start_attempts = models.PositiveIntegerField(_("attempts to start"), default=0)
    next_start_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    failure = models.CharField(_("what keeps it"), max_length=300, blank=True)
    fee = models.DecimalField(_("fee"), max_digits=38, decimal_places=18, default=Decimal(0))
    fee_asset = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    reservation_id = models.BigIntegerField(_("reservation"), null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("taken by")
    )
    opened_at = models.DateTimeField(_("opened"))
    waiting_since = models.DateTimeField(_("waiting since"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("decided by")
    )
    decided_how = models.CharField(_("how it was decided"), max_length=13, choices=DecidedHow.choices, blank=True)
    reason_code = models.CharField(_("reason"), max_length=15, choices=DeclineReason.choices, blank=True)
    reason_text = models.CharField(_("text for the client"), max_length=300, blank=True)
    note = models.CharField(_("internal note"), max_length=1000, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("KYC case")
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=~Q(status__in=sorted(CLOSED)), name="kyc_case_one_open"),
            models.CheckConstraint(condition=Q(status__in=CaseStatus.values), name="kyc_case_status_known"),
            models.CheckConstraint(condition=Q(provider_result__in=["", *ProviderResult.values]), name="kyc_case_result_known"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="kyc_case_level_known"),
            models.CheckConstraint(condition=Q(fee__gte=0, fee__lt=Decimal(10) ** 20), name="kyc_case_fee_positive"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(CLOSED), decided_at__isnull=False) & ~Q(decided_how="")
                | ~Q(status__in=sorted(CLOSED)) & Q(decided_at__isnull=True, decided_how=""),
                name="kyc_case_closed_is_decided",
            ),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.DECLINED) & ~Q(reason_code="") | ~Q(status=CaseStatus.DECLINED) & Q(reason_code=""),
                name="kyc_case_declined_has_reason",
            ),
        ]
        indexes = [
            models.Index(F("opened_at").desc(), F("id").desc(), name="kyc_case_newest"),
            models.Index("status", F("opened_at").desc(), F("id").desc(), name="kyc_case_by_status"),
            models.Index("status", "waiting_since", "id", name="kyc_case_queue"),
            models.Index("waiting_since", "id", name="kyc_case_by_age"),
            models.Index("client", F("opened_at").desc(), F("id").desc(), name="kyc_case_by_client"),
            models.Index("tier", F("opened_at").desc(), F("id").desc(), name="kyc_case_by_tier"),
            models.Index("provider", "provider_result", F("opened_at").desc(), F("id").desc(), name="kyc_case_by_result"),
            models.Index("assigned_to", F("opened_at").desc(), F("id").desc(), name="kyc_case_by_taker"),
            models.Index("decided_by", F("opened_at").desc(), F("id").desc(), name="kyc_case_by_decider"),
            models.Index("next_start_at", name="kyc_case_to_start", condition=Q(status=CaseStatus.OPENED)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED


class InformationRequest(models.Model):
    """What the client was asked in a case, and what it answered (KYC-11)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="requests")
    asked = models.CharField(_("asked"), max_length=1000)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    answer = models.CharField(_("answer"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("request for information")
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(answered_at__isnull=True), name="kyc_request_one_unanswered"),
        ]

    def __str__(self) -> str:
        return self.asked[:60]
