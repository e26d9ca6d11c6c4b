"""Where the mail of a forgotten password leads: a page for clients, who never see the back office (CLI-03, CLI-11)."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from accounts.passwords import LONGEST
from clients.services.passwords import SHORTEST, LinkVoid, UnfitPassword, client_of_link, set_by_link


class ClientPasswordForm(forms.Form):
    password1 = forms.CharField(
        label=_("New password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "maxlength": LONGEST})
    )
    password2 = forms.CharField(
        label=_("New password, again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "maxlength": LONGEST}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password1"].help_text = _("At least %(least)d characters. Not a common password, and not like your own data.") % {
            "least": SHORTEST
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "password1" in data and "password2" in data and data["password1"] != data["password2"]:
            self.add_error("password2", _("The two passwords differ."))
        return data


class ClientPassword(View):
    """Looking at it uses nothing up: mail programs open links before people do. It speaks the client's language."""

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            client = client_of_link(kwargs["reference"], kwargs["token"])
            with translation.override(client.language):
                return super().dispatch(request, *args, **kwargs)
        except LinkVoid as error:
            response = self.page(refused=str(error), status=410)
        return response

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.page(form=ClientPasswordForm())

    def post(self, request: HttpRequest, reference: str, token: str) -> HttpResponse:
        form = ClientPasswordForm(request.POST)
        if form.is_valid():
            try:
                set_by_link(reference=reference, token=token, password=form.cleaned_data["password1"], now=timezone.now())
            except UnfitPassword as error:
                form.add_error("password1", str(error))
            else:
                return self.page(done=True)
        return self.page(form=form, status=422)

    def page(self, *, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, "clients/password.html", {"page_title": _("New password"), **context}, status=status)
