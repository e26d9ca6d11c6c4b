"""Changing a password, and the mail that leads to a new one (ACC-02, ACC-06)."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.http import int_to_base36

from accounts.enums import ThrottleKind
from accounts.models import SignInThrottle, User
from accounts.throttles import Claim, account_key, claim
from audit.services import record
from core.actors import Actor
from core.locks import lock
from messaging.services import queue_mail


def change_password(*, user: User, password: str, actor: Actor, now: datetime, by_mail: bool = False) -> User:
    """Set a password that the rules have accepted. Every session opened with the old one ends at its next request.

    A reset by mail also opens a locked account: who reads the mailbox is not the one who guessed. The person is told.
    """
    with transaction.atomic(durable=True):
        locked = lock(User.objects.all(), pk=user.pk)
        locked.set_password(password)
        locked.save(update_fields=["password"])
        if by_mail:
            SignInThrottle.objects.filter(kind=ThrottleKind.ACCOUNT, key=account_key(locked.email)).delete()
        record(action="users.password_reset" if by_mail else "users.password_changed", actor=actor, subject=locked, now=now)
        queue_mail(
            template="accounts.password_changed",
            to=locked.email,
            language=locked.language,
            context={"name": str(locked), "url": settings.BASE_URL.rstrip("/") + reverse("account_reset_password")},
            subject=locked,
            now=now,
        )
    user.password = locked.password
    return locked


def send_reset_mail(*, user: User, actor: Actor, now: datetime) -> bool:
    """Mail the link to a new password: works once, for an hour (ACC-06). At most five an hour; False when that is reached.

    Its address begins with BASE_URL, whatever host the request named (reliability A7).
    """
    with transaction.atomic(durable=True):
        if not claim([Claim(ThrottleKind.RESET, account_key(user.email), user=user)], now=now).allowed:
            return False
        record(action="users.reset_requested", actor=actor, subject=user, now=now)
        queue_mail(
            template="accounts.password_reset",
            to=user.email,
            language=user.language,
            context={"name": str(user), "url": reset_address(user), "hours": str(settings.PASSWORD_RESET_TIMEOUT // 3600)},
            subject=user,
            now=now,
        )
    return True


def reset_address(user: User) -> str:
    """A link for this user's present password and last sign-in: either one's change makes it void."""
    path = reverse("account_reset_password_from_key", args=[int_to_base36(user.pk), default_token_generator.make_token(user)])
    return settings.BASE_URL.rstrip("/") + path
