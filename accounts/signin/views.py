"""The pages before the person is signed in, as far as they are ours: a passkey instead of the password (ACC-03)."""

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import PasswordChangeView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication, clear_state, get_state
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from accounts.adapters import home_of, is_own_page
from accounts.proofs import PasskeyAnswer
from accounts.services.passkeys import find_by_passkey
from accounts.services.sessions import end_sessions

NO_PASSKEY = _("This passkey opens no account here. Sign in with your password.")


class SecondStep(AuthenticateView):
    """After the password: a code or a passkey, whichever the person has."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        types = set(Authenticator.objects.filter(user_id=self.stage.login.user.pk).values_list("type", flat=True))
        has_passkey = Authenticator.Type.WEBAUTHN in types
        return super().get_context_data(**kwargs) | {"has_passkey": has_passkey, "has_app": Authenticator.Type.TOTP in types}


class PasskeyQuestion(View):
    """What the browser is asked for: any passkey of this instance, after its PIN or a finger."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        return JsonResponse(begin_authentication(None))


class PasskeySignIn(View):
    """The answer to that question. The device has verified its user, so no second factor is asked for."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        state = get_state()
        clear_state()
        try:
            answer = PasskeyAnswer().clean(request.POST.get("answer", ""))
        except forms.ValidationError:
            answer = None
        passkey = find_by_passkey(answer=answer, state=state, now=timezone.now())
        if passkey is None or not passkey.user.is_active or request.user.is_authenticated:
            messages.error(request, NO_PASSKEY)
            return HttpResponseRedirect(reverse("account_login"))
        url = get_next_redirect_url(request)
        if url and not is_own_page(passkey.user, url):
            url = home_of(passkey.user)
        response: HttpResponse = perform_passwordless_login(request, passkey, Login(user=passkey.user, redirect_url=url))
        return response


class StartAgain(View):
    """Forget the password that was right and the step that waits: somebody else signs in, or another way."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        clear_login(request)
        return HttpResponseRedirect(reverse("account_login"))


class ChangePassword(PasswordChangeView):
    """The person's other sessions end at once, not only at their next request."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = self.request.user
        end_sessions(user=user, actor=user, now=timezone.now(), except_session=self.request.session.session_key)
        return response
