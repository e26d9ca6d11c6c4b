"""The forms of the sign-in pages, which call our own services."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordForm, ResetPasswordKeyForm, UserTokenForm
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal.auth import clear_state, get_state
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.adapters import home_of, is_own_page
from accounts.enums import UserStatus
from accounts.models import User
from accounts.passwords import LONGEST
from accounts.proofs import WRONG_CODE, WRONG_PASSKEY, WRONG_PASSWORD, PasskeyAnswer
from accounts.services.factors import verify_code
from accounts.services.passkeys import verify_passkey
from accounts.services.passwords import change_password, send_reset_mail
from accounts.services.signing_in import GATE, verify_own_password, verify_password
from core.text import UnfitText, clean_email

# One answer for an unknown address, a wrong password, a locked and an inactive account (reliability A6).
REFUSED = _("This e-mail address and password don't fit together. After five wrong tries sign-in waits for 15 minutes.")


def stated_rules() -> SafeString:
    """The rules of passwords, for beside the field (ACC-02)."""
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((text,) for text in password_validators_help_texts() if text)))


def _address() -> str:
    return str(context.request.META.get("REMOTE_ADDR", ""))


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"].label = _("E-mail address")
        self.fields["login"].widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254})
        self.fields["password"].help_text = ""
        self.fields["password"].max_length = LONGEST
        self.fields["password"].widget = forms.PasswordInput(attrs={"autocomplete": "current-password", "maxlength": LONGEST})

    def _clean_with_password(self, credentials: dict[str, str]) -> dict[str, Any]:
        user = verify_password(
            email=credentials["email"], password=credentials["password"][:LONGEST], address=_address(), now=timezone.now()
        )
        if user is None:
            raise forms.ValidationError(REFUSED, code="refused")
        self._login = Login(user=user, email=user.email)
        self.user = user
        return self.cleaned_data

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """On to the page that was asked for, if it is of the person's face, else to the face's first."""
        if redirect_url and not is_own_page(self.user, redirect_url):
            redirect_url = home_of(self.user)
        return super().login(request, redirect_url)


class ForgottenPasswordForm(ResetPasswordForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = _("E-mail address")
        self.fields["email"].widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254})

    def clean_email(self) -> str:
        try:
            return clean_email(self.cleaned_data["email"])
        except UnfitText as error:
            raise forms.ValidationError(error.message) from error

    def save(self, request: HttpRequest, **options: Any) -> str:
        """A mail for an active user, nothing for anybody else, and the same page for all."""
        email: str = self.cleaned_data["email"]
        user = User.objects.filter(email__iexact=email, status=UserStatus.ACTIVE).first()
        if user is not None:
            send_reset_mail(user=user, actor=GATE, now=timezone.now())
        return email


class ResetTokenForm(UserTokenForm):
    """Django's own token: bound to password and last sign-in, without writing anything to look at it."""

    token_generator = default_token_generator

    def _get_user(self, uidb36: str) -> User | None:
        user: User | None = super()._get_user(uidb36)
        return user if user is not None and user.is_active else None


class _TwoNewPasswords:
    fields: dict[str, forms.Field]

    def state_rules(self) -> None:
        for name, label in (("password1", _("New password")), ("password2", _("New password, again"))):
            field = self.fields[name]
            field.label = label
            field.widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "maxlength": LONGEST})
        self.fields["password1"].help_text = stated_rules()


class NewPasswordForm(_TwoNewPasswords, ResetPasswordKeyForm):
    """Behind the mailed link."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.state_rules()

    def save(self) -> None:
        change_password(user=self.user, password=self.cleaned_data["password1"], actor=self.user, now=timezone.now(), by_mail=True)


class OwnPasswordForm(_TwoNewPasswords, ChangePasswordForm):
    """For someone signed in: the present one is asked for, counted like a sign-in."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.state_rules()
        self.fields["oldpassword"].label = _("Present password")
        self.fields["oldpassword"].help_text = ""
        self.fields["oldpassword"].widget = forms.PasswordInput(attrs={"autocomplete": "current-password", "maxlength": LONGEST})

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        if not verify_own_password(user=self.user, password=password[:LONGEST], address=_address(), now=timezone.now()):
            raise forms.ValidationError(WRONG_PASSWORD, code="wrong_password")
        return password

    def save(self) -> None:
        change_password(user=self.user, password=self.cleaned_data["password1"], actor=self.user, now=timezone.now())


class SecondFactorForm(AuthenticateForm):
    user: User
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["code"].label = _("Code")
        self.fields["code"].max_length = 20
        self.fields["code"].help_text = _("From the authenticator app, or one of your recovery codes.")
        self.fields["code"].widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "maxlength": 20}
        )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        authenticator = verify_code(user=self.user, code=code, now=timezone.now())
        if authenticator is None:
            raise forms.ValidationError(WRONG_CODE, code="wrong_code")
        authenticator.user = self.user
        self.authenticator = authenticator
        return code


class SecondFactorPasskeyForm(AuthenticateWebAuthnForm):
    user: User
    cleaned_data: dict[str, Any]
    credential = PasskeyAnswer()

    def clean_credential(self) -> Authenticator:
        state = get_state()
        clear_state()
        passkey = verify_passkey(user=self.user, answer=self.cleaned_data["credential"], state=state, now=timezone.now())
        if passkey is None:
            raise forms.ValidationError(WRONG_PASSKEY, code="wrong_passkey")
        passkey.user = self.user
        return passkey
