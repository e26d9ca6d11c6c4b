"""A transition whose action nobody registered would fail at its first use: it fails at start-up instead."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from audit.registry import is_known
from audit.transitions import tables


@register()
def transitions_name_known_actions(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"the transition action {action} is not registered", hint="Name it in the app's audit_actions.py.", id="audit.E001")
        for action in sorted({action for table in tables() for action in table.actions})
        if not is_known(action)
    ]
