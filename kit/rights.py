"""Which of the kit's own rows an actor may see."""

from django.db.models import QuerySet

from accounts.enums import Face
from core.actors import Actor, ActorType
from kit.enums import Right
from kit.models import Export


def visible_exports(actor: Actor, rows: QuerySet[Export]) -> QuerySet[Export]:
    """A person's own; of the issuer, whoever has the right, that others' were made (never the files)."""
    if actor.actor_type != ActorType.USER:
        return rows.none()
    if getattr(actor, "face", "") == Face.ISSUER and actor.organisation_ids is None and actor.has_right(Right.EXPORTS_SEE_ALL):
        return rows
    return rows.filter(user_id=int(actor.actor_id))
