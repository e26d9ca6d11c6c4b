"""The second factor: an authenticator app and recovery codes (ACC-03)."""

import time
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right, ThrottleKind
from accounts.models import User
from accounts.services import granting
from accounts.services.sessions import end_sessions
from accounts.services.users import UserMoved
from accounts.throttles import Claim, claim, clear
from audit.services import record
from core.actors import Actor
from messaging.services import queue_mail

STEP = 30  # seconds
STEPS_AROUND = 1  # a clock may be half a minute off


def add_totp(*, user: User, secret: str, actor: Actor, now: datetime) -> Authenticator:
    """Give a user an authenticator app by its base-32 secret, with recovery codes: for demo users and restored devices."""
    with transaction.atomic(durable=True):
        authenticator = TOTP.activate(user, secret).instance
        RecoveryCodes.activate(user)
        record(action="users.totp_added", actor=actor, subject=user, now=now)
    return authenticator


def reset_factors(*, user: User, actor: Actor, now: datetime) -> User:
    """Remove authenticator app, passkeys and recovery codes of somebody who has lost them (USR-12); the sessions end, the person is told
    by mail and sets up a new one after the next sign-in. Raises NotYours, RightNotHeld, UserMoved."""
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        removed = Authenticator.objects.filter(user_id=user.pk).delete()[0]
        if not removed:
            raise UserMoved(_("This user has no second factor."))
        end_sessions(user=user, actor=actor, now=now)
        record(action="users.factors_reset", actor=actor, subject=user, now=now)
        queue_mail(
            template="accounts.factor_reset", to=user.email, language=user.language, subject=user, now=now,
            context={"name": str(user), "url": settings.BASE_URL.rstrip("/") + reverse("account_login")},
        )  # fmt: skip
    return user


def verify_code(*, user: User, code: str, now: datetime) -> Authenticator | None:
    """The authenticator whose code this is; each code is accepted once. None otherwise, and for 15 minutes after five tries."""
    claims = [Claim(ThrottleKind.FACTOR, str(user.pk), user=user)]
    verdict = claim(claims, now=now)
    found = _match(user, "".join(code.split()), now) if verdict.allowed else None
    if found is not None:
        clear(claims)
    elif verdict.last:
        with transaction.atomic():
            record(action="users.locked", actor=user, subject=user, now=now, details={"minutes": 15, "step": "second factor"})
    return found


def _match(user: User, code: str, now: datetime) -> Authenticator | None:
    with transaction.atomic():
        for authenticator in Authenticator.objects.select_for_update().filter(user_id=user.pk).order_by("id"):
            if authenticator.type == Authenticator.Type.TOTP and _use_totp(authenticator, code):
                return authenticator
            if authenticator.type == Authenticator.Type.RECOVERY_CODES and authenticator.wrap().validate_code(code):
                record(action="users.recovery_code_used", actor=user, subject=user, now=now)
                return authenticator
    return None


def _use_totp(authenticator: Authenticator, code: str) -> bool:
    """The step of an accepted code is kept in the row: neither it nor an older one is accepted again, cache or not."""
    secret, present = decrypt(authenticator.data["secret"]), int(time.time()) // STEP
    for step in range(max(present - STEPS_AROUND, authenticator.data.get("last_step", 0) + 1), present + STEPS_AROUND + 1):
        if constant_time_compare(format_hotp_value(hotp_value(secret, step)), code):
            authenticator.data["last_step"] = step
            authenticator.save(update_fields=["data"])
            return True
    return False
