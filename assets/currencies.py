"""The currencies of ISO 4217 and their decimals (AST-06, RAT-01)."""

from django.utils.translation import gettext_lazy as _
from iso4217 import Currency

from core.errors import DomainError


class UnknownCurrency(DomainError):
    code = "unknown_currency"
    status = 422


def _named(code: str) -> Currency:
    found = Currency.__members__.get(code)
    if found is None or found.code != code or found.exponent is None:
        raise UnknownCurrency(_("%(code)s is not a currency of ISO 4217 with decimals of its own.") % {"code": code[:10]}, field="code")
    return found


def currency_decimals(code: str) -> int:
    """How many decimals a currency has, for example 2 for EUR, 0 for JPY. Raises UnknownCurrency."""
    return int(_named(code).exponent)


def currency_name(code: str) -> str:
    """Its English name in the standard. Raises UnknownCurrency."""
    return str(_named(code).currency_name)


def currency_choices() -> list[tuple[str, str]]:
    """(code, "EUR — Euro") of every currency that can be added, by code."""
    return sorted((c.code, f"{c.code} — {c.currency_name}") for c in Currency if c.exponent is not None)
