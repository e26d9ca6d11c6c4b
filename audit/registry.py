"""The actions that can be recorded: each app names its own in `audit_actions.py` and registers them in `ready()`."""

import re
from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

COMMENT = "comment"
_actions: dict[str, str | Promise] = {}
_reads: set[str] = set()

# AUD-05. What these fields hold must not stand in an event for ever: personal values go into `personal=`, which can be
# erased, and secrets nowhere.
PERSONAL_FIELDS = frozenset(
    {
        "first_name", "last_name", "full_name", "middle_name", "e_mail", "email", "phone", "phone_number", "birth_date",
        "date_of_birth", "birthday", "personal_code", "document_number", "street", "postal_address", "address_line",
        "postcode", "iban", "account_number", "ip_address", COMMENT,
    }
)  # fmt: skip
SECRET_FIELD = re.compile(r"password|passphrase|secret|token|private_?key|raw_?key|api_?key$|otp|recovery_?code|cvv|pan$", re.IGNORECASE)


class UnknownAction(ImproperlyConfigured):
    """An event whose action no app has registered: a mistake in the code, seen by its first test."""


class UnfitField(ImproperlyConfigured):
    """A personal value or a secret where the trail would keep it for ever (AUD-05): a mistake in the code."""


def register_actions(actions: Mapping[str, str | Promise]) -> None:
    """Make actions known: code such as "orders.completed" -> label for people."""
    for code, label in actions.items():
        if code in _actions:
            raise ImproperlyConfigured(f"the audit action {code} is registered twice")
        _actions[code] = label


def register_reads(actions: Mapping[str, str | Promise]) -> None:
    """Make known what is recorded when somebody only looks at something sensitive (AUD-06); no thing's timeline shows it."""
    register_actions(actions)
    _reads.update(actions)


def known_reads() -> frozenset[str]:
    return frozenset(_reads)


def known_actions() -> dict[str, str | Promise]:
    """code -> label, sorted by code."""
    return dict(sorted(_actions.items()))


def is_known(code: str) -> bool:
    return code in _actions


def action_label(code: str) -> str | Promise:
    """The label of an action, or the code itself where its app is gone: history stays readable."""
    return _actions.get(code, code)


def check_fields(names: Mapping[str, object]) -> None:
    """Raise UnfitField for a field that belongs into `personal=` or nowhere."""
    for name in names:
        if name in PERSONAL_FIELDS:
            raise UnfitField(f"{name} is personal: pass it in personal=, so that it can be erased")
        if SECRET_FIELD.search(name):
            raise UnfitField(f"{name} looks like a secret: the trail takes none")
