"""The issuer verifies clients itself (KYC-04): nothing to ask, nothing arrives."""

from collections.abc import Mapping
from typing import Any

from kyc.providers.interface import Event, Snapshot, Started, UnreadableMessage


class Manual:
    code = "manual"
    label = "Manual"
    integrated = False

    def start(self, case: Any) -> Started:
        return Started()

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        return False

    def parse(self, raw: bytes) -> Event:
        raise UnreadableMessage("the manual provider sends nothing")

    def fetch(self, reference: str) -> Snapshot:
        return Snapshot(result="")
