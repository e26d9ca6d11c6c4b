"""Who sees what the rules decided: it tells of clients, so it is the issuer's (USR-04)."""

from django.db.models import QuerySet

from core.actors import Actor
from core.registries import register_visibility
from transactions.models import Decision


def visible_decisions(actor: Actor, rows: QuerySet[Decision]) -> QuerySet[Decision]:
    return rows if actor.organisation_ids is None else rows.none()


def register() -> None:
    register_visibility(Decision, visible_decisions)
