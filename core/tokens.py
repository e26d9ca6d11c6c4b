"""Texts by which a program proves who it is: `<prefix>_<secret>`. A row is found by the prefix and keeps the secret's hash alone."""

import hashlib
import hmac
import secrets

from core.references import ALPHABET

FORM = r"[A-Za-z0-9_-]{43}"  # of what `new_secret` gives: 256 random bits
NOBODY = "0" * 64


def new_prefix(kind: str, *, length: int) -> str:
    return kind + "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """A plain hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fits(secret: str, kept: str | None) -> bool:
    """Whether the secret is the one whose hash was kept; in constant time, also where no row was found (None)."""
    return hmac.compare_digest(hash_of(secret), kept or NOBODY)
