"""The outermost layers of a request: whose it is and what it is called, then its line in the log (OPS-02)."""

import ipaddress
import re
import uuid
from collections.abc import Callable, Sequence
from time import perf_counter

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django_structlog.middlewares import RequestMiddleware

from backoffice.metrics import REQUEST_SECONDS
from core import context

WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RequestContext:
    """Fills `core.context` and makes REMOTE_ADDR the client's own address.

    X-Forwarded-* count only from TRUSTED_PROXIES and are removed otherwise, so that nothing behind this layer (sign-in
    limits, audit, secure redirects) can be told a false address or scheme. A request id from outside is kept only if it is
    well formed: it goes into log lines and response headers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.proxies = [ipaddress.ip_network(text, strict=False) for text in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if WELL_FORMED_ID.fullmatch(given) else str(uuid.uuid4())
        address = client_address(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""), self.proxies)
        if not is_trusted(request.META.get("REMOTE_ADDR", ""), self.proxies):
            for header in FORWARDED:
                request.META.pop(header, None)
        request.META |= {"HTTP_X_REQUEST_ID": request_id, "REMOTE_ADDR": address}
        request.META.pop("HTTP_X_FORWARDED_FOR", None)
        tokens = context.request_id.set(request_id), context.client_address.set(address)
        try:
            response = self.get_response(request)
        finally:
            context.request_id.reset(tokens[0])
            context.client_address.reset(tokens[1])
        response["X-Request-ID"] = request_id
        match = request.resolver_match
        route = match.view_name or match.route if match else "none"
        REQUEST_SECONDS.labels(request.method if request.method in METHODS else "OTHER", route, str(response.status_code)).observe(
            perf_counter() - started
        )
        return response


class HookMiddleware:
    """Callbacks come from machines, in waves, and prove themselves: what follows (session, language, person, page headers) is not for
    them, and would cost several times what they take to be stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/hooks/"):
            return self.get_response(request)
        match = request.resolver_match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        response["Cache-Control"] = "no-store"
        response["Content-Security-Policy"] = "default-src 'none'"
        response["X-Frame-Options"] = "DENY"
        return response


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def is_trusted(address: str, proxies: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed.version == network.version and parsed in network for network in proxies)


def client_address(remote: str, forwarded_for: str, proxies: Sequence[Network]) -> str:
    """The nearest address that is no trusted proxy: read from the right, since everything left of it can be made up."""
    address = remote
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not is_trusted(address, proxies):
            break
        try:
            address = str(ipaddress.ip_address(hop))
        except ValueError:
            break
    return address


class RequestLog(RequestMiddleware):
    """One line per request: method, path without its query (searches hold names), status, who."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        # Only a user that the view has loaded: the log must not cost a query, nor fail where the database is down.
        if user := getattr(request, "_cached_user", None):
            structlog.contextvars.bind_contextvars(user=getattr(user, "reference", None))
