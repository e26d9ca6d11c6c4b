"""The second factor: an authenticator app, passkeys, recovery codes (ACC-03). Each change is told by mail."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

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
from accounts.selectors import FACTORS, needs_second_factor
from accounts.services import granting
from accounts.services.sessions import end_sessions
from accounts.services.users import UserMoved
from accounts.throttles import Claim, claim, clear
from audit.services import record
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from messaging.services import queue_mail

STEP = 30  # seconds
STEPS_AROUND = 1  # a clock may be half a minute off
LOCKED_MINUTES = 15
Type = Authenticator.Type


class FactorRefused(DomainError):
    """The second app, the factor that is gone already."""

    code = "factor_refused"
    status = 409


class LastFactor(DomainError):
    """Without this one there would be none, and the person must have one."""

    code = "last_factor"
    status = 409


def add_totp(*, user: User, secret: str, actor: Actor, now: datetime, codes_kept: bool = False, keep: str | None = None) -> Authenticator:
    """Give a user an authenticator app by its base-32 secret, and recovery codes where there are none.

    `codes_kept`: somebody keeps the codes already (the demo's file). `keep` is the key of the session in which it is done:
    with the first factor all others end. Raises FactorRefused where there is an app.
    """
    with transaction.atomic(durable=True):
        locked = lock(User.objects.all(), pk=user.pk)
        if Authenticator.objects.filter(user=locked, type=Type.TOTP).exists():
            raise FactorRefused(_("You have an authenticator app already. Remove it before you set up another."))
        authenticator: Authenticator = TOTP.activate(locked, secret).instance
        added(locked, "users.totp_added", "app_added", actor=actor, now=now, keep=keep)
        if codes_kept:
            _say_kept(locked)
    return authenticator


def remove_factor(*, user: User, authenticator: Authenticator, actor: Actor, now: datetime, keep: str | None = None) -> None:
    """Take an app or a passkey away; the other sessions end. With the last one the recovery codes go.

    Raises LastFactor where it is the last and a second factor is mandatory for the user, FactorRefused where it is gone.
    """
    with transaction.atomic(durable=True):
        locked = lock(User.objects.all(), pk=user.pk)
        own = Authenticator.objects.filter(user=locked)
        found = own.filter(pk=authenticator.pk, type__in=FACTORS).first()
        if found is None:
            raise FactorRefused(_("It was removed already."))
        others = own.filter(type__in=FACTORS).exclude(pk=found.pk).exists()
        if not others and needs_second_factor(locked):
            raise LastFactor(_("You must have a second factor, and this is your only one. Set up another before you remove it."))
        is_app = found.type == Type.TOTP
        found.delete()
        if not others:
            own.delete()
        record(action="users.totp_removed" if is_app else "users.passkey_removed", actor=actor, subject=locked, now=now)
        end_sessions(user=locked, actor=actor, now=now, except_session=keep)
        tell(locked, "app_removed" if is_app else "passkey_removed", now=now)


def make_codes(*, user: User, actor: Actor, now: datetime) -> None:
    """New recovery codes, shown until the person says that they are kept. The old ones stop working."""
    with transaction.atomic(durable=True):
        locked = lock(User.objects.all(), pk=user.pk)
        if not Authenticator.objects.filter(user=locked, type__in=FACTORS).exists():
            raise FactorRefused(_("Recovery codes stand in for a second factor: set one up first."))
        Authenticator.objects.filter(user=locked, type=Type.RECOVERY_CODES).delete()
        RecoveryCodes.activate(locked)
        record(action="users.recovery_codes_made", actor=actor, subject=locked, now=now)
        tell(locked, "codes_made", now=now)


def keep_codes(*, user: User, actor: Actor, now: datetime) -> None:
    """The person says that the codes are kept: from now on nobody sees them again. Twice is once."""
    with transaction.atomic(durable=True):
        locked = lock(User.objects.all(), pk=user.pk)
        if _say_kept(locked):
            record(action="users.recovery_codes_kept", actor=actor, subject=locked, now=now)


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


def added(user: User, action: str, change: str, *, actor: Actor, now: datetime, keep: str | None) -> None:
    """What follows on a new factor of the locked user: its codes, the event, the mail, and an end of what was opened without."""
    is_first = Authenticator.objects.filter(user=user, type__in=FACTORS).count() == 1
    RecoveryCodes.activate(user)
    record(action=action, actor=actor, subject=user, now=now)
    if is_first:
        end_sessions(user=user, actor=actor, now=now, except_session=keep)
    tell(user, change, now=now)


def tell(user: User, change: str, *, now: datetime) -> None:
    """The mail about a change of somebody's factors; `change` is a word that the mail's files know."""
    queue_mail(
        template="accounts.second_factor",
        to=user.email,
        language=user.language,
        context={"name": str(user), "change": change, "url": settings.BASE_URL.rstrip("/") + reverse("account_reset_password")},
        subject=user,
        now=now,
    )


def verify_code(*, user: User, code: str, now: datetime) -> Authenticator | None:
    """The authenticator whose code this is; each code is accepted once. None otherwise, and for 15 minutes after five tries."""
    return counted(user, lambda: _match(user, "".join(code.split()), now), now=now)


def counted(user: User, match: Callable[[], Authenticator | None], *, now: datetime) -> Authenticator | None:
    """One try at the second factor, counted before it is made (ACC-05)."""
    claims = [Claim(ThrottleKind.FACTOR, str(user.pk), user=user)]
    verdict = claim(claims, now=now)
    found = match() if verdict.allowed else None
    if found is not None:
        clear(claims)
    elif verdict.last:
        with transaction.atomic():
            details = {"minutes": LOCKED_MINUTES, "step": "second factor"}
            record(action="users.locked", actor=user, subject=user, now=now, details=details)
    return found


def _match(user: User, code: str, now: datetime) -> Authenticator | None:
    with transaction.atomic():
        for authenticator in Authenticator.objects.select_for_update().filter(user_id=user.pk).order_by("id"):
            if authenticator.type == Type.TOTP and _use_totp(authenticator, code):
                return authenticator
            if authenticator.type == Type.RECOVERY_CODES and authenticator.wrap().validate_code(code):
                record(action="users.recovery_code_used", actor=user, subject=user, now=now)
                tell(user, "code_used", now=now)
                return authenticator
    return None


def _use_totp(authenticator: Authenticator, code: str) -> bool:
    """The step of an accepted code is kept in the row: neither it nor an older one is accepted again, cache or not."""
    secret, present = decrypt(authenticator.data["secret"]), int(time.time()) // STEP
    step = matching_step(secret, code, since=max(present - STEPS_AROUND, authenticator.data.get("last_step", 0) + 1))
    if step is not None:
        authenticator.data["last_step"] = step
        authenticator.save(update_fields=["data"])
    return step is not None


def matching_step(secret: str, code: str, *, since: int | None = None) -> int | None:
    """The step at which an app with this secret shows the code, around now and not before `since`."""
    present = int(time.time()) // STEP
    for step in range(present - STEPS_AROUND if since is None else since, present + STEPS_AROUND + 1):
        if constant_time_compare(format_hotp_value(hotp_value(secret, step)), code):
            return step
    return None


def _say_kept(user: User) -> bool:
    codes = Authenticator.objects.select_for_update().filter(user=user, type=Type.RECOVERY_CODES).first()
    if codes is None or codes.data.get("kept"):
        return False
    codes.data["kept"] = True
    codes.save(update_fields=["data"])
    return True


def codes_to_keep(user: User) -> list[str]:
    """The recovery codes as long as nobody said that they are kept; none afterwards."""
    codes = Authenticator.objects.filter(user_id=user.pk, type=Type.RECOVERY_CODES).first()
    unseen: list[str] = codes.wrap().get_unused_codes() if codes is not None and not codes.data.get("kept") else []
    return unseen


def factor_rows(user: User) -> dict[str, Any]:
    """What a person has: {"app": row or None, "passkeys": rows, "codes": row or None, "codes_left": number}."""
    rows = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "id"))
    codes = next((row for row in rows if row.type == Type.RECOVERY_CODES), None)
    return {
        "app": next((row for row in rows if row.type == Type.TOTP), None),
        "passkeys": [row for row in rows if row.type == Type.WEBAUTHN],
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes is not None else 0,
    }
