"""Which of the kit's own rows an actor may see."""

from django.db.models import QuerySet

from core.actors import Actor, ActorType
from kit.models import Export


def visible_exports(actor: Actor, rows: QuerySet[Export]) -> QuerySet[Export]:
    """A person's own."""
    return rows.filter(user_id=int(actor.actor_id)) if actor.actor_type == ActorType.USER else rows.none()
