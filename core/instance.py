"""What an instance's administrators set on one page (INS-03): each app declares its settings, and reads them by `value(key)`.

The values stand in a table far above (`backoffice`), which fills in the loader; without it, or before its migration has run,
every setting has its default.
"""

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.text import clean_line

GROUPS: dict[str, Any] = {
    "instance": _("Name and languages"),
    "look": _("Look"),
    "security": _("Sign-in and sessions"),
    "orders": _("Orders"),
    "clients": _("Clients"),
    "kyc": _("KYC"),
    "limits": _("Limits, holds and fees"),
    "retention": _("Retention"),
}
AGE = 5.0  # seconds that another process's change may take to be seen here
COLOUR = re.compile(r"#[0-9a-f]{6}")


class UnfitValue(DomainError):
    """A value that its setting's declaration doesn't allow."""

    code = "unfit_value"
    status = 422


class Kind(Enum):
    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"
    NUMBER = "number"
    CHOICES = "choices"
    COLOUR = "colour"
    FILE = "file"  # the stored name of an upload, or nothing


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting: `register_setting(Setting(key="accounts.idle_minutes", …))` in `ready()` of the app that reads it.

    `minimum` and `maximum` bound a whole number, the length of a text, or how many are chosen of several. `choices` are
    (value, label) pairs. `refusal` says in a sentence why a value of the right kind won't do, or nothing.
    """

    key: str
    label: str | Promise
    help: str | Promise
    kind: Kind
    default: Any
    group: str
    choices: Sequence[tuple[str, Any]] = ()
    minimum: int = 0
    maximum: int | None = None
    unit: str | Promise = ""
    refusal: Callable[[Any], str | Promise] | None = None
    order: int = field(default=100)

    def clean(self, given: Any) -> Any:
        """The value in its one form. Raises UnfitValue or UnfitText for what the declaration doesn't allow."""
        match self.kind:
            case Kind.TEXT | Kind.FILE:
                cleaned: Any = self._text(given)
            case Kind.CHOICE:
                cleaned = self._one_of(given)
            case Kind.YES_NO:
                cleaned = given if isinstance(given, bool) else self._refuse(_("Choose yes or no."))
            case Kind.NUMBER:
                cleaned = self._number(given)
            case Kind.CHOICES:
                cleaned = self._several(given)
            case Kind.COLOUR:
                cleaned = self._colour(given)
        if self.refusal and (reason := self.refusal(cleaned)):
            self._refuse(reason)
        return cleaned

    def _refuse(self, reason: Any) -> Any:
        raise UnfitValue(reason, field=self.key)

    def _text(self, given: Any) -> str:
        if not isinstance(given, str):
            self._refuse(_("Write a text."))
        return clean_line(given, maximum=self.maximum or 200, field=self.key, required=self.minimum > 0)

    def _one_of(self, given: Any) -> str:
        if not isinstance(given, str) or given not in dict(self.choices):
            self._refuse(_("Choose one of those offered."))
        return str(given)

    def _number(self, given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool):
            self._refuse(_("Write a whole number."))
        if given < self.minimum:
            self._refuse(_("At least %(minimum)s.") % {"minimum": self.minimum})
        if self.maximum is not None and given > self.maximum:
            self._refuse(_("At most %(maximum)s.") % {"maximum": self.maximum})
        return int(given)

    def _several(self, given: Any) -> list[str]:
        if not isinstance(given, list) or not all(isinstance(code, str) and code in dict(self.choices) for code in given):
            self._refuse(_("Choose among those offered."))
        chosen = [code for code, _label in self.choices if code in given]
        if len(chosen) < self.minimum:
            self._refuse(_("Choose at least %(minimum)s.") % {"minimum": self.minimum})
        return chosen

    def _colour(self, given: Any) -> str:
        if not isinstance(given, str) or not COLOUR.fullmatch(given.strip().lower()):
            self._refuse(_("Write a colour as # and six digits, for example #4f46e5."))
        return str(given).strip().lower()


_settings: dict[str, Setting] = {}
_loader: Callable[[], Mapping[str, Any] | None] | None = None


def register_setting(setting: Setting) -> None:
    """Make a setting known. Its default must fit its own declaration."""
    if setting.key in _settings:
        raise ImproperlyConfigured(f"the setting {setting.key} is registered twice")
    if setting.group not in GROUPS:
        raise ImproperlyConfigured(f"the setting {setting.key} names the group {setting.group}, which core.instance.GROUPS doesn't have")
    try:
        setting.clean(setting.default)
    except DomainError as error:
        raise ImproperlyConfigured(f"the default of {setting.key} is {setting.default!r}: {error}") from error
    _settings[setting.key] = setting


def known_settings() -> list[Setting]:
    """Every setting of every app, in the order of the page."""
    groups = list(GROUPS)
    return sorted(_settings.values(), key=lambda setting: (groups.index(setting.group), setting.order, setting.key))


def setting_of(key: str) -> Setting:
    try:
        return _settings[key]
    except KeyError:
        raise ImproperlyConfigured(f"the setting {key} is not registered") from None


# --- reading -----------------------------------------------------------------------------------------------------------


class _Cache:
    """What this process read last. `generation` keeps a read that began before a change from outliving it."""

    def __init__(self) -> None:
        self.values: Mapping[str, Any] = {}
        self.read_at: float | None = None
        self.generation = 0


_cache = _Cache()


def register_loader(loader: Callable[[], Mapping[str, Any] | None]) -> None:
    """The table's owner says how it is read: loader() -> key -> value, or None where it can't be read now."""
    global _loader
    _loader = loader


def forget() -> None:
    """Drop what this process knows: the next `value` reads the table."""
    _cache.generation += 1
    _cache.read_at = None


def assume(values: Mapping[str, Any]) -> None:
    """Take `values` as what the table holds until `forget`: tests begin with an empty one, and reading that costs them nothing."""
    _cache.values, _cache.read_at = values, math.inf


def stored() -> Mapping[str, Any]:
    """key -> value of what was set, at most AGE seconds old. A table that can't be read leaves what was known before."""
    if _cache.read_at is None or time.monotonic() - _cache.read_at > AGE:
        generation = _cache.generation
        read = _loader() if _loader else {}
        if generation == _cache.generation:
            _cache.values, _cache.read_at = (_cache.values if read is None else read), time.monotonic()
        elif read is not None:
            return read
    return _cache.values


def value(key: str) -> Any:
    """What the setting is now: what was set, or its default where nothing was, or where that no longer fits its declaration."""
    setting = setting_of(key)
    values = stored()
    if key not in values:
        return setting.default
    try:
        return setting.clean(values[key])
    except DomainError:
        return setting.default


# --- the house's own ----------------------------------------------------------------------------------------------------


def name() -> str:
    return str(value("instance.name"))


def time_zone() -> ZoneInfo:
    return ZoneInfo(value("instance.time_zone"))


def languages() -> list[tuple[str, str]]:
    """(code, name) of the languages offered, the first one being for those who have none of them."""
    offered = value("instance.languages")
    return [(code, label) for code, label in settings.LANGUAGES if code in offered]


def register_own_settings() -> None:
    zones = sorted(available_timezones() - {"localtime", "Factory"})
    for setting in (
        Setting(
            key="instance.name",
            label=_("Name of the instance"),
            help=_("In the title of every page, on the sign-in page, in mails and in authenticator apps."),
            kind=Kind.TEXT,
            default=settings.INSTANCE_NAME,
            group="instance",
            minimum=1,
            maximum=40,
            order=10,
        ),
        Setting(
            key="instance.time_zone",
            label=_("Time zone"),
            help=_("Dates and times of those who chose none of their own, and the day on which assets expire."),
            kind=Kind.CHOICE,
            default=settings.INSTANCE_TIME_ZONE,
            group="instance",
            choices=[(zone, zone.replace("_", " ")) for zone in zones],
            order=20,
        ),
        Setting(
            key="instance.languages",
            label=_("Languages offered"),
            help=_("People choose among these. Who has chosen another sees the first one."),
            kind=Kind.CHOICES,
            default=[code for code, _label in settings.LANGUAGES],
            group="instance",
            choices=settings.LANGUAGES,
            minimum=1,
            order=30,
        ),
    ):
        register_setting(setting)
