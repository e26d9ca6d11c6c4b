"""Who is signed in may be so: the session is in use (ACC-08), and the second factor that is asked of the person is there (ACC-03)."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from accounts.selectors import NOTED_EVERY, idle_limit, lacks_second_factor
from accounts.services.sessions import expire_session, note_use

BACKGROUND = "X-Background"  # sent with what a page asks for by itself: it doesn't keep the session
LEFT = "X-Session-Seconds"  # how long the session lasts if nobody does anything


class SignedInMiddleware:
    """Looks at the view's marks alone (`background`, `fresh_proof`, `before_second_factor`), never at addresses: a view that says
    nothing is closed to those who lack their second factor, and so is an address that doesn't exist."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        now, view = timezone.now(), view_of(request)
        left = self.use(request, view, now)
        if left is None:
            return self.ended(request)
        if lacks_second_factor(request.user) and not getattr(view, "before_second_factor", False):
            response = lead(request, reverse("two-factor"))
        else:
            request.session_seconds = left
            response = self.get_response(request)
        response[LEFT] = str(left)
        return response

    def use(self, request: HttpRequest, view: Any, now: datetime) -> int | None:
        """Note the use of the session, at most once a minute while the person stays on pages of one kind, and give the seconds
        that it lasts unused; None: it has ended. What is noted is up to a minute old, and nobody is put out too early."""
        session, noted = request.session, request.session.noted or {}
        used = session.last_used_at
        if used is None:
            return None
        money = bool(noted.get("money"))
        if now - used >= idle_limit(money=money) + NOTED_EVERY:
            return None
        if getattr(view, "background", False) or BACKGROUND in request.headers:
            return max(math.floor((used + idle_limit(money=money) - now).total_seconds()), 0)
        on_money = bool(getattr(view, "fresh_proof", False))
        if on_money != money or not timedelta(0) <= now - used < NOTED_EVERY:
            note_use(session_key=session.session_key, noted={**noted, "money": on_money}, now=now)
        return int(idle_limit(money=on_money).total_seconds())

    def ended(self, request: HttpRequest) -> HttpResponse:
        expire_session(user=request.user, session_key=request.session.session_key, now=timezone.now())
        request.session.flush()
        answer = lead(request, sign_in_again(page_of(request)))
        answer[LEFT] = "0"
        return answer


def sign_in_again(page: str) -> str:
    """The sign-in page, which says why and leads back."""
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({REDIRECT_FIELD_NAME: page, 'ended': 1})}"


def view_of(request: HttpRequest) -> Any:
    try:
        return resolve(request.path_info).func
    except Resolver404:
        return None


def page_of(request: HttpRequest) -> str:
    """Where the person was: below a dialog or a list's rows the page itself."""
    htmx = getattr(request, "htmx", None)
    return (htmx and htmx.current_url_abs_path) or request.get_full_path()


def lead(request: HttpRequest, address: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
