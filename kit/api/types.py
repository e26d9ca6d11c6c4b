"""Field types of the API: amounts are strings of plain digits, never floats (LED-04); times carry their zone."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from core.amounts import InvalidQuantity, parse_quantity
from kit.api.parsing import storable

PATTERN = r"^[0-9]{1,20}(\.[0-9]{1,18})?$"
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _quantity(value: Any) -> Decimal:
    if isinstance(value, Decimal):  # an answer, not a request: JSON has no decimals
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("invalid_quantity", 'Send amounts as text, for example "1250.50".')
    try:
        return parse_quantity(value)
    except InvalidQuantity as error:
        raise PydanticCustomError("invalid_quantity", "{message}", {"message": str(error)}) from None


def plain(value: Decimal) -> str:
    """1250.500000000000000000 → "1250.5": plain digits without an exponent or trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(value: str) -> str:
    if not storable(value):
        raise PydanticCustomError("invalid_text", "This text holds characters that can't be stored.")
    return value


def _time(value: datetime) -> datetime:
    if not EARLIEST <= value <= LATEST:
        raise PydanticCustomError("invalid_time", "Send a time between the years 2000 and 2200.")
    return value


Quantity = Annotated[
    Decimal,
    BeforeValidator(_quantity),
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["1250.50"]}, mode="validation"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["1250.5"]}, mode="serialization"),
]
Amount = Annotated[
    Decimal, PlainSerializer(plain, return_type=str), WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
]
Text = Annotated[str, AfterValidator(_text)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_text)]
Moment = Annotated[AwareDatetime, AfterValidator(_time)]
