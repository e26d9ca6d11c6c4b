"""Who sees the trail. A thing's own timeline is for whoever sees the thing."""

from typing import Any

from django.db.models import QuerySet

from audit.enums import Right
from core.actors import Actor
from core.registries import extensions, is_narrowed


def visible_events(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """With the right: everything, or the events of the organisations that the actor is confined to (USR-04). Which those are, says the
    app that knows organisations: `extend("audit", "organisation_references", function(actor) -> their references)`."""
    if not actor.has_right(Right.SEE) or is_narrowed(actor):
        return rows.none()
    if actor.organisation_ids is None:
        return rows
    (references,) = extensions("audit", "organisation_references")
    return rows.filter(organisation__in=references(actor))


def whole_trail(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Digests and verifications are about everything, so they are for those who see everything."""
    return rows if actor.has_right(Right.SEE) and actor.organisation_ids is None else rows.none()
