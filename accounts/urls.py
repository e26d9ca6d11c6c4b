"""Sign-in for both faces, at /accounts/. The library's other pages (sign-up, addresses, phones) have no door here."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.generic import View

from accounts.signin import invitation, views


def _open(view: type[View], title: Any) -> Callable[..., Any]:
    """A page for everybody. Pages of the kit say this of themselves; the library's are told."""
    return _marked(never_cache(view.as_view(extra_context={"page_title": title})), "public")


def _always_open(view: type[View], title: Any) -> Callable[..., Any]:
    """Also for those who must set up their second factor before anything else (ACC-03)."""
    marked: Any = _open(view, title)
    marked.before_second_factor = True
    answer: Callable[..., Any] = marked
    return answer


def _asked(view: type[View]) -> Callable[..., Any]:
    """What the sign-in page asks for: no page itself."""
    return _marked(never_cache(view.as_view()), "public")


def _own(view: type[View], title: Any) -> Callable[..., Any]:
    """A page for everyone signed in, of either face, about themselves alone."""
    return _marked(never_cache(login_required(view.as_view(extra_context={"page_title": title}))), "signed_in")


def _marked(view: Any, right: str) -> Callable[..., Any]:
    marked: Any = require_http_methods(["GET", "HEAD", "POST"])(view)  # a FormView takes PUT for a POST
    marked.right, marked.face = right, "any"
    answer: Callable[..., Any] = marked
    return answer


urlpatterns = [
    path("login/", _open(account.LoginView, _("Sign in")), name="account_login"),
    path("logout/", _always_open(account.LogoutView, _("Sign out")), name="account_logout"),
    path("password/reset/", _open(account.PasswordResetView, _("Forgotten password")), name="account_reset_password"),
    path("password/reset/done/", _open(account.PasswordResetDoneView, _("Forgotten password")), name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        _open(account.PasswordResetFromKeyDoneView, _("Password set")),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[0-9A-Za-z-]{1,100})/$",
        _open(account.PasswordResetFromKeyView, _("New password")),
        name="account_reset_password_from_key",
    ),
    re_path(r"^invitation/(?P<token>[\w:-]{20,300})/$", _open(invitation.Invitation, _("Invitation")), name="account_invitation"),
    path("password/change/", _own(views.ChangePassword, _("Change password")), name="account_change_password"),
    path("2fa/authenticate/", _open(views.SecondStep, _("Second step")), name="mfa_authenticate"),
    path("login/again/", _asked(views.StartAgain), name="start-again"),
    path("passkey/", _asked(views.PasskeySignIn), name="passkey-sign-in"),
    path("passkey/question/", _asked(views.PasskeyQuestion), name="passkey-question"),
]
