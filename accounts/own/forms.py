"""The forms of a person's own pages."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.proofs import PasskeyAnswer
from core import instance
from messaging.registry import alert_groups

# Links between names of the same zone, and zones without a place, would only make the list longer.
NO_PLACES = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


@cache
def zones() -> list[tuple[str, str]]:
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(NO_PLACES))
    return [(name, name.replace("_", " ")) for name in names]


class ProfileForm(forms.Form):
    first_name = forms.CharField(label=_("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    last_name = forms.CharField(label=_("Last name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        required=False,
        help_text=_("With the country's code, for example +371 20 000 000."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=instance.languages)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, widget=forms.Select(attrs={"data-search": True}))
    scheme = forms.ChoiceField(
        label=_("Colour scheme"),
        choices=[("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))],
        help_text=_("For this browser."),
    )

    alert_groups = forms.MultipleChoiceField(
        label=_("Tell me by mail of"),
        required=False,
        help_text=_("Alerts of these groups, many at once in one mail."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, told_of_alerts: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        groups = self.fields["alert_groups"]
        assert isinstance(groups, forms.MultipleChoiceField)
        groups.choices = list(alert_groups().items())
        if not told_of_alerts:
            del self.fields["alert_groups"]
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [("", _("The instance's, %(zone)s") % {"zone": instance.time_zone().key}), *zones()]


class AppForm(forms.Form):
    code = forms.CharField(
        label=_("Code that the app shows"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 20}),
    )


class PasskeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("To tell it from others, for example “Work laptop”."))
    answer = PasskeyAnswer(required=False)


class PasskeyNameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
