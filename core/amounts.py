"""Quantities: exact decimals in human units, parsed in one place (LED-04, DESIGN section 4)."""

import decimal
import re
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

MAX_DECIMALS = 18
MAX_WHOLE_DIGITS = 20
# Python's 28 digits would round a numeric(38,18) in silence at every sum, sign and normalize(). Threads copy the default.
PRECISION = 100
decimal.DefaultContext.prec = decimal.getcontext().prec = PRECISION
PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


class InvalidQuantity(DomainError):
    code = "invalid_quantity"
    status = 422


def parse_quantity(text: str, *, decimals: int = MAX_DECIMALS) -> Decimal:
    """A positive quantity with at most `decimals` decimals, from plain ASCII digits and one point alone.

    Raises InvalidQuantity for anything else: signs, exponents, separators, other scripts' digits, NaN, zero.
    """
    if not isinstance(text, str) or len(text) > MAX_WHOLE_DIGITS + MAX_DECIMALS + 1 or not PLAIN_DECIMAL.fullmatch(text):
        raise InvalidQuantity(_("Write the amount with digits and at most one point, for example 1250.50."))
    return check_quantity(Decimal(text), decimals=decimals)


def check_quantity(quantity: Decimal, *, decimals: int = MAX_DECIMALS) -> Decimal:
    """The quantity itself if it is positive, finite, within numeric(38,18) and has at most `decimals` decimals."""
    if not quantity.is_finite() or quantity <= 0:
        raise InvalidQuantity(_("The amount must be more than zero."))
    if quantity >= Decimal(10) ** MAX_WHOLE_DIGITS:
        raise InvalidQuantity(_("The amount is too large: at most %(digits)s digits before the point.") % {"digits": MAX_WHOLE_DIGITS})
    if quantity != round_down(quantity, decimals=decimals):
        raise InvalidQuantity(_("Too many decimals: at most %(decimals)s here.") % {"decimals": decimals})
    return quantity


def round_down(quantity: Decimal, *, decimals: int) -> Decimal:
    """Towards zero, to `decimals` decimals. Exact for every numeric(38,18)."""
    sign, digits, exponent = quantity.as_tuple()
    assert isinstance(exponent, int)
    if -exponent <= decimals:
        return quantity
    cut = -exponent - decimals
    kept = digits[:-cut] if cut < len(digits) else (0,)
    return Decimal((sign, kept or (0,), -decimals))


def worded(quantity: Decimal, *, decimals: int, code: str) -> str:
    """Such as “10.00 EUR”; whatever the decimals are, nothing is hidden."""
    whole, _point, rest = f"{quantity.normalize():f}".partition(".")
    rest = rest.ljust(decimals, "0")
    return f"{whole}.{rest} {code}" if rest else f"{whole} {code}"


def to_base_units(quantity: Decimal, *, decimals: int) -> int:
    """Integer base units for the chain's edge; the quantity must fit the decimals exactly."""
    sign, digits, exponent = quantity.as_tuple()
    assert isinstance(exponent, int)
    shift = exponent + decimals
    number = int("".join(map(str, digits)) or "0")
    units, rest = divmod(number * int(10 ** max(shift, 0)), int(10 ** max(-shift, 0)))
    if rest:
        raise InvalidQuantity(_("Too many decimals: at most %(decimals)s here.") % {"decimals": decimals})
    return -units if sign else units


def from_base_units(units: int, *, decimals: int) -> Decimal:
    """Human units of an integer that the chain holds."""
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), -decimals))


def round_half_even(quantity: Decimal, *, decimals: int) -> Decimal:
    """To `decimals` decimals, a half to the even neighbour: what fees are rounded by (FEE-05)."""
    return quantity.quantize(Decimal(1).scaleb(-decimals), rounding=decimal.ROUND_HALF_EVEN)
