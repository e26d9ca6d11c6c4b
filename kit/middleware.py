"""Each request in the person's language and time zone (look.md, UIX-04)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from core import instance

PROBES = "/healthz/"  # asked whatever the database's state: they read no settings


class PersonMiddleware:
    """After the sign-in middleware: the person's language before the browser's, of those that the instance offers (INS-03), and
    the zone of the person or instance."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PROBES):
            return self.get_response(request)
        # Who has no session is nobody, and asking would cost a query on pages of programs.
        is_person = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        self.speak(request, request.user.language if is_person else "")
        zone = self.zone_of(request.user) if is_person else instance.time_zone()
        with timezone.override(zone):
            response = self.get_response(request)
        if is_person and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"  # what a person saw must not come back after the sign-out
        return response

    def speak(self, request: HttpRequest, own: str) -> None:
        """In the person's own language, else the browser's, else the first one offered."""
        offered = [code for code, _name in instance.languages()]
        browsers = (translation.get_language() or "")[:2]
        language = next((code for code in (own, browsers) if code in offered), offered[0])
        if language != browsers:
            translation.activate(language)
            request.LANGUAGE_CODE = language

    def zone_of(self, user: object) -> ZoneInfo:
        try:
            return ZoneInfo(getattr(user, "time_zone", "") or str(instance.time_zone()))
        except (ZoneInfoNotFoundError, ValueError):
            return instance.time_zone()
