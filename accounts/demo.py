"""The demo's back-office people: at least one of each default profile, with a known password and an authenticator app."""

import base64
import secrets
from datetime import datetime, timedelta

from accounts.enums import Face
from accounts.models import Profile, User
from accounts.services import add_totp, create_user, deactivate_user, invite_user, sync_default_profiles
from core.actors import SystemActor

DEMO = SystemActor("demo")
PASSWORD = "seven-quiet-ferries-leave-at-dawn"  # noqa: S105  a demo's, said aloud at every start
PEOPLE = {
    # name in demo.env: (profile, first name, last name, language)
    "ADMIN": ("Administrator", "Marta", "Vanaga", "en"),
    "CEO": ("CEO", "Andris", "Balodis", "lv"),
    "CFO": ("CFO", "Hélène", "Roussel", "fr"),
    "CRO": ("CRO", "Toms", "Siliņš", "lv"),
    "OPERATIONS": ("Operations", "Elīna", "Priede", "en"),
    "SUPPORT": ("Support", "Callum", "Reid", "en"),
    "AUDITOR": ("Auditor", "Inese", "Grava", "en"),
    "REGIONAL": ("Operations", "Jānis", "Krūmiņš", "lv"),  # restricted to two merchants
    "MERCHANT": ("Merchant administrator", "Rūta", "Skuja", "en"),
    "MERCHANT_CASHIER": ("Merchant cashier", "Pauls", "Ozols", "lv"),
    "MERCHANT_ACCOUNTANT": ("Merchant accountant", "Claire", "Vidal", "fr"),
}


def email_of(name: str) -> str:
    """The login of the person behind a name in demo.env: admin@issuer.example."""
    house = "shop" if name.startswith("MERCHANT") else "issuer"
    return f"{name.removeprefix('MERCHANT_').lower()}@{house}.example"


def person(name: str) -> User:
    """The user behind a name in demo.env, for the demo data of higher apps."""
    return User.objects.get(email=email_of(name))


def load(now: datetime) -> dict[str, str]:
    """Users since 95 days ago; their logins, passwords and authenticator secrets for demo.env."""
    since = now - timedelta(days=95)
    sync_default_profiles(actor=DEMO, now=since)
    values = {}
    for name, (profile, first_name, last_name, language) in PEOPLE.items():
        user = create_user(
            actor=DEMO, now=since, email=email_of(name), first_name=first_name, last_name=last_name, language=language, password=PASSWORD,
            face=Face.MERCHANT if name.startswith("MERCHANT") else Face.ISSUER, profiles=[Profile.objects.get(name=profile)],
        )  # fmt: skip
        secret = base64.b32encode(secrets.token_bytes(20)).decode()
        add_totp(user=user, secret=secret, actor=DEMO, now=since, codes_kept=True)
        values |= {f"{name}_EMAIL": user.email, f"{name}_PASSWORD": PASSWORD, f"{name}_TOTP_SECRET": secret}
    others(now)
    return values


def others(now: datetime) -> None:
    """Somebody who has left, and somebody who has yet to accept the invitation."""
    left = create_user(
        actor=DEMO, now=now - timedelta(days=94), face=Face.ISSUER, email="renars@issuer.example", first_name="Renārs", last_name="Liepa",
        language="lv", password=PASSWORD, profiles=[Profile.objects.get(name="Support")],
    )  # fmt: skip
    deactivate_user(user=left, actor=person("ADMIN"), now=now - timedelta(days=12), comment="Left the company")
    invite_user(
        actor=person("ADMIN"), now=now - timedelta(hours=20), face=Face.ISSUER, email="liga@issuer.example", first_name="Līga",
        last_name="Ozoliņa-Bērziņa", phone="+37120000321", language="lv",
        profiles=Profile.objects.filter(name__in=["Support", "Operations"]),
    )  # fmt: skip
