"""What every answer under /api/ has in common, also where no operation was reached: problem documents and headers."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse

from kit.api.problems import CONTENT_TYPE, problem

PREFIX = "/api/"


class ApiMiddleware:
    """Stands around the API alone: 400 for unstorable addresses, problem+json for 404, 405 and 500, rate-limit headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if "\x00" in request.path_info or b"\x00" in unquote_to_bytes(request.META.get("QUERY_STRING", "")):
            return problem(400, detail="The address holds a NUL character.")
        response = self.get_response(request)
        if response.status_code >= 400 and response.get("Content-Type", "") != CONTENT_TYPE:
            replaced, response = response, problem(response.status_code)
            for name in ("Allow", "Retry-After"):
                if name in replaced:
                    response[name] = replaced[name]
        if rate_limit := getattr(request, "rate_limit", None):
            for name, value in rate_limit.headers().items():
                response[name] = value
            if response.status_code == 429:
                response["Retry-After"] = str(rate_limit.reset)
        if getattr(request, "is_replayed", False):
            response["Idempotency-Replayed"] = "true"
        response["Cache-Control"] = "no-store"
        return response
