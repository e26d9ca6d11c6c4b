"""Errors as application/problem+json with stable codes (API-02, RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from core.context import request_id
from core.errors import DomainError

log = structlog.get_logger()
CONTENT_TYPE = "application/problem+json"
CODES = {
    400: "invalid_request", 401: "not_authenticated", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 415: "unsupported_media_type", 422: "invalid_request", 429: "too_many_requests",
    500: "internal_error", 503: "unavailable",
}  # fmt: skip


def problem(
    status: int, *, code: str = "", detail: str = "", errors: list[dict[str, Any]] | None = None, facts: Mapping[str, Any] | None = None
) -> HttpResponse:
    """One problem document. `code` and `facts` are what a program may rely on; `detail` is for the person who reads the log."""
    code = code or CODES.get(status, "refused")
    body: dict[str, Any] = {
        **(facts or {}),
        "type": f"urn:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    if reference := current_request_id():
        body["request_id"] = reference
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def current_request_id() -> str:
    return request_id.get() or str(structlog.contextvars.get_contextvars().get("request_id", ""))


def pointer(location: list[Any] | tuple[Any, ...]) -> str:
    """("body", "data", "quantity") → "quantity": where the sender finds what is wrong."""
    return ".".join(str(part) for part in location[1:] if part != "data") or str(location[0] if location else "")


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    errors = [{"field": error.field, "message": str(error)}] if error.field else None
    return problem(error.status, code=error.code, detail=str(error), errors=errors, facts=error.facts)


def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"field": pointer(item.get("loc", ())), "code": item.get("type", ""), "message": item.get("msg", "")} for item in error.errors
    ]
    return problem(422, detail="The request doesn't fit its description.", errors=errors)


def unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem(401, detail="Send a valid key: Authorization: Bearer <key>.")
    response["WWW-Authenticate"] = "Bearer"
    return response


def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(413 if isinstance(error, RequestDataTooBig) else 400)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("api_database_unavailable", error=str(error))
    response = problem(503, detail="The database doesn't answer at the moment. Send the same request again.")
    response["Retry-After"] = "2"
    return response


def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("api_error", path=request.path, exc_info=error)
    return problem(500, detail="Something broke on our side; the request id is in our log.")


def register(api: NinjaAPI) -> None:
    """Every way out of an operation that isn't an answer becomes a problem document."""
    api.add_exception_handler(DomainError, refused)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(AuthenticationError, unauthenticated)
    api.add_exception_handler(HttpError, lambda request, error: problem(error.status_code, detail=str(error)))
    api.add_exception_handler(Http404, lambda request, error: problem(404, detail="There is no such thing, or not for this key."))
    for kind in (SuspiciousOperation, BadRequest, MultiPartParserError):
        api.add_exception_handler(kind, unreadable)
    api.add_exception_handler(OperationalError, unavailable)
    api.add_exception_handler(InterfaceError, unavailable)
    api.add_exception_handler(Exception, broken)
