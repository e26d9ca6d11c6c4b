"""Which users and profiles an actor may see (USR-04)."""

from django.db.models import QuerySet

from accounts.enums import Face
from accounts.models import Profile, User
from core.actors import Actor


def visible_users(actor: Actor, rows: QuerySet[User]) -> QuerySet[User]:
    """Everybody, or the people of the actor's organisations; a merchant's person never sees the issuer's, who may be confined to
    the same ones. Memberships stand higher in the house, hence the name alone."""
    if getattr(actor, "face", Face.ISSUER) == Face.MERCHANT:
        rows = rows.filter(face=Face.MERCHANT)
    if actor.organisation_ids is None:
        return rows
    return rows.filter(pk__in=rows.filter(memberships__organisation_id__in=actor.organisation_ids).values("pk"))


def visible_profiles(actor: Actor, rows: QuerySet[Profile]) -> QuerySet[Profile]:
    """A merchant's person sees the merchants' profiles, the issuer's people all: whoever is confined may still give them."""
    return rows.filter(face=Face.MERCHANT) if getattr(actor, "face", Face.ISSUER) == Face.MERCHANT else rows
