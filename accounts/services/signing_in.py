"""Is it really this person? Counted, equally slow and equally worded whatever is wrong (ACC-05, reliability A6)."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.enums import ThrottleKind
from accounts.models import User
from accounts.throttles import Claim, account_key, address_key, claim, clear
from audit.services import record
from core.actors import SystemActor
from core.text import UnfitText, clean_email

GATE = SystemActor("sign-in")


def verify_password(*, email: str, password: str, address: str, now: datetime) -> User | None:
    """The active user with this address and password, None for anybody else, and while account or address is locked.

    Every answer costs the same statements and one password hash, so that its time tells nothing either. After five wrong
    tries an account, and after five different accounts an address, waits for 15 minutes (ACC-05).
    """
    user = _find(email)
    key = account_key(email)
    claims = [
        Claim(ThrottleKind.ACCOUNT, key, user=user),
        Claim(ThrottleKind.ADDRESS, address_key(address), counted=key),
    ]
    verdict = claim(claims, now=now)
    knows = _check(user, password)
    if verdict.allowed and knows and user is not None and user.is_active:
        clear(claims)
        return user
    if verdict.last and user is not None:
        _record_lock(user, now)
    return None


def verify_own_password(*, user: User, password: str, address: str, now: datetime) -> bool:
    """The password asked again of someone signed in: the same count and the same lock."""
    found = verify_password(email=user.email, password=password, address=address, now=now)
    return found is not None and found.pk == user.pk


def _find(email: str) -> User | None:
    try:
        return User.objects.filter(email__iexact=clean_email(email)).first()
    except UnfitText:
        return None


def _check(user: User | None, password: str) -> bool:
    """One hash in every case: Django makes one of its own for a user without password."""
    if user is None:
        make_password(password)
        return False
    return user.check_password(password)


def _record_lock(user: User, now: datetime) -> None:
    with transaction.atomic():
        record(action="users.locked", actor=GATE, subject=user, now=now, details={"minutes": 15})
