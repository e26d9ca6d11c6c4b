"""Which users and profiles an actor may see (USR-04)."""

from django.db.models import QuerySet

from accounts.enums import Face
from accounts.models import Profile, User
from core.actors import Actor


def visible_users(actor: Actor, rows: QuerySet[User]) -> QuerySet[User]:
    """Everybody, or the people of the actor's organisations. Memberships stand higher in the house, hence the name alone."""
    if actor.organisation_ids is None:
        return rows
    return rows.filter(pk__in=rows.filter(memberships__organisation_id__in=actor.organisation_ids).values("pk"))


def visible_profiles(actor: Actor, rows: QuerySet[Profile]) -> QuerySet[Profile]:
    return rows if actor.organisation_ids is None else rows.filter(face=Face.MERCHANT)
