"""Sign-in for both faces, at /accounts/. The library's other pages (sign-up, addresses, phones) have no door here."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery_codes
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
    path("logout/", _open(account.LogoutView, _("Sign out")), name="account_logout"),
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
    path("password/change/", _own(account.PasswordChangeView, _("Change password")), name="account_change_password"),
    path("reauthenticate/", _own(account.ReauthenticateView, _("Is it you?")), name="account_reauthenticate"),
    path("2fa/", _own(factors.IndexView, _("Two-factor authentication")), name="mfa_index"),
    path("2fa/authenticate/", _open(factors.AuthenticateView, _("Second step")), name="mfa_authenticate"),
    path("2fa/reauthenticate/", _own(factors.ReauthenticateView, _("Is it you?")), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", _own(views.ActivateTotp, _("Set up authenticator app")), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", _own(views.DeactivateTotp, _("Remove authenticator app")), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", _own(recovery_codes.ViewRecoveryCodesView, _("Recovery codes")), name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", _own(views.GenerateRecoveryCodes, _("Make recovery codes")), name="mfa_generate_recovery_codes"),
    path(
        "2fa/recovery-codes/download/",
        _own(recovery_codes.DownloadRecoveryCodesView, _("Recovery codes")),
        name="mfa_download_recovery_codes",
    ),
]
