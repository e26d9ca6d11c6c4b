"""A person's own second factor: set up, looked at, removed (ACC-03)."""

import base64
from datetime import datetime
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import clear_totp_secret, get_totp_secret
from allauth.mfa.webauthn.internal.auth import clear_state, get_state, set_state
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.adapters import home_of
from accounts.own.forms import AppForm, PasskeyForm, PasskeyNameForm
from accounts.selectors import lacks_second_factor, needs_second_factor
from accounts.services.factors import (
    FactorRefused,
    add_totp,
    codes_to_keep,
    factor_rows,
    keep_codes,
    make_codes,
    matching_step,
    remove_factor,
)
from accounts.services.passkeys import add_passkey, registration_options, rename_passkey
from core.errors import DomainError
from kit.dialogs import ActionDialog, Done, FormPage
from kit.pages import ANY_FACE, SIGNED_IN, Page


class WrongCode(DomainError):
    code = "wrong_code"
    status = 422


class Own:
    """What these pages share: they are everyone's, of either face, about themselves alone."""

    right = SIGNED_IN
    face = ANY_FACE
    request: HttpRequest

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("My profile")), reverse("own-profile")), (str(_("Second factor")), reverse("two-factor"))]

    def back(self) -> str:
        return reverse("two-factor")

    @property
    def layout(self) -> str:
        """Without the frame, whose every link leads back here, for somebody who must finish this first."""
        return "accounts/own/bare.html" if lacks_second_factor(self.request.user) else "accounts/own/framed.html"


class TwoFactor(Own, Page):
    """What the person has. Who must have a second factor and lacks it chooses one here, and gets no further without."""

    title = _("Second factor")
    before_second_factor = True

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("My profile")), reverse("own-profile"))]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = factor_rows(request.user)
        if lacks_second_factor(request.user):
            if rows["app"] or rows["passkeys"]:
                return HttpResponseRedirect(reverse("two-factor-codes"))
            return self.render("accounts/own/choose_factor.html")
        return self.render("accounts/own/two_factor.html", {**rows, "is_mandatory": needs_second_factor(request.user)})


class AddingFactor(Own, FormPage):
    before_second_factor = True
    fresh_proof = True
    body = ""

    def show(self, form: forms.Form, *, key: str, status: int = 200) -> HttpResponse:
        context = {"form": form, "key": key, "back": self.back(), "layout": self.layout, **self.question()}
        return self.render(self.body, context, status=status)

    def question(self) -> dict[str, Any]:
        raise NotImplementedError

    def after(self, message: Any) -> Done:
        return Done(message, reverse("two-factor-codes") if codes_to_keep(self.request.user) else reverse("two-factor"))


class AddApp(AddingFactor):
    """The secret waits in the session until a code shows that the app has it."""

    url_name = "two-factor-app-add"
    title = verb = _("Set up authenticator app")
    form_class = AppForm
    body = "accounts/own/add_app.html"

    def question(self) -> dict[str, Any]:
        adapter, secret = get_adapter(), get_totp_secret()
        drawing = adapter.build_totp_svg(adapter.build_totp_url(self.request.user, secret))
        return {"secret": secret, "qr": "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        secret = get_totp_secret()
        if matching_step(secret, "".join(form.cleaned_data["code"].split())) is None:
            raise WrongCode(_("This code doesn't fit. Wait for the next one, and see that the device's clock is right."), field="code")
        add_totp(user=actor, secret=secret, actor=actor, now=now, keep=self.request.session.session_key)
        clear_totp_secret(self.request)
        return self.after(_("Authenticator app set up. From now on it is asked for at sign-in."))


class AddPasskey(AddingFactor):
    url_name = "two-factor-passkey-add"
    title = verb = _("Add passkey")
    form_class = PasskeyForm
    body = "accounts/own/add_passkey.html"

    def question(self) -> dict[str, Any]:
        options, state = registration_options(self.request.user)
        set_state(state)
        return {"passkey_options": options}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        state, name = get_state(), form.cleaned_data["name"]
        clear_state()
        add_passkey(
            user=actor, name=name, answer=form.cleaned_data["answer"], state=state, actor=actor, now=now,
            keep=self.request.session.session_key,
        )  # fmt: skip
        return self.after(_("The passkey “%(name)s” is added. You can sign in with it.") % {"name": name})


class Codes(Own, Page):
    """Recovery codes: shown until the person says that they are kept, and never again."""

    title = _("Recovery codes")
    before_second_factor = True
    fresh_proof = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        codes = codes_to_keep(request.user)
        if not codes:
            return HttpResponseRedirect(reverse("two-factor"))
        return self.render("accounts/own/codes.html", {"codes": codes, "layout": self.layout})

    def post(self, request: HttpRequest) -> HttpResponseBase:
        was_setting_up = lacks_second_factor(request.user)
        if request.POST.get("kept") != "yes":
            context = {"codes": codes_to_keep(request.user), "layout": self.layout, "untold": True}
            return self.render("accounts/own/codes.html", context, status=422)
        keep_codes(user=request.user, actor=request.user, now=timezone.now())
        return HttpResponseRedirect(home_of(request.user) if was_setting_up else reverse("two-factor"))


class CodesFile(Own, Page):
    """The same as a text file, as long as they are shown."""

    before_second_factor = True
    fresh_proof = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        codes = codes_to_keep(request.user)
        if not codes:
            raise Http404
        headers = {"Content-Disposition": 'attachment; filename="recovery-codes.txt"'}
        return HttpResponse("\n".join(codes) + "\n", content_type="text/plain; charset=utf-8", headers=headers)


class MakeCodes(Own, ActionDialog):
    url_name = "two-factor-codes-make"
    title = verb = _("Make new codes")
    fresh_proof = True

    def sentence(self) -> Any:
        left = factor_rows(self.request.user)["codes_left"]
        return _("Ten new recovery codes are made and shown once. The %(left)s that are left stop working.") % {"left": left}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        make_codes(user=actor, actor=actor, now=now)
        return Done(_("New recovery codes made. The old ones no longer work."), reverse("two-factor-codes"))


class RemoveApp(Own, ActionDialog):
    url_name = "two-factor-app-remove"
    title = verb = _("Remove authenticator app")
    danger = True
    fresh_proof = True

    def sentence(self) -> Any:
        return _("Its codes are no longer asked for nor accepted, and your other sessions end. A mail tells you of it.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        app = factor_rows(actor)["app"]
        if app is None:
            raise FactorRefused(_("It was removed already."))
        remove_factor(user=actor, authenticator=app, actor=actor, now=now, keep=self.request.session.session_key)
        return Done(_("Authenticator app removed."), reverse("two-factor"))


class PasskeyAction(Own, ActionDialog):
    """About one of the person's passkeys, by its reference; anybody else's is 404."""

    model = Authenticator
    fresh_proof = True

    @classmethod
    def address(cls, obj: Any = None) -> str:
        return reverse(cls.url_name, args=[obj.data["reference"]])

    def prepare(self, **kwargs: Any) -> None:
        own = Authenticator.objects.filter(user_id=self.request.user.pk, type=Authenticator.Type.WEBAUTHN)
        self.object = own.filter(data__reference=kwargs["reference"]).first()
        if self.object is None:
            raise Http404


class RenamePasskey(PasskeyAction):
    url_name = "two-factor-passkey-rename"
    title = verb = _("Rename passkey")
    form_class = PasskeyNameForm

    def initial(self) -> dict[str, Any]:
        return {"name": self.object.data["name"]}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        rename_passkey(passkey=obj, name=form.cleaned_data["name"], actor=actor, now=now)
        return Done(_("Passkey renamed."), reverse("two-factor"))


class RemovePasskey(PasskeyAction):
    url_name = "two-factor-passkey-remove"
    title = verb = _("Remove passkey")
    danger = True

    def sentence(self) -> Any:
        said = _("“{}” no longer signs you in, and your other sessions end. Delete it on the device as well. A mail tells you of it.")
        return format_html(str(said), self.object.data["name"])

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        remove_factor(user=actor, authenticator=obj, actor=actor, now=now, keep=self.request.session.session_key)
        return Done(_("Passkey removed."), reverse("two-factor"))
