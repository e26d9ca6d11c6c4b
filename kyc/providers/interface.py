"""What every verification provider can be asked, and what it says (KYC-05, KYC-06). Adapters stand beside this file.

None of these calls may stand inside a database transaction: each may take as long as `KYC_PROVIDER_TIMEOUT` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Started:
    """The provider waits for the client at `url`. Without a url nothing is to be done there (the manual provider)."""

    url: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Refused:
    """It will not go better by itself: a wrong key, a request that the provider doesn't take. Ours to mend, never a result."""

    reason: str


@dataclass(frozen=True)
class Retryable:
    """No usable answer this time: unreachable, too slow, too many requests, an answer that can't be trusted or read."""

    reason: str


@dataclass(frozen=True)
class Reason:
    """One reason of a result. `text` is the provider's own, fit for administrators; it is not shown to the client."""

    code: str
    text: str = ""

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "text": self.text}


@dataclass(frozen=True)
class Finding:
    """One line of the check by check result (KYC-01): what was looked at, what was read, whether it held (None: not looked at)."""

    check: str  # "document", "face", "address", …
    name: str  # "name", "dob", …; the check itself where empty
    value: str = ""
    passed: bool | None = None

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "name": self.name, "value": self.value, "passed": self.passed}


@dataclass(frozen=True)
class Snapshot:
    """What the provider says of a case now: the truth, unlike what a callback says.

    `result` is a `ProviderResult`, or empty while there is none. `untouched`: the client has not done its part yet, or
    has to do it again, so that nothing more comes once the link has expired. `for_client`: what the client is asked to do again, in words that it may read.
    """

    result: str
    reasons: tuple[Reason, ...] = ()
    findings: tuple[Finding, ...] = ()
    untouched: bool = False
    for_client: str = ""


@dataclass(frozen=True)
class Event:
    """What a callback says it is about. `wakes`: the provider is to be asked (`fetch`); others are kept and ignored."""

    reference: str
    name: str
    occurred_at: datetime | None = None
    wakes: bool = True


class UnreadableMessage(Exception):
    """Signed by the provider, but not a message of a form that we know."""


class KycProvider(Protocol):
    code: str
    label: str
    integrated: bool  # False: the issuer itself collects the data, nothing is ever asked or sent (KYC-04)

    def start(self, case: Any) -> Started | Refused | Retryable:
        """Ask for a verification session under `case.provider_reference`. Asked again for the same case it makes no second one."""

    def verify(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the raw body is signed by the provider: constant time, and False where no secret is set (KYC-21)."""

    def parse(self, raw: bytes) -> Event:
        """Read a callback. Raises UnreadableMessage."""

    def fetch(self, reference: str) -> Snapshot | Refused | Retryable:
        """Ask how the case stands."""
