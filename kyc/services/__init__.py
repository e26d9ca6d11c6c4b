"""The verbs of KYC: the app's public face."""

from kyc.services.cases import answer, ask_more, release, sent_to_provider, take
from kyc.services.decisions import approve, cancel, decline
from kyc.services.levels import set_level
from kyc.services.requests import Requested, request_tier
from kyc.services.results import apply_snapshot

__all__ = [
    "Requested", "answer", "apply_snapshot", "approve", "ask_more", "cancel", "decline", "release", "request_tier", "sent_to_provider",
    "set_level", "take",
]  # fmt: skip
