"""What higher apps tell lower ones, filled in `AppConfig.ready()` (DESIGN section 2). No imports upward, no signals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model, QuerySet, TextChoices

from core.actors import Actor

M = TypeVar("M", bound=Model)
VisibilityRule = Callable[[Actor, QuerySet[Any]], QuerySet[Any]]
_visibility: dict[type[Model], VisibilityRule] = {}
_rights: dict[str, Any] = {}
_extensions: dict[tuple[str, str], list[Any]] = {}


def register_visibility(model: type[Model], rule: VisibilityRule) -> None:
    """Say which rows of `model` an actor may see: rule(actor, all rows) -> the rows."""
    if model in _visibility:
        raise ImproperlyConfigured(f"{model._meta.label} has a visibility rule already")
    _visibility[model] = rule


def visible(model: type[M], actor: Actor) -> QuerySet[M]:
    """The only door to rows for pages, the API and exports (DESIGN section 3). A model without a rule raises."""
    try:
        rule = _visibility[model]
    except KeyError:
        raise ImproperlyConfigured(f"{model._meta.label} has no visibility rule") from None
    return rule(actor, model._default_manager.all())


_narrowings: list[Callable[[Actor], bool]] = []


def register_narrowing(rule: Callable[[Actor], bool]) -> None:
    """Say when an actor sees less than all of its organisations: rule(actor) -> bool (USR-14)."""
    _narrowings.append(rule)


def is_narrowed(actor: Actor) -> bool:
    """Whether the actor sees less than all of its organisations. Such a one hands nothing on: it would be more than it has."""
    return any(rule(actor) for rule in _narrowings)


def register_rights(rights: type[TextChoices]) -> None:
    """Make an app's rights known to profiles (USR-01)."""
    for code, label in rights.choices:
        if code in _rights:
            raise ImproperlyConfigured(f"the right {code} is registered twice")
        _rights[code] = label


def known_rights() -> dict[str, Any]:
    """code -> label (translated when it is shown) of every right of every app, sorted by code."""
    return dict(sorted(_rights.items()))


def extend(page: str, kind: str, item: Any) -> None:
    """Add a tab, column, filter, cause, search source or menu item to a lower app's page, by its dotted page name."""
    _extensions.setdefault((page, kind), []).append(item)


def extensions(page: str, kind: str) -> list[Any]:
    return list(_extensions.get((page, kind), ()))


_person_annotations: dict[str, Callable[[], Any]] = {}


def register_person_annotation(name: str, make: Callable[[], Any]) -> None:
    """Have every request's user carry `name`, read in the user's own statement: make() -> an expression over the user's row.

    For what every page's frame shows (unread notifications, pinned views): a statement of its own for each would be too many.
    """
    if name in _person_annotations:
        raise ImproperlyConfigured(f"the person annotation {name} is registered twice")
    _person_annotations[name] = make


def person_annotations() -> dict[str, Any]:
    return {name: make() for name, make in _person_annotations.items()}


WaitingRows = Callable[[Actor], QuerySet[Any]]
_badges: dict[str, WaitingRows] = {}


def register_badge(url_name: str, rows: WaitingRows) -> None:
    """Have the menu's line of `url_name` count what waits there: rows(person) -> those, as far as the person may see them.

    They are read after the page has come, all in one statement, and no further than to 99; each needs its index.
    """
    if url_name in _badges:
        raise ImproperlyConfigured(f"the menu's line {url_name} has a badge already")
    _badges[url_name] = rows


def badges() -> dict[str, WaitingRows]:
    return dict(_badges)


@dataclass(frozen=True)
class Approvable:
    """An action that can be put under four-eyes (USR-05): how to show, check again and execute it."""

    code: str
    label: Any
    preview: Callable[[dict[str, Any]], Any]
    revalidate: Callable[[dict[str, Any]], None]
    execute: Callable[..., Any]


_approvables: dict[str, Approvable] = {}


def register_approvable(action: Approvable) -> None:
    if action.code in _approvables:
        raise ImproperlyConfigured(f"the approvable action {action.code} is registered twice")
    _approvables[action.code] = action


def approvables() -> dict[str, Approvable]:
    return dict(sorted(_approvables.items()))


# --- operations: what `manage.py verify`, /healthz/ready and /metrics ask the apps ---------------------------------

Verification = Callable[[datetime], Sequence[str]]
Probe = Callable[[], str]
Backlog = Callable[[], tuple[int, float]]
_verifications: dict[str, Verification] = {}
_probes: dict[str, Probe] = {}
_backlogs: dict[str, Backlog] = {}


def register_verification(name: str, check: Verification) -> None:
    """A part of `manage.py verify`: check(now) -> one line per fault, none where all is well."""
    _verifications[name] = check


def verifications() -> dict[str, Verification]:
    return dict(sorted(_verifications.items()))


def register_health(name: str, probe: Probe) -> None:
    """A part of /healthz/ready: probe() -> an empty text, or what is wrong; it may raise OSError. At most two seconds."""
    _probes[name] = probe


def health_probes() -> dict[str, Probe]:
    return dict(sorted(_probes.items()))


def register_backlog(name: str, measure: Backlog) -> None:
    """A gauge of /metrics: measure() -> rows that wait, and the age of the oldest in seconds."""
    _backlogs[name] = measure


def backlogs() -> dict[str, Backlog]:
    return dict(sorted(_backlogs.items()))
