"""The arithmetic of the chain: keyed hashes over stored bytes, and the signature of a digest (AUD-04).

The key (AUDIT_KEY) lives outside the database: who can write to it can't make a chain that verifies.
"""

import hashlib
import hmac
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

HASH_BYTES = 32


def derived(purpose: str) -> bytes:
    """A key for one purpose; knowing it says nothing of AUDIT_KEY."""
    return hmac.new(settings.AUDIT_KEY.encode(), purpose.encode(), hashlib.sha256).digest()


def genesis() -> bytes:
    return hmac.new(derived("audit chain"), b"genesis", hashlib.sha256).digest()


def link_hash(key: bytes, before: bytes, seq: int, event_id: int, recorded: int, payload: bytes) -> bytes:
    """HMAC-SHA256 over the hash before, the place, the event's id, the microsecond of its writing, and its bytes."""
    message = b"%b%b%b%b%b%b" % (
        before, seq.to_bytes(8), event_id.to_bytes(8), recorded.to_bytes(8), len(payload).to_bytes(8), payload,
    )  # fmt: skip
    return hmac.digest(key, message, "sha256")


def chain_key() -> bytes:
    return derived("audit chain")


def microseconds(at: datetime) -> int:
    """Since 1970, exact."""
    whole = int(at.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + at.microsecond


def sign(document: bytes) -> bytes:
    return _signing_key().sign(document)


def public_key() -> str:
    """What an auditor needs to check exported digests: 32 bytes, as hexadecimal digits."""
    return _signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def signature_holds(document: bytes, signature: bytes, key: str | None = None) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key or public_key())).verify(signature, document)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derived("audit digest signature"))
