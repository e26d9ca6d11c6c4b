"""Forms of clients. Each is an allow-list: status, level and type can't be posted."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clients.enums import PersonRole

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PersonForm(forms.Form):
    """A private person (CLI-02)."""

    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80)
    birth_date = forms.DateField(label=_("Date of birth"), required=False, widget=DATE)
    email = forms.EmailField(label=_("E-mail address"), help_text=_("The login; no other client has it."))
    phone = forms.CharField(
        label=_("Phone number"), max_length=40, required=False, help_text=_("With the country's code: +371 20 000 000.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class CompanyForm(forms.Form):
    """A company (CLI-02); its representatives and owners are added on its page."""

    company_name = forms.CharField(label=_("Company name"), max_length=120)
    registration_number = forms.CharField(label=_("Registration number"), max_length=40)
    email = forms.EmailField(label=_("E-mail address"), help_text=_("The login; no other client has it."))
    phone = forms.CharField(
        label=_("Phone number"), max_length=40, required=False, help_text=_("With the country's code: +371 20 000 000.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the trail; the client doesn't see it."),
    )  # fmt: skip


class WhyForm(forms.Form):
    """As above, and it can't be left out."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the trail; the client doesn't see it."),
    )


class CompanyPersonForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=PersonRole.choices)
    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80)
    birth_date = forms.DateField(label=_("Date of birth"), required=False, widget=DATE)
    share = forms.DecimalField(
        label=_("Share in %"), required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2, help_text=_("Owners only.")
    )


class RemovePersonForm(forms.Form):
    person = forms.ChoiceField(label=_("Person"))

    def __init__(self, *args: object, people: list[tuple[str, str]], **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["person"].choices = people
