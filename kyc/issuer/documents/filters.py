"""The criteria of the list of documents (KYC-10)."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kit.filters import Choices, Criteria, Dates, Days, Prefix, YesNo
from kyc.enums import DocumentKind, DocumentStatus, RejectReason
from kyc.issuer.filters import OfClient
from kyc.services.documents.keeping import today


class Lapsed(YesNo):
    """Approved, and its date has passed."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        lapsed = Q(status=DocumentStatus.APPROVED, expires_on__isnull=False, expires_on__lt=today(timezone.now()))
        return qs.filter(lapsed) if value == "yes" else qs.exclude(lapsed)


class DocumentFilter(Criteria):
    client = OfClient(label=_("Client"))
    status = Choices(choices=DocumentStatus.choices, label=_("Verdict"))
    expires_on = Days(label=_("Valid until"))
    kind = Choices(choices=DocumentKind.choices, label=_("Kind"))
    lapsed = Lapsed(label=_("Lapsed"))
    uploaded_at = Dates(label=_("Uploaded"))
    reason = Choices(choices=RejectReason.choices, label=_("Reason"))
    reference = Prefix(label=_("Reference"))
