"""The one error that pages and the API translate (DESIGN section 2)."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise


class DomainError(Exception):
    """Something the domain refuses, with a message fit for the person who sees it.

    Subclasses are named where they are raised and set `code` (stable, lower_snake; the API's problem type) and
    `status` (HTTP: 409 for a conflict with the present state, 422 for input that can't be right, 403, 404).
    `field` names the form field or JSON key at fault, where one is. `facts` is what a program may read beside the code: the
    API's problem carries it. `attempt` is what was tried, where it is kept with the refusal (transactions.services.decisions).
    """

    code = "refused"
    status = 409
    facts: Mapping[str, Any] = {}
    attempt: Any = None

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)
