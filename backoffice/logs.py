"""Structured logs: one JSON object a line, with the request's id, never a secret (OPS-02)."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_NAMES = re.compile(r"pass(word|phrase)|secret|token|authorization|cookie|api_?key|private|otp|session", re.IGNORECASE)
URL_PASSWORDS = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+(?=@)")
BEARERS = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}")
# One-time links of the sign-in pages: who reads the log must not be able to use them.
ONE_TIME_LINKS = re.compile(r"(/(?:key|confirm-email|invitation)/)[^/\s?\"']+")
REDACTED = "[redacted]"


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last processor before rendering: secrets by name, and what looks like one inside any text."""
    for name, value in event.items():
        event[name] = REDACTED if SECRET_NAMES.search(name) and value else redact_value(value)
    return event


def redact_value(value: Any) -> Any:
    match value:
        case str():
            return redact_text(value)
        case dict():
            return {name: REDACTED if SECRET_NAMES.search(str(name)) and inner else redact_value(inner) for name, inner in value.items()}
        case list() | tuple():
            return [redact_value(inner) for inner in value]
    return value


def redact_text(text: str) -> str:
    text = URL_PASSWORDS.sub(rf"\1:{REDACTED}", text)
    text = BEARERS.sub(rf"\1 {REDACTED}", text)
    return ONE_TIME_LINKS.sub(rf"\1{REDACTED}", text)


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,  # plain text: the dictionary form would carry every local variable
    redact,
]


def logging_settings(level: str) -> dict[str, Any]:
    """Django's LOGGING: everything, also of libraries, through the same processors to standard output."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                ],
            }
        },
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"},
            "nowhere": {"class": "logging.NullHandler"},
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # The request log says it already, with the request's id.
            "django.request": {"handlers": ["nowhere"], "propagate": False},
            "django.server": {"handlers": ["nowhere"], "propagate": False},
            # Received and succeeded, a second time and without the request's id.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
