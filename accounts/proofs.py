"""When a person last proved who they are, in this session (ACC-07): signing in is a proof, and so is being asked again."""

import json
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import begin_authentication, clear_state, get_state
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.passwords import LONGEST
from accounts.services.factors import verify_code
from accounts.services.passkeys import verify_passkey
from accounts.services.signing_in import verify_own_password

FRESH = timedelta(minutes=10)
KEPT = 10  # records of one session; older ones tell nothing that anybody asks
WRONG_CODE = _("This code doesn't fit, or was used before. After five wrong tries sign-in waits for 15 minutes.")
WRONG_PASSWORD = _("This is not your password. After five wrong tries it waits for 15 minutes.")
WRONG_PASSKEY = _("This passkey doesn't fit. After five wrong tries sign-in waits for 15 minutes.")


def is_fresh(request: HttpRequest) -> bool:
    """Whether the last proof of the person signed in is at most ten minutes old, and none from the future."""
    moments = [one.get("at", 0) for one in get_authentication_records(request, request.user)]
    return bool(moments) and -1 <= timezone.now().timestamp() - max(moments) <= FRESH.total_seconds()


def note_proof(request: HttpRequest, method: str, **details: object) -> None:
    """The person has just proved who they are."""
    record_authentication(request, request.user, method, reauthenticated=True, **details)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = request.session[AUTHENTICATION_METHODS_SESSION_KEY][-KEPT:]


class PasskeyAnswer(forms.CharField):
    """What static/passkeys.js writes, in JSON; anything else may stand there, also brackets in brackets without end."""

    widget = forms.HiddenInput(attrs={"data-passkey-answer": True})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return json.loads(text) if text else None
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(WRONG_PASSKEY, code="invalid") from error


class ProofForm(forms.Form):
    """The password, or a second factor that the person has: one of them is enough. A try is counted as at sign-in (ACC-05)."""

    prefix = "proof"
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "maxlength": LONGEST}),
    )
    code = forms.CharField(
        label=_("Or a code from the authenticator app"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 20}),
    )
    passkey = PasskeyAnswer(required=False)

    def __init__(self, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.request = request
        self.user: User = request.user
        self.types = set(Authenticator.objects.filter(user_id=self.user.pk).values_list("type", flat=True))
        for field in self.fields.values():
            field.one_of_several = True  # type: ignore[attr-defined]  # neither optional nor a must
        if Authenticator.Type.TOTP not in self.types:
            del self.fields["code"]
        if Authenticator.Type.WEBAUTHN not in self.types:
            del self.fields["passkey"]

    def passkey_options(self) -> dict[str, Any] | None:
        """What the browser is asked for a passkey's proof; the answer is held against the session."""
        return begin_authentication(self.user) if "passkey" in self.fields else None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        now = timezone.now()
        if answer := given.get("passkey"):
            state = get_state()
            clear_state()
            if verify_passkey(user=self.user, answer=answer, state=state, now=now) is None:
                raise forms.ValidationError(WRONG_PASSKEY, code="wrong")
            note_proof(self.request, "mfa", type=Authenticator.Type.WEBAUTHN)
        elif code := given.get("code"):
            authenticator = verify_code(user=self.user, code=code, now=now)
            if authenticator is None:
                self.add_error("code", WRONG_CODE)
            else:
                note_proof(self.request, "mfa", type=authenticator.type)
        elif password := given.get("password"):
            address = str(self.request.META.get("REMOTE_ADDR", ""))
            if verify_own_password(user=self.user, password=password, address=address, now=now):
                note_proof(self.request, "password")
            else:
                self.add_error("password", WRONG_PASSWORD)
        else:
            self.add_error("password", _("Write your password, or prove it another way."))
        return given
