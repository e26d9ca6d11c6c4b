"""JSON as PostgreSQL can store it: no NaN, no NUL, no half of a surrogate pair, no bottomless nesting (API-04)."""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.parser import Parser

MAX_DEPTH = 20


def storable(text: str) -> bool:
    """Whether PostgreSQL can hold this text at all."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _check(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    match value:
        case str():
            if not storable(value):
                raise ValueError("unstorable text")
        case dict():
            for key, item in value.items():
                _check(key, depth + 1)
                _check(item, depth + 1)
        case list():
            for item in value:
                _check(item, depth + 1)


class StrictParser(Parser):
    """Raises HttpError 400 where the body isn't JSON that we could store."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            parsed = json.loads(request.body, parse_constant=_refuse)
            _check(parsed)
        except (ValueError, RecursionError):
            raise HttpError(400, "The body must be JSON in UTF-8, without NaN, NUL characters or deep nesting.") from None
        return parsed
