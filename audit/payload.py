"""The canonical bytes of an event: written once and hashed as they stand, never made again from parts (AUD-04)."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise

VERSION = 1
SALT_BYTES = 16
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(body: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON, keys sorted, no spaces; decimals, dates and ids as text. Raises TypeError for anything else."""
    return text(body).encode()


def text(value: Any) -> str:
    """A value as it stands in canonical bytes. Raises TypeError for what can't stand there."""
    return CANONICAL.encode(clean(value) if type(value) is str else plain(value))


def template(body: Mapping[str, Any], gaps: dict[str, str]) -> str:
    """The canonical text of a body, to be filled by `%`: each of `gaps` stands at its place among the sorted keys, holding its
    conversions; what fills those must be canonical text. The keys are names of our own."""
    parts = {key: text(value).replace("%", "%%") for key, value in body.items()} | gaps
    return "{" + ",".join(f'"{key}":{part}' for key, part in sorted(parts.items())) + "}"


def plain(value: Any) -> Any:
    """The value as JSON knows it. Numbers with a point are refused as floats: they don't say what they mean."""
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return clean(value)
        case int():
            return value
        case Promise():
            return clean(str(value))
        case Decimal():
            return format(value, "f")
        case datetime():
            return moment(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {clean(str(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
    raise TypeError(f"{type(value).__name__} can't stand in an audit event")


def clean(text: str) -> str:
    """Text that PostgreSQL and UTF-8 can hold: odd input must never make the change itself fail."""
    if text.isprintable():
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def one_line(text: str, length: int) -> str:
    """For what comes from outside (request ids, addresses): no line ends or control characters, and not too long (U12)."""
    if text.isprintable():
        return text[:length]
    return "".join(char if char.isprintable() else "\ufffd" for char in clean(text))[:length]


def moment(at: datetime) -> str:
    """UTC with microseconds, always the same width. Raises ValueError for a naive time."""
    if at.tzinfo is None:
        raise ValueError("an event's time needs its zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def personal_hash(salt: bytes, value: str | None) -> str | None:
    """What the event keeps of a personal value. Without the salt, which is erased with the value, it says nothing."""
    return None if value is None else hmac.digest(salt, value.encode(), "sha256").hex()
