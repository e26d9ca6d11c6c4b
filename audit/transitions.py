"""Legal moves as data: the engine moves along them, pages ask them which buttons to show (DESIGN section 2)."""

import dataclasses
from collections.abc import Mapping
from typing import Any

_tables: list["Transitions"] = []


@dataclasses.dataclass(frozen=True)
class Transitions:
    """From each status the statuses it may become, with the action that the trail records:
    `Transitions(field="status", moves={Status.CREATED: {Status.PAID: "orders.paid"}})`."""

    moves: Mapping[Any, Mapping[Any, str]]
    field: str = "status"
    actions: frozenset[str] = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "actions", frozenset(action for targets in self.moves.values() for action in targets.values()))
        _tables.append(self)

    def allowed(self, status: Any) -> list[Any]:
        """What a thing in `status` may become, in the order of the table."""
        return list(self.moves.get(status, {}))

    def action(self, old: Any, new: Any) -> str | None:
        """The action of a move, None where it is not legal."""
        return self.moves.get(old, {}).get(new)


def tables() -> list[Transitions]:
    """Every table that has been declared, for the check that their actions are registered."""
    return list(_tables)
