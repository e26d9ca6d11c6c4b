"""The kit's own pages for everybody: what a person prefers to see, and what waits behind the menu's lines."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext

from core import instance
from core.registries import badges
from kit.menu import menu
from kit.pages import ANY_FACE, SIGNED_IN, Page
from kit.paging import capped_counts

SCHEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600  # seconds
MOST_WAITING = 99  # a badge counts no further


class Preferences(Page):
    """Language and colour scheme, from the top bar. Anything unknown changes nothing."""

    right = SIGNED_IN
    face = ANY_FACE
    before_second_factor = True
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


class MenuCounts(Page):
    """What waits behind each line of the menu, as far as the person may see it: url name -> what the badge shows and says."""

    right = SIGNED_IN
    face = ANY_FACE
    background = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        lines = {line["badge"] for group in menu(request.user, "") for line in group["lines"]} - {""}
        asked = [(name, rows(request.user)) for name, rows in badges().items() if name in lines]  # type: ignore[arg-type]
        counted = capped_counts([rows for _name, rows in asked], MOST_WAITING)
        return JsonResponse({name: waiting(count) for (name, _rows), count in zip(asked, counted, strict=True) if count})


def waiting(count: int) -> tuple[str, str]:
    shown = f"{MOST_WAITING}+" if count > MOST_WAITING else str(count)
    return shown, ngettext("%(count)s waits", "%(count)s wait", count) % {"count": shown}
