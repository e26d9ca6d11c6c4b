"""The verification providers (KYC-03): `provider("shufti").start(case)`. One interface, an adapter each."""

from kyc.providers.interface import (
    Event,
    Finding,
    KycProvider,
    Reason,
    Refused,
    Retryable,
    Snapshot,
    Started,
    UnreadableMessage,
)
from kyc.providers.manual import Manual
from kyc.providers.shufti import Shufti
from kyc.providers.sumsub import Sumsub

PROVIDERS: dict[str, KycProvider] = {one.code: one for one in (Manual(), Shufti(), Sumsub())}

__all__ = [
    "PROVIDERS", "Event", "Finding", "KycProvider", "Reason", "Refused", "Retryable", "Snapshot", "Started",
    "UnreadableMessage", "provider",
]  # fmt: skip


def provider(code: str) -> KycProvider:
    """The adapter of this code ("manual", "shufti", "sumsub"). Raises KeyError."""
    return PROVIDERS[code]
