"""Forms of users and profiles. What they don't offer, the services refuse (USR-03, USR-04)."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.models import Profile, User
from accounts.profiles import FEATURES
from accounts.selectors import organisations_for
from accounts.services.profiles import assignable_rights
from core import instance
from core.registries import known_rights, visible
from kit.filters import SearchText
from kit.idempotency import content_hash
from kit.ticks import Ticks


class PersonForm(forms.Form):
    first_name = SearchText(label=_("First name"), max_length=80)
    last_name = SearchText(label=_("Last name"), max_length=80)
    phone = SearchText(label=_("Phone number"), max_length=40, required=False, help_text=_("With the country's code: +371 20 000 000."))
    language = forms.ChoiceField(label=_("Language of mails and pages"), choices=instance.languages)


def givable_profiles(actor: Any, face: str) -> QuerySet[Profile]:
    """The profiles of the face whose every right the actor holds."""
    return visible(Profile, actor).filter(face=face, rights__contained_by=sorted(actor.rights)).order_by("name")


class ProfilesForm(forms.Form):
    """`about` is the user concerned, whose present profiles stay on the list."""

    profiles = forms.ModelMultipleChoiceField(
        queryset=Profile.objects.none(), to_field_name="reference", required=False, widget=Ticks, label=_("Profiles"),
        help_text=_("Profiles with a right that you don't hold yourself aren't offered."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Any, face: str, about: User | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = givable_profiles(actor, face)
        if about is not None:
            offered |= visible(Profile, actor).filter(pk__in=about.profiles.values("pk"))
        self.fields["profiles"].queryset = offered


def offer_organisations(field: Any, actor: Any, face: str) -> None:
    field.queryset = organisations_for(actor).order_by("name", "id")
    field.required = face == Face.MERCHANT or actor.organisation_ids is not None
    if face == Face.ISSUER:
        field.label = _("Restricted to organisations")
        if not field.required:
            field.help_text = _("Nothing ticked: the person sees everything, clients and orders among it.")


class OrganisationsForm(forms.Form):
    organisations = forms.ModelMultipleChoiceField(
        queryset=Profile.objects.none(), to_field_name="reference", required=False, widget=Ticks, label=_("Organisations")
    )

    def __init__(self, *args: Any, actor: Any, face: str, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_organisations(self.fields["organisations"], actor, face)

    def clean_organisations(self) -> list[int]:
        return [organisation.pk for organisation in self.cleaned_data["organisations"]]


class InviteForm(PersonForm):
    """The organisation of an inviter who has but one isn't asked for."""

    field_order = ("email", "first_name", "last_name", "phone", "language", "profiles", "organisations")
    email = forms.CharField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The login. The invitation goes there."),
    )  # fmt: skip
    profiles = ProfilesForm.base_fields["profiles"]
    organisations = OrganisationsForm.base_fields["organisations"]
    clean_organisations = OrganisationsForm.clean_organisations

    def __init__(self, *args: Any, actor: Any, face: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["profiles"].queryset = givable_profiles(actor, face)
        self.fields["profiles"].required = True
        offer_organisations(self.fields["organisations"], actor, face)
        self.only = list(self.fields["organisations"].queryset[:2]) if actor.organisation_ids is not None else []
        if len(self.only) == 1:
            del self.fields["organisations"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if len(self.only) == 1:
            data["organisations"] = [self.only[0].pk]
        return data


class EraseForm(forms.Form):
    login = forms.CharField(
        label=_("Login of the account, to confirm"), max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, about: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.about = about

    def clean_login(self) -> str:
        login: str = self.cleaned_data["login"].strip().lower()
        if login != self.about.email.lower():
            raise forms.ValidationError(_("This is not the login of the account."))
        return login


class ReasonForm(forms.Form):
    comment = forms.CharField(label=_("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))


def grouped_rights(rights: set[str]) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """The rights by feature, as the table of default profiles groups them; what it doesn't know comes last."""
    known = known_rights()
    groups = [(feature, [(right, known[right]) for right in codes if right in rights and right in known]) for feature, codes in FEATURES]
    placed = {right for _feature, codes in FEATURES for right in codes}
    rest = [(right, known.get(right, right)) for right in sorted(rights - placed)]
    return [(feature, choices) for feature, choices in [*groups, (_("Other"), rest)] if choices]


class RightsForm(forms.Form):
    """Name and rights of a profile. Rights that the actor doesn't hold are shown and stay as they are."""

    name = SearchText(label=_("Name"), max_length=60)
    rights = forms.MultipleChoiceField(
        required=False, widget=Ticks, label=_("Rights"), help_text=_("What you don't hold yourself you can neither give nor take away.")
    )

    def __init__(self, *args: Any, actor: Any, face: str, profile: Profile | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.held = set(profile.rights) if profile else set()
        offered = assignable_rights(face) | self.held
        self.locked = {right for right in offered if not actor.has_right(right)}
        self.fields["rights"].choices = grouped_rights(offered)
        self.fields["rights"].widget.locked = self.locked
        if profile is not None and profile.is_default:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = _("A profile that comes with every instance keeps its name.")

    def clean_rights(self) -> list[str]:
        return sorted(set(self.cleaned_data["rights"]) - self.locked | self.held & self.locked)


class EditRightsForm(RightsForm):
    """Shows the difference before it is saved: only a form that was sent from below the same difference is taken.

    Where somebody else has changed the profile meanwhile the difference is another one, and is shown again.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    give: list[str] = []
    take: list[str] = []
    is_review = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        wanted = set(data["rights"])
        self.give, self.take = sorted(wanted - self.held), sorted(self.held - wanted)
        digest = content_hash(data["name"], "give", *self.give, "take", *self.take)
        self.is_review = data["seen"] != digest
        if self.is_review:
            self.data = self.data.copy()
            self.data["seen"] = digest
        return data

    def is_valid(self) -> bool:
        return super().is_valid() and not self.is_review


class DeleteProfileForm(forms.Form):
    move_to = forms.ModelChoiceField(
        queryset=Profile.objects.none(), to_field_name="reference", label=_("Its users get instead"), empty_label=_("Choose a profile")
    )

    def __init__(self, *args: Any, actor: Any, profile: Profile, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["move_to"].queryset = givable_profiles(actor, profile.face).exclude(pk=profile.pk)
        if not profile.users.exists():
            del self.fields["move_to"]


class CopyForm(forms.Form):
    name = SearchText(label=_("Name"), max_length=60)
