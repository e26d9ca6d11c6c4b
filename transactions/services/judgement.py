"""What the rules say of a group of moves: the answer of one look at all of them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.errors import DomainError
from core.subjects import Subject
from tiers.enums import FeeSource, Payer
from tiers.services.limits import Decision as LimitDecision
from tiers.services.limits import LimitExceeded, NoLimit, RateMissing
from transactions.enums import Verdict


@dataclass(frozen=True, slots=True)
class Fee:
    """What a move costs, in its own asset: `move` counts from 0, `rule` is the reference of the fee that says so (FEE-04)."""

    move: int
    payer: Payer
    quantity: str
    asset: str
    source: FeeSource
    rule: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """What people who watch are to be told: once about its subject, while it is open (NOT-03)."""

    kind: str
    subject: Subject
    message: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """`refusal` is the error that a movement raises, None where it may go on. `limits` is None where nobody's limits are asked."""

    refusal: DomainError | None = None
    limits: LimitDecision | None = None
    fees: tuple[Fee, ...] = ()
    alarms: tuple[Alarm, ...] = ()

    @property
    def verdict(self) -> Verdict:
        if self.refusal is not None:
            return Verdict.REFUSED
        return Verdict.ALERT_ONLY if self.alarms else Verdict.ALLOWED

    @property
    def code(self) -> str:
        return self.refusal.code if self.refusal is not None else ""

    @property
    def is_of_limits(self) -> bool:
        """Whether it is a limit that refuses, and nothing else."""
        return isinstance(self.refusal, LimitExceeded | NoLimit | RateMissing)

    def fee(self, payer: Payer) -> Decimal:
        """What this side is charged beside the quantity."""
        return sum((Decimal(fee.quantity) for fee in self.fees if fee.payer == payer), Decimal(0))

    @property
    def says_something(self) -> bool:
        """Whether there is anything to keep: nobody's limits, no fee and no refusal is nothing."""
        return self.refusal is not None or self.limits is not None or bool(self.fees)

    def as_json(self) -> dict[str, Any]:
        """As it is kept. The words of limits are made when they are read (`tiers.services.limits.Decision.from_json`)."""
        kept: dict[str, Any] = {}
        if self.refusal is not None:
            kept["refusal"] = {"code": self.code, "message": str(self.refusal), **self.refusal.facts}
        if self.limits is not None:
            kept["limits"] = self.limits.as_json()
        if self.fees:
            kept["fees"] = [{name: str(getattr(fee, name)) for name in Fee.__slots__} | {"move": fee.move} for fee in self.fees]
        return kept


def fees_of(kept: dict[str, Any]) -> tuple[Fee, ...]:
    """The fees of a decision as it is kept."""
    return tuple(Fee(**fee | {"payer": Payer(fee["payer"]), "source": FeeSource(fee["source"])}) for fee in kept.get("fees", ()))
