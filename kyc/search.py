"""Cases and providers' messages in the global search, by reference and by what the provider calls the case (UIX-04)."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from core.question import Question
from kyc.enums import Right
from kyc.models import Case, Document, ProviderMessage


def called_by_the_provider(question: Question) -> Q | None:
    return Q(provider_reference=question.token.lower()) if question.token else None


def register() -> None:
    register_search(
        SearchSource(
            label=_("KYC cases"),
            model=Case,
            right=Right.KYC_SEE,
            page="kyc-case-detail",
            icon="id-badge-2",
            shown=("reference", "client__reference", "tier__label", "opened_at"),
            status="status",
            prefixes={"KYC": "reference"},
            newest=("-opened_at", "-id"),
            exact=called_by_the_provider,
        )
    )
    register_search(
        SearchSource(
            label=_("Provider messages"),
            model=ProviderMessage,
            right=Right.KYC_SEE,
            page="kyc-message-detail",
            icon="inbox",
            shown=("reference", "provider", "event", "case__reference", "received_at"),
            status="status",
            prefixes={"MSG": "reference"},
            newest=("-received_at", "-id"),
        )
    )
    register_search(
        SearchSource(
            label=_("Documents"),
            model=Document,
            right=Right.KYC_SEE,
            page="kyc-document-detail",
            icon="file-certificate",
            shown=("reference", "client__reference", "kind", "uploaded_at"),
            status="status",
            prefixes={"DOC": "reference"},
            newest=("-uploaded_at", "-id"),
        )
    )
