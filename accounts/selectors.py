"""Shared reads about users."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Max

from accounts.models import SignInThrottle, User


def locked_until(user: User, *, now: datetime) -> datetime | None:
    """Until when wrong tries lock the user's sign-in (ACC-05); None where they don't."""
    found: datetime | None = SignInThrottle.objects.filter(user=user, locked_until__gt=now).aggregate(until=Max("locked_until"))["until"]
    return found


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()
