"""Which clients an actor may see: clients are the issuer's, so whoever is confined to organisations sees none (USR-04)."""

from django.db.models import QuerySet

from clients.models import Client, ClientEvent, ClientSession, CompanyPerson
from core.actors import Actor


def visible_clients(actor: Actor, rows: QuerySet[Client]) -> QuerySet[Client]:
    """All of the issuer's, live and test; a key of the API meets only its own kind (API-05)."""
    if actor.organisation_ids is not None:
        return rows.none()
    is_test = getattr(actor, "is_test", None)
    return rows if is_test is None else rows.filter(is_test=is_test)


def visible_people(actor: Actor, rows: QuerySet[CompanyPerson]) -> QuerySet[CompanyPerson]:
    return rows if actor.organisation_ids is None else rows.none()


def visible_events(actor: Actor, rows: QuerySet[ClientEvent]) -> QuerySet[ClientEvent]:
    return rows if actor.organisation_ids is None else rows.none()


def visible_sessions(actor: Actor, rows: QuerySet[ClientSession]) -> QuerySet[ClientSession]:
    return rows if actor.organisation_ids is None else rows.none()
