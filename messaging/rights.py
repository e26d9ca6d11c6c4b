"""Mail and alerts are for those who see everything; a notification is its person's alone."""

from typing import Any

from django.db.models import QuerySet

from core.actors import Actor, ActorType
from messaging.enums import Right


def mails(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows if _issuer_with(actor, Right.SEE_MAIL) else rows.none()


def alerts(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows if _issuer_with(actor, Right.SEE_ALERTS) else rows.none()


def notifications(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(user_id=int(actor.actor_id)) if actor.actor_type == ActorType.USER else rows.none()


def _issuer_with(actor: Actor, right: str) -> bool:
    return actor.has_right(right) and actor.organisation_ids is None
