"""Which bulk actions a list has."""

from typing import Any

from core.registries import extensions
from kit.pages import may


def actions_of(page: Any) -> list[Any]:
    """The list's own, then those that higher apps add: `extend(list, "bulk", action)`."""
    return [*page.bulk_actions, *extensions(page.list_name(), "bulk")]


def offered(page: Any) -> list[Any]:
    """Those that the person has the right to."""
    return [action for action in actions_of(page) if may(page.request.user, action)]


def action_named(page: Any, code: str) -> Any:
    """The action of this code, or None."""
    return next((action for action in actions_of(page) if action.code == code), None)
