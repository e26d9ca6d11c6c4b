"""Shared reads about users."""

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from accounts.enums import Face
from accounts.models import SignInThrottle, User
from core.actors import Actor
from core.instance import value
from core.registries import visible

NOTED_EVERY = timedelta(minutes=1)  # a session's last use is this coarse, so that reading pages writes next to nothing


def locked_until(user: User, *, now: datetime) -> datetime | None:
    """Until when wrong tries lock the user's sign-in (ACC-05); None where they don't."""
    found: datetime | None = SignInThrottle.objects.filter(user=user, locked_until__gt=now).aggregate(until=Max("locked_until"))["until"]
    return found


def has_second_factor(user: User) -> bool:
    """An authenticator app or a passkey."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def factor_annotations() -> dict[str, Exists]:
    """What the middleware asks of every request's user, for the user's own statement."""
    own = Authenticator.objects.filter(user=OuterRef("pk"))
    codes = own.filter(type=Authenticator.Type.RECOVERY_CODES, data__kept=True)
    return {"has_factor": Exists(own.filter(type__in=FACTORS)), "has_codes": Exists(codes)}


def needs_second_factor(user: User) -> bool:
    """Merchants' users always; the issuer's people unless the instance leaves it to them (ACC-03)."""
    return user.face == Face.MERCHANT or bool(value("accounts.two_factor_issuer"))


def lacks_second_factor(user: User) -> bool:
    """Whether the person must first set one up, and say that the recovery codes are kept. `user` is the request's."""
    return needs_second_factor(user) and not (user.has_factor and user.has_codes)


def idle_limit(*, money: bool) -> timedelta:
    """How long a session lasts unused; where money moves the shorter of the two limits counts (ACC-08)."""
    minutes = value("accounts.idle_minutes")
    return timedelta(minutes=min(minutes, value("accounts.idle_minutes_money")) if money else minutes)


def open_sessions(user: User) -> list[UserSession]:
    """The user's sessions that would still open a page, the one used last first."""
    rows = UserSession.objects.filter(user_id=user.pk, session_key__in=Session.objects.filter(expire_date__gt=timezone.now()).values("pk"))
    return [row for row in rows.order_by("-last_seen_at", "-id") if not is_expired(row)]


def is_expired(row: UserSession) -> bool:
    return bool(timezone.now() - row.last_seen_at >= idle_limit(money=bool(row.data.get("money"))) + NOTED_EVERY)


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
