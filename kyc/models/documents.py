"""Documents of clients: what was sent, the verdict on it, until when it proves anything (KYC-10)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from core.references import new_reference
from kyc.enums import DocumentKind, DocumentStatus, RejectReason
from kyc.models.cases import Case


def document_reference() -> str:
    return new_reference("DOC", length=10)


class Document(models.Model):
    """One file about a client, sent for a case or without one.

    `name` is what its sender called it, `stored` where it lies, encrypted, under a name of ours; "" once the file was deleted. `sha256` is of what was
    sent, `size` and `pages` of what is kept. Who sent it: the client through `channel`, or the administrator `uploaded_by`.
    `reminded_at` is when the client was told that it is about to lapse, `lapsed_at` when administrators were told that it has.
    """

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=document_reference, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="kyc_documents", db_index=False)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("KYC case"))
    kind = models.CharField(_("kind"), max_length=17, choices=DocumentKind.choices)
    name = models.CharField(_("file name"), max_length=120)
    stored = models.CharField(max_length=80, blank=True)
    content_type = models.CharField(_("file type"), max_length=20)
    size = models.PositiveIntegerField(_("size"))
    pages = models.PositiveSmallIntegerField(_("pages"))
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_at = models.DateTimeField(_("uploaded"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("uploaded by")
    )
    channel = models.CharField(_("came through"), max_length=80, blank=True)
    status = models.CharField(_("verdict"), max_length=8, choices=DocumentStatus.choices, default=DocumentStatus.UPLOADED)
    reason = models.CharField(_("reason"), max_length=12, choices=RejectReason.choices, blank=True)
    reason_text = models.CharField(_("text for the client"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("verdict given"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("verdict by")
    )
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("client reminded"), null=True, blank=True)
    lapsed_at = models.DateTimeField(_("found lapsed"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("file deleted"), null=True, blank=True)

    writes = "all"

    class Meta:
        verbose_name = _("document")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="kyc_document_kind_known"),
            models.CheckConstraint(
                condition=Q(status=DocumentStatus.UPLOADED, decided_at__isnull=True)
                | Q(status__in=[DocumentStatus.APPROVED, DocumentStatus.REJECTED], decided_at__isnull=False),
                name="kyc_document_verdict_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status=DocumentStatus.REJECTED) & ~Q(reason="") | ~Q(status=DocumentStatus.REJECTED) & Q(reason=""),
                name="kyc_document_rejected_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(stored="", deleted_at__isnull=False) | ~Q(stored="") & Q(deleted_at__isnull=True), name="kyc_document_stored"
            ),
            # The same file twice is one document; what was rejected or deleted may come again.
            models.UniqueConstraint(
                fields=["client", "sha256"],
                condition=~Q(status=DocumentStatus.REJECTED) & Q(deleted_at__isnull=True),
                name="kyc_document_once",
            ),
        ]
        indexes = [
            models.Index(F("uploaded_at").desc(), F("id").desc(), name="kyc_document_newest"),
            models.Index("client", F("uploaded_at").desc(), F("id").desc(), name="kyc_document_by_client"),
            models.Index("status", F("uploaded_at").desc(), F("id").desc(), name="kyc_document_by_status"),
            models.Index("kind", F("uploaded_at").desc(), F("id").desc(), name="kyc_document_by_kind"),
            models.Index("expires_on", "id", name="kyc_document_by_expiry", condition=Q(expires_on__isnull=False)),
            models.Index(
                "expires_on", name="kyc_document_to_remind",
                condition=Q(status=DocumentStatus.APPROVED, reminded_at__isnull=True, lapsed_at__isnull=True, deleted_at__isnull=True),
            ),
            models.Index(
                "expires_on", name="kyc_document_to_lapse",
                condition=Q(status=DocumentStatus.APPROVED, lapsed_at__isnull=True, deleted_at__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.reference
