"""Who sees which tiers, price lists and clients' terms: they are the issuer's, so whoever is confined to organisations sees none (USR-04)."""

from typing import Any

from django.db.models import QuerySet

from core.actors import Actor
from core.registries import register_rights, register_visibility
from tiers.enums import Right
from tiers.models import (
    ClientTerms,
    DictionaryEntry,
    LevelFee,
    Limit,
    OperationFee,
    PriceList,
    RecurringCharge,
    RecurringFee,
    Threshold,
    TierChange,
)


def issuers(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows if actor.organisation_ids is None else rows.none()


def of_clients(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """A key of the API meets only its own kind, live or test (API-05)."""
    if actor.organisation_ids is not None:
        return rows.none()
    is_test = getattr(actor, "is_test", None)
    return rows if is_test is None else rows.filter(client__is_test=is_test)


def register() -> None:
    register_rights(Right)
    for own in (DictionaryEntry, Limit, Threshold, PriceList, LevelFee, RecurringFee, OperationFee):
        register_visibility(own, issuers)
    for of_client in (ClientTerms, TierChange, RecurringCharge):
        register_visibility(of_client, of_clients)
