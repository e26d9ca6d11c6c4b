"""The kit's own page for everybody: what a person prefers to see."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from core import instance
from kit.pages import ANY_FACE, SIGNED_IN, Page

SCHEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600  # seconds


class Preferences(Page):
    """Language and colour scheme, from the top bar. Anything unknown changes nothing."""

    right = SIGNED_IN
    face = ANY_FACE
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        back = request.POST.get("next", "/")
        if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
            back = "/"
        response = HttpResponseRedirect(back)
        if (scheme := request.POST.get("scheme")) in SCHEMES:
            response.set_cookie("scheme", scheme, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=False)
        if (language := request.POST.get("language")) in dict(instance.languages()):
            request.user.language = language
            request.user.save(update_fields=["language"])
        return response
