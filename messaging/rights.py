"""Mail and alerts are the issuer's."""

from typing import Any

from django.db.models import QuerySet

from core.actors import Actor
from messaging.enums import Right


def mails(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows if _issuer_with(actor, Right.SEE_MAIL) else rows.none()


def alerts(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows if _issuer_with(actor, Right.SEE_ALERTS) else rows.none()


def _issuer_with(actor: Actor, right: str) -> bool:
    return actor.has_right(right) and getattr(actor, "face", "issuer") == "issuer"
