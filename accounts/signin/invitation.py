"""Where an invitation leads: the person chooses the first password (USR-10)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from accounts.models import User
from accounts.passwords import LONGEST
from accounts.services.invitations import InvitationVoid, accept_invitation, invited_user
from accounts.signin.forms import stated_rules


class FirstPasswordForm(forms.Form):
    password1 = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "maxlength": LONGEST})
    )
    password2 = forms.CharField(
        label=_("Password, again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "maxlength": LONGEST})
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.fields["password1"].help_text = stated_rules()

    def clean_password1(self) -> str:
        password: str = self.cleaned_data["password1"]
        validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "password1" in data and "password2" in data and data["password1"] != data["password2"]:
            self.add_error("password2", _("The two passwords differ."))
        return data


class Invitation(FormView):
    """Looking at it uses nothing up: mail programs open links before people do."""

    form_class = FirstPasswordForm
    template_name = "account/invitation.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            self.user = invited_user(kwargs["token"], now=timezone.now())
            return super().dispatch(request, *args, **kwargs)
        except InvitationVoid as error:
            context = {"page_title": _("Invitation"), "refused": str(error)}
            return render(request, self.template_name, context, status=410)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(invited=self.user, **kwargs)

    def form_valid(self, form: FirstPasswordForm) -> HttpResponse:
        accept_invitation(token=self.kwargs["token"], password=form.cleaned_data["password1"], now=timezone.now())
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return HttpResponseRedirect(reverse("account_login"))
