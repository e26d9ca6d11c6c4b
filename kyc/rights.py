"""Who sees which cases: they are the issuer's, so whoever is confined to organisations sees none (USR-04)."""

from typing import Any

from django.db.models import QuerySet

from core.actors import Actor
from core.registries import register_rights, register_visibility
from kyc.enums import Right
from kyc.models import Case, Document, InformationRequest, ProviderMessage


def _issuers(rows: QuerySet[Any], actor: Actor, is_test: str) -> QuerySet[Any]:
    """All of the issuer's, of live and test clients; a key of the API meets only its own kind (API-05)."""
    if actor.organisation_ids is not None:
        return rows.none()
    mode = getattr(actor, "is_test", None)
    return rows if mode is None else rows.filter(**{is_test: mode})


def visible_cases(actor: Actor, rows: QuerySet[Case]) -> QuerySet[Case]:
    return _issuers(rows, actor, "client__is_test")


def visible_requests(actor: Actor, rows: QuerySet[InformationRequest]) -> QuerySet[InformationRequest]:
    return _issuers(rows, actor, "case__client__is_test")


def visible_messages(actor: Actor, rows: QuerySet[ProviderMessage]) -> QuerySet[ProviderMessage]:
    return _issuers(rows, actor, "case__client__is_test")


def visible_documents(actor: Actor, rows: QuerySet[Document]) -> QuerySet[Document]:
    return _issuers(rows, actor, "client__is_test")


def register() -> None:
    register_rights(Right)
    register_visibility(Case, visible_cases)
    register_visibility(InformationRequest, visible_requests)
    register_visibility(ProviderMessage, visible_messages)
    register_visibility(Document, visible_documents)
