"""What the rules say of a group of moves: the answer of one look at all of them."""

from dataclasses import dataclass, field
from typing import Any

from core.errors import DomainError
from transactions.enums import Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """`refusal` is the error that a movement raises, None where it may go on. `alerts` are sentences for people who watch."""

    refusal: DomainError | None = None
    alerts: tuple[str, ...] = ()
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        if self.refusal is not None:
            return Verdict.REFUSED
        return Verdict.ALERT_ONLY if self.alerts else Verdict.ALLOWED

    @property
    def code(self) -> str:
        return self.refusal.code if self.refusal is not None else ""

    def as_json(self) -> dict[str, Any]:
        words = {} if self.refusal is None else {"refusal": {"code": self.code, "message": str(self.refusal), **self.refusal.facts}}
        return self.content | words
