"""People for tests, of either face, with the rights asked for."""

import time
from collections.abc import Iterable
from functools import cache
from itertools import count
from typing import Any

from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY as RECORDS_OF
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import encrypt
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from fido2.utils import websafe_encode

from accounts.enums import Face
from accounts.models import Profile, User
from accounts.tests.authenticator import Device
from core.references import new_reference
from core.registries import known_rights

PASSWORD = "seven quiet lamps by the river"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = count(1)
_hashed = cache(make_password)  # argon2 is slow on purpose; people of tests may share a salt
_encrypted = cache(encrypt)


def user(
    face: str = Face.ISSUER,
    rights: Iterable[str] | None = None,
    *,
    profile: Profile | None = None,
    organisations: Iterable[object] = (),
    password: str = PASSWORD,
    second_factor: bool = True,
    **fields: object,
) -> User:
    """A user with exactly `rights` (None: every right that any app knows) in a profile of its own, or with `profile`.

    `organisations` make memberships: a merchant user's own, or those an administrator is confined to. With a second factor
    it has an authenticator app of TOTP_SECRET and recovery codes that are kept; without one no page opens (ACC-03).
    """
    number = next(_numbers)
    values = {
        "email": f"person{number}@example.com",
        "first_name": "Anna",
        "last_name": f"Ozola {number}",
        "face": face,
        "created_at": timezone.now(),
    } | fields
    made = User(**values, password=_hashed(password))
    made.save()
    if second_factor:
        Authenticator.objects.bulk_create(
            [
                Authenticator(user=made, type=Authenticator.Type.TOTP, data={"secret": _encrypted(TOTP_SECRET)}),
                Authenticator(
                    user=made, type=Authenticator.Type.RECOVERY_CODES, data={"seed": _encrypted("seed"), "used_mask": 0, "kept": True}
                ),
            ]
        )
    if profile is None:
        codes = sorted(known_rights() if rights is None else rights)
        profile = Profile.objects.create(name=f"Test profile {number}", face=face, rights=codes)
    made.profiles.add(profile)
    for organisation in organisations:
        made.memberships.create(organisation=organisation)
    return made


def sign_in(someone: User, *, proved: bool = True) -> Client:
    """A browser of Django's test client in which `someone` is signed in, CSRF checks off (tests of CSRF turn them on).

    `proved`: with a proof of just now, so that no action asks for the password again (ACC-07).
    """
    browser = Client()
    open_session(browser, someone, proved=proved)
    return browser


def open_session(browser: Client, someone: User, *, proved: bool = True) -> None:
    browser.force_login(someone)
    session = browser.session
    UserSession.objects.create(
        user=someone, session_key=session.session_key, ip="127.0.0.1", user_agent="Tests", last_seen_at=timezone.now()
    )
    if proved:
        for name, value in {
            AUTHENTICATION_METHODS_SESSION_KEY: [{"method": "password", "at": time.time()}],
            RECORDS_OF: str(someone.pk),
        }.items():
            session[name] = value
        session.save()


def passkey_of(someone: User, device: Device | None = None, *, name: str = "Laptop") -> Authenticator:
    """A passkey of theirs; `device` holds its key."""
    data = {
        "name": name, "reference": new_reference("PSK"), "counter": 0, "verified": True,
        "credential": (device or Device()).register(registration_question(someone)),
    }  # fmt: skip
    made: Authenticator = Authenticator.objects.create(user=someone, type=Authenticator.Type.WEBAUTHN, data=data)
    return made


def registration_question(someone: User) -> dict[str, Any]:
    return {"publicKey": {"challenge": websafe_encode(b"x" * 32), "user": {"id": websafe_encode(user_pk_to_url_str(someone).encode())}}}


def one_time_code(secret: str = TOTP_SECRET, *, steps: int = 0) -> str:
    """What an authenticator app shows now, or `steps` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
