"""Friendly 400, 403, 404 and 500 pages; each error gives a reference that is in the log (UIX-06)."""

import json
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from core.references import new_reference
from kit.pages import MissingRight

log = structlog.get_logger()


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 400, _("This address or form can't be read"), _("Go back and try again."), exception)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    message = _("You don't have the right to do this.")
    if isinstance(exception, MissingRight):
        message = _("You need the right “%(right)s”. An administrator can give it to you by a profile.") % {"right": exception.label}
    return answer(request, 403, _("Not allowed"), message, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _("The form's protection didn't match: it is too old, or cookies are off. Open it again.")
    return answer(request, 403, _("This form can't be accepted"), message, None, reason=reason)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 404, _("There is nothing here"), _("The address may be mistyped, or it belongs to somebody else."), exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without a context processor or a query: whatever broke may be broken still."""
    reference = new_reference("ERR")
    log.error("server_error_page", error_reference=reference, path=request.path, exc_info=True)
    context = {
        "heading": _("Something broke on our side"),
        "message": _("It was not your doing, and what you sent was not done. Try again; if it stays, tell us the reference."),
        "reference": reference,
        "retry": request.path if request.method == "GET" else "",
        "offers_search": True,
    }
    if request.headers.get("HX-Request"):
        return HttpResponse(status=500, headers=toast_header(f"{context['heading']} ({reference})"))
    return HttpResponse(loader.render_to_string("kit/plain_error.html", context), status=500)


def answer(request: HttpRequest, status: int, heading: str, message: str, exception: Exception | None, *, reason: str = "") -> HttpResponse:
    reference = new_reference("ERR")
    cause = reason or (type(exception).__name__ if exception is not None else "")
    log.warning("error_page", error_reference=reference, status=status, path=request.path, cause=cause)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=status, headers=toast_header(f"{heading}: {message} ({reference})"))
    context: dict[str, Any] = {"heading": heading, "message": message, "reference": reference, "page_title": heading}
    user = getattr(request, "user", None)
    template = "kit/error.html" if user is not None and user.is_authenticated else "kit/plain_error.html"
    return render(request, template, context, status=status)


def toast_header(text: str) -> dict[str, str]:
    """htmx raises this as an event; static/app.js shows it. JSON keeps every character within a header's ASCII."""
    return {"HX-Trigger": json.dumps({"toast": {"message": text, "level": "error"}})}
