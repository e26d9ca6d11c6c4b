"""The mails that can be sent, the notifications and alerts that there are, named by each app in `ready()` (NOT-01 to NOT-03)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

FALLBACK_LANGUAGE = "en"
PARTS = ("subject.txt", "txt", "html")


@dataclass(frozen=True)
class MailTemplate:
    """A mail's label, and the values that its files use, each with an example for previews and tests.

    The files are `templates/mail/<code>.<language>.subject.txt`, `.txt` and `.html` in the app that registers it.
    """

    label: str | Promise
    variables: Mapping[str, str] = field(default_factory=dict)


_mails: dict[str, MailTemplate] = {}
_alerts: dict[str, str | Promise] = {}
_groups: dict[str, str | Promise] = {}
_group_of: dict[str, str] = {}
_notifications: dict[str, str | Promise] = {}


def register_mails(mails: Mapping[str, MailTemplate]) -> None:
    """Make mails known: code such as "accounts.invitation" -> its template."""
    for code, template in mails.items():
        if code in _mails:
            raise ImproperlyConfigured(f"the mail {code} is registered twice")
        _mails[code] = template


def known_mails() -> dict[str, MailTemplate]:
    return dict(sorted(_mails.items()))


def mail_template(code: str) -> MailTemplate:
    try:
        return _mails[code]
    except KeyError:
        raise ImproperlyConfigured(f"the mail {code} is not registered") from None


def mail_label(code: str) -> str | Promise:
    return _mails[code].label if code in _mails else code


def register_alert_groups(groups: Mapping[str, str | Promise]) -> None:
    """Name groups of alerts that people subscribe to (ACC-04): code such as "settlement" -> label."""
    _groups.update(groups)


def alert_groups() -> dict[str, str | Promise]:
    """code -> label of every group, in the order of the floors."""
    return dict(_groups)


def register_alerts(alerts: Mapping[str, str | Promise], *, group: str) -> None:
    """Give kinds of alerts their labels and the group that they belong to: kind such as "audit.chain_lag" -> label."""
    if group not in _groups:
        raise ImproperlyConfigured(f"the group of alerts {group} is not registered")
    _alerts.update(alerts)
    _group_of.update(dict.fromkeys(alerts, group))


def alert_group(kind: str) -> str:
    return _group_of.get(kind, "")


def known_alerts() -> dict[str, str | Promise]:
    return dict(sorted(_alerts.items()))


def alert_label(kind: str) -> str | Promise:
    return _alerts.get(kind, kind)


def register_notifications(notifications: Mapping[str, str | Promise]) -> None:
    """Give kinds of notifications their labels: kind such as "jobs.ended" -> label."""
    _notifications.update(notifications)


def known_notifications() -> dict[str, str | Promise]:
    return dict(sorted(_notifications.items()))


def notification_label(kind: str) -> str | Promise:
    return _notifications.get(kind, kind)


def template_names(code: str, language: str, part: str) -> list[str]:
    """The files to look for, best first: the language, the language without its country, English."""
    languages = dict.fromkeys([language, language.split("-")[0], FALLBACK_LANGUAGE])
    return [f"mail/{code}.{choice}.{part}" for choice in languages]
