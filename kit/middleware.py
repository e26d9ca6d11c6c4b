"""Each request in the person's language and time zone (look.md, UIX-04)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


class PersonMiddleware:
    """After the sign-in middleware: the person's language before the browser's, and the zone of the person or instance."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.instance_zone = ZoneInfo(settings.INSTANCE_TIME_ZONE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone, is_person = self.instance_zone, False
        # Who has no session is nobody, and asking would cost a query on pages of programs.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            if request.user.language in dict(settings.LANGUAGES):
                translation.activate(request.user.language)
                request.LANGUAGE_CODE = request.user.language
            zone = self.zone_of(request.user)
            is_person = True
        with timezone.override(zone):
            response = self.get_response(request)
        if is_person and "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"  # what a person saw must not come back after the sign-out
        return response

    def zone_of(self, user: object) -> ZoneInfo:
        try:
            return ZoneInfo(getattr(user, "time_zone", "") or settings.INSTANCE_TIME_ZONE)
        except (ZoneInfoNotFoundError, ValueError):
            return self.instance_zone
