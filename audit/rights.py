"""Who sees the trail: people of the issuer who have the right. A thing's own timeline is for whoever sees the thing."""

from typing import Any

from django.db.models import QuerySet

from audit.enums import Right
from core.actors import Actor


def whole_trail(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Everything or nothing: the trail is the issuer's, a merchant's user never sees it whatever rights a profile lists."""
    return rows if actor.has_right(Right.SEE) and getattr(actor, "face", "issuer") == "issuer" else rows.none()
