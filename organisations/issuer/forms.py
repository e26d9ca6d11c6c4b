"""Forms of organisations and keys. Each is an allow-list."""

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from organisations.models import Organisation


class OrganisationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    external_reference = forms.CharField(
        label=_("External reference"), max_length=60, required=False, help_text=_("Its number in another system.")
    )


class MemberForm(forms.Form):
    person = forms.CharField(label=_("Login or reference"), max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: object, people: QuerySet[User], **options: object) -> None:
        super().__init__(*args, **options)
        self.people = people

    def clean_person(self) -> User:
        text: str = self.cleaned_data["person"].strip()
        found = self.people.filter(Q(email__iexact=text) | Q(reference=text.upper())).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has this login or reference."))
        return found


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Who will use it, for example “Mobile app”."))
    organisation = forms.ModelChoiceField(
        label=_("Acts for"),
        queryset=Organisation.objects.none(),
        required=False,
        to_field_name="reference",
        empty_label=_("Issuer's channel"),
    )
    scopes = forms.MultipleChoiceField(label=_("Scopes"), widget=forms.CheckboxSelectMultiple)
    is_test = forms.BooleanField(label=_("Test mode: meets test objects alone"), required=False)

    def __init__(
        self, *args: object, organisations: QuerySet[Organisation], scopes: list[tuple[str, str]], channel: bool, **options: object
    ) -> None:
        super().__init__(*args, **options)
        self.fields["organisation"].queryset = organisations
        self.fields["scopes"].choices = scopes
        if not channel:  # who is confined to organisations makes keys for them alone
            self.fields["organisation"].required = True
            self.fields["organisation"].empty_label = None


class RevokeForm(forms.Form):
    comment = forms.CharField(label=_("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
