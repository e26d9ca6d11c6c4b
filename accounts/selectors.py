"""Shared reads about users."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Max, QuerySet

from accounts.models import SignInThrottle, User
from core.actors import Actor
from core.registries import visible


def locked_until(user: User, *, now: datetime) -> datetime | None:
    """Until when wrong tries lock the user's sign-in (ACC-05); None where they don't."""
    found: datetime | None = SignInThrottle.objects.filter(user=user, locked_until__gt=now).aggregate(until=Max("locked_until"))["until"]
    return found


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def organisations_for(actor: Actor) -> QuerySet[Any]:
    """The active organisations that the actor may see. They stand higher in the house: reached by the relation's name alone."""
    memberships: Any = User._meta.get_field("memberships").related_model
    return visible(memberships._meta.get_field("organisation").related_model, actor).filter(is_active=True)


def effective_rights(user: User) -> dict[str, list[str]]:
    """right -> the names of the profiles that give it (USR-13)."""
    found: dict[str, list[str]] = {}
    for profile in user.profiles.order_by("name"):
        for right in profile.rights:
            found.setdefault(right, []).append(profile.name)
    return found
