"""A person's own sessions (SES-03), and what the open pages ask of the present one (ACC-08)."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.browsers import browser_name
from accounts.middleware import sign_in_again
from accounts.selectors import open_sessions
from accounts.services.sessions import end_session, end_sessions, expire_session
from kit.dialogs import ActionDialog, Done
from kit.pages import ANY_FACE, PUBLIC, SIGNED_IN, Page


def reference_of(session: UserSession) -> str:
    """Names a session in addresses without its key, which would open it."""
    return hmac.digest(settings.SECRET_KEY.encode(), session.session_key.encode(), hashlib.sha256).hex()[:20]


class Own:
    right = SIGNED_IN
    face = ANY_FACE
    request: HttpRequest

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("My profile")), reverse("own-profile"))]

    def back(self) -> str:
        return reverse("own-sessions")


class OwnSessions(Own, Page):
    title = _("My sessions")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        sessions = [
            {
                "reference": reference_of(one),
                "browser": browser_name(one.user_agent),
                "row": one,
                "is_this": one.session_key == request.session.session_key,
            }
            for one in open_sessions(request.user)
        ]
        sessions.sort(key=lambda one: not one["is_this"])
        return self.render("accounts/own/sessions.html", {"sessions": sessions})


class EndSession(Own, ActionDialog):
    url_name = "own-session-end"
    title = verb = _("End session")
    danger = True
    model = UserSession

    def prepare(self, **kwargs: Any) -> None:
        self.object = next((one for one in open_sessions(self.request.user) if reference_of(one) == kwargs["reference"]), None)
        if self.object is None:
            raise Http404

    def path(self) -> list[tuple[str, str]]:
        return [*Own.path(self), (str(_("My sessions")), reverse("own-sessions"))]

    def sentence(self) -> Any:
        said = _("{} at {} is signed out at once. What is typed there and not saved is lost.")
        return format_html(str(said), browser_name(self.object.user_agent), self.object.ip)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        end_session(session=obj, actor=actor, now=now)
        return Done(_("Session ended."), reverse("own-sessions"))


class EndOtherSessions(Own, ActionDialog):
    url_name = "own-sessions-end"
    title = verb = _("End all other sessions")
    danger = True

    def path(self) -> list[tuple[str, str]]:
        return [*Own.path(self), (str(_("My sessions")), reverse("own-sessions"))]

    def sentence(self) -> Any:
        return _("Every browser but this one is signed out at once.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        ended = end_sessions(user=actor, actor=actor, now=now, except_session=self.request.session.session_key)
        return Done(_("All other sessions ended.") if ended else _("There was no other session."), reverse("own-sessions"))


class SessionLeft(Own, Page):
    """How many seconds the session lasts. Asked by open pages, so that several tabs agree."""

    before_second_factor = True
    background = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return JsonResponse({"seconds": request.session_seconds})


class KeepSession(Own, Page):
    """“Stay signed in”: the request itself is the use of the session."""

    before_second_factor = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        return HttpResponse(status=204)


class LetSessionGo(Own, Page):
    """A page that nobody touched for too long signs out by itself, to the second, and comes back after the next sign-in."""

    right = PUBLIC  # the session may have ended already
    before_second_factor = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            expire_session(user=request.user, session_key=request.session.session_key, now=timezone.now())
            request.session.flush()
        back = request.POST.get(REDIRECT_FIELD_NAME, "")
        if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
            back = "/"
        return HttpResponseRedirect(sign_in_again(back))
