"""What providers send, as it came, and when they are asked (KYC-20 to KYC-22)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.references import new_reference
from kyc.enums import MessageStatus
from kyc.models.cases import Case
from tiers.enums import Provider


def message_reference() -> str:
    return new_reference("MSG", length=10)


class ProviderMessage(models.Model):
    """A provider's callback: stored and committed before it is answered, worked on later (KYC-20).

    The same bytes are one row, however often they come: `copies` counts them. What it says is a hint; the provider is asked. A copy
    that comes later is a wake-up call again, since some say the same words for every change.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=message_reference, editable=False)
    provider = models.CharField(_("provider"), max_length=10, choices=Provider.choices)
    body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    headers = models.JSONField(_("headers"), default=dict)
    signature_holds = models.BooleanField(_("signature holds"), default=True)
    received_at = models.DateTimeField(_("received"))
    copies = models.PositiveIntegerField(_("copies"), default=1)
    last_received_at = models.DateTimeField(_("last copy"))
    event = models.CharField(_("event"), max_length=60, blank=True)
    provider_reference = models.CharField(_("provider's reference"), max_length=250, blank=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="messages", db_index=False, verbose_name=_("case"))
    status = models.CharField(_("status"), max_length=10, choices=MessageStatus.choices, default=MessageStatus.RECEIVED)
    note = models.CharField(_("note"), max_length=300, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    processed_at = models.DateTimeField(_("handled"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("provider message")
        constraints = [
            models.UniqueConstraint(fields=["provider", "body_sha256"], name="kyc_message_once"),
            models.CheckConstraint(condition=Q(status__in=MessageStatus.values), name="kyc_message_status_known"),
            models.CheckConstraint(
                condition=Q(status=MessageStatus.REFUSED, signature_holds=False)
                | Q(signature_holds=True) & ~Q(status=MessageStatus.REFUSED),
                name="kyc_message_refused_unsigned",
            ),
        ]
        indexes = [
            models.Index(F("received_at").desc(), F("id").desc(), name="kyc_message_newest"),
            models.Index("status", F("received_at").desc(), F("id").desc(), name="kyc_message_by_status"),
            models.Index("provider", F("received_at").desc(), F("id").desc(), name="kyc_message_by_provider"),
            # Known when it has been read, not at the door: what is stored there is stored quickly.
            models.Index("event", F("received_at").desc(), F("id").desc(), name="kyc_message_by_event", condition=~Q(event="")),
            models.Index("case", F("received_at").desc(), F("id").desc(), name="kyc_message_by_case", condition=Q(case__isnull=False)),
            models.Index("provider_reference", name="kyc_message_named", condition=~Q(provider_reference="")),
            models.Index("next_attempt_at", "id", name="kyc_message_to_do", condition=Q(status=MessageStatus.RECEIVED)),
        ]

    def __str__(self) -> str:
        return self.reference


class RefusedCallbacks(models.Model):
    """How many callbacks without a valid signature came in an hour (KYC-21)."""

    provider = models.CharField(_("provider"), max_length=10, choices=Provider.choices)
    hour = models.DateTimeField(_("hour"))
    count = models.PositiveIntegerField(_("refused"))

    writes = "all"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "hour"], name="kyc_refused_hourly")]

    def __str__(self) -> str:
        return f"{self.provider} {self.hour:%Y-%m-%d %H}"


class Inquiry(models.Model):
    """When the provider of a case was asked last, and when it is asked next if nothing comes by itself (KYC-05).

    `leased_until`: one asks at a time; who was killed loses the lease by time.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="inquiry")
    asked_at = models.DateTimeField(_("asked"), null=True, blank=True)
    next_at = models.DateTimeField(_("asked next"), null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    polls = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    failure = models.CharField(_("why there was no answer"), max_length=300, blank=True)
    for_client = models.CharField(_("what the provider asks of the client"), max_length=500, blank=True)

    writes = "all"

    class Meta:
        indexes = [models.Index("next_at", name="kyc_inquiry_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return str(self.case)
