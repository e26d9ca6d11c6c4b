"""Pages of profiles: what each gives, created, edited with the difference shown, copied, deleted (USR-03)."""

from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, Right
from accounts.issuer import forms
from accounts.issuer.filters import ProfileFilter
from accounts.issuer.resources import ProfileResource
from accounts.issuer.tables import PROFILE_COLUMNS, profile_origin
from accounts.models import Profile, User
from accounts.services import create_profile, delete_profile, edit_profile, reset_profile
from accounts.services.profiles import difference_from_default
from core.registries import known_rights, visible
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done, FormPage
from kit.lists import ListPage

SHOWN = 200


class CreateProfile(FormPage):
    """For the issuer's people."""

    right = Right.PROFILES_EDIT
    fresh_proof = True
    url_name = "profile-create"
    menu = "profile-list"
    title = verb = _("Create profile")
    icon = "plus"
    form_class = forms.RightsForm
    profile_face: str = Face.ISSUER

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user, "face": self.profile_face}

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("Profiles")), self.link("profile-list"))]

    def back(self) -> str:
        return self.link("profile-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        profile = create_profile(face=self.profile_face, actor=actor, now=now, **form.cleaned_data)
        return Done(
            _("The profile %(name)s is created.") % {"name": profile.name}, self.link("profile-detail", profile.reference), _("Open")
        )


class CreateMerchantProfile(CreateProfile):
    """For the merchants' people."""

    url_name = "profile-create-merchant"
    title = _("Create profile for merchants")
    button = _("Create profile for merchants")
    profile_face = Face.MERCHANT


class ProfileList(ListPage):
    model = Profile
    right = Right.PROFILES_SEE
    title = _("Profiles")
    intro = _("A profile is a named set of rights. A user has one or more, and every right of all of them.")
    columns = PROFILE_COLUMNS
    filters = ProfileFilter
    order = ("name", "id")
    resource = ProfileResource
    row_url = "profile-detail"
    primary_action = CreateProfile
    other_actions = [CreateMerchantProfile]
    empty = _("Ten profiles come with every instance; the next start brings them.")

    def queryset(self) -> QuerySet[Any]:
        users = User.profiles.through.objects.filter(profile=OuterRef("pk")).values("profile").annotate(number=Count("pk"))
        return super().queryset().annotate(user_count=Coalesce(Subquery(users.values("number"), output_field=IntegerField()), 0))


class ProfileAction(ActionDialog):
    model = Profile
    right = Right.PROFILES_EDIT
    fresh_proof = True
    menu = "profile-list"

    def back(self) -> str:
        return self.link("profile-detail", self.object.reference)

    def path(self) -> list[tuple[str, str]]:
        return [(self.object.name, self.back())]


def labelled(rights: Any) -> list[Any]:
    known = known_rights()
    return [known.get(right, right) for right in sorted(rights)]


class EditProfile(ProfileAction, FormPage):
    """In two steps: the second shows who gets and loses what, and saves."""

    url_name = "profile-edit"
    title = button = _("Edit profile")
    verb = _("Show the difference")
    icon = "pencil"
    form_class = forms.EditRightsForm
    in_dialog = False
    shown: Any = None

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user, "face": self.object.face, "profile": self.object}

    def initial(self) -> dict[str, Any]:
        return {"name": self.object.name, "rights": self.object.rights}

    def show(self, form: Any, *, key: str, status: int = 200) -> HttpResponse:
        self.shown = form
        if form.is_review:
            self.verb = _("Save changes")
        return super().show(form, key=key, status=status)

    def sentence(self) -> Any:
        number = self.object.users.count()
        concerned = ngettext(
            "%(number)s user has this profile, and gets or loses a right at the next page.",
            "%(number)s users have this profile, and get or lose a right at their next page.",
            number,
        ) % {"number": number}
        if self.shown.is_review and not (self.shown.give or self.shown.take):
            return gettext("No right changes.")
        return concerned

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        if not self.shown.is_review:
            return []
        yes, no = gettext("has it"), "—"
        name = self.shown.cleaned_data["name"]
        renamed = [(_("Name"), self.object.name, name)] if name != self.object.name else []
        return [
            *renamed,
            *((label, no, yes) for label in labelled(self.shown.give)),
            *((label, yes, no) for label in labelled(self.shown.take)),
        ]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        edit_profile(profile=obj, name=form.cleaned_data["name"], give=form.give, take=form.take, actor=actor, now=now)
        return Done(_("The profile %(name)s is changed.") % {"name": form.cleaned_data["name"]}, self.back())


class CopyProfile(ProfileAction):
    url_name = "profile-copy"
    title = verb = _("Copy profile")
    icon = "copy"
    form_class = forms.CopyForm

    def sentence(self) -> Any:
        return format_html(_("The new profile has the rights of {} and no users yet."), self.object.name)

    def initial(self) -> dict[str, Any]:
        return {"name": (gettext("Copy of %(name)s") % {"name": self.object.name})[:60]}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        profile = create_profile(name=form.cleaned_data["name"], face=obj.face, rights=obj.rights, actor=actor, now=now)
        return Done(
            _("The profile %(name)s is created.") % {"name": profile.name}, self.link("profile-detail", profile.reference), _("Open")
        )


class ResetProfile(ProfileAction):
    url_name = "profile-reset"
    title = verb = _("Reset to default")
    icon = "refresh"

    @classmethod
    def available(cls, obj: Profile) -> bool:
        return any(difference_from_default(obj))

    def sentence(self) -> Any:
        return format_html(_("{} gets the rights back that it came with, for everybody who has it, at their next page."), self.object.name)

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        give, take = difference_from_default(self.object)
        yes, no = gettext("has it"), "—"
        return [*((label, no, yes) for label in labelled(give)), *((label, yes, no) for label in labelled(take))]

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        reset_profile(profile=obj, actor=actor, now=now)
        return Done(_("The profile %(name)s is as it came.") % {"name": obj.name})


class DeleteProfile(ProfileAction):
    url_name = "profile-delete"
    title = verb = _("Delete profile")
    icon = "trash"
    danger = True
    form_class = forms.DeleteProfileForm

    @classmethod
    def available(cls, obj: Profile) -> bool:
        return not obj.is_default

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user, "profile": self.object}

    def sentence(self) -> Any:
        number = self.object.users.count()
        if not number:
            return format_html(_("{} has no users, and is deleted for ever."), self.object.name)
        return ngettext(
            "%(name)s is deleted for ever. %(number)s user has it: choose the profile that this person gets instead.",
            "%(name)s is deleted for ever. %(number)s users have it: choose the profile that they get instead.",
            number,
        ) % {"name": self.object.name, "number": number}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        delete_profile(profile=obj, move_to=form.cleaned_data.get("move_to"), actor=actor, now=now)
        return Done(_("The profile %(name)s is deleted.") % {"name": obj.name}, self.link("profile-list"))


def rights_tab(page: DetailPage) -> dict[str, Any]:
    return {"groups": forms.grouped_rights(set(page.object.rights))}


def users_tab(page: DetailPage) -> dict[str, Any]:
    users = visible(User, page.request.user).filter(profiles=page.object).order_by("last_name", "first_name", "id")
    return {"users": users[:SHOWN], "rest": max(0, users.count() - SHOWN)}


class ProfileDetail(DetailPage):
    model = Profile
    right = Right.PROFILES_SEE
    kind = _("Profile")
    list_url, list_label = "profile-list", _("Profiles")
    menu = "profile-list"
    tabs = [
        Tab("summary", _("Summary"), "accounts/profile_summary.html"),
        Tab("rights", _("Rights"), "accounts/profile_rights.html", context=rights_tab),
        Tab("users", _("Users"), "accounts/profile_users.html", Right.USERS_SEE, users_tab),
    ]
    actions = [EditProfile, CopyProfile, ResetProfile, DeleteProfile]

    def facts(self) -> list[tuple[Any, Any]]:
        return [
            (_("Name"), format_html("{}", self.object.name)),
            (_("Rights"), str(len(self.object.rights))),
            (_("Users"), str(self.object.users.count())),
        ]

    def fixed_because(self) -> str:
        """Why the viewer may not change this profile; "" where they may, or have no business to."""
        person = self.request.user
        if not person.has_right(Right.PROFILES_EDIT):
            return ""
        if person.organisation_ids is not None:
            return gettext("Profiles are for everybody: only an administrator who sees all organisations changes them.")
        if self.object.users.filter(pk=person.pk).exists():
            return gettext("You have this profile yourself, so another administrator changes it. You may copy it.")
        return ""

    def allowed_actions(self) -> list[dict[str, Any]]:
        allowed = super().allowed_actions()
        if not self.fixed_because():
            return allowed
        copy = CopyProfile.address(self.object) if self.request.user.organisation_ids is None else ""
        return [action for action in allowed if action["url"] == copy]

    def summary(self) -> list[tuple[Any, Any]]:
        give, take = difference_from_default(self.object)
        changed = ngettext("%(number)s right differs", "%(number)s rights differ", len(give) + len(take)) % {
            "number": len(give) + len(take)
        }
        lines = [(_("Name"), self.object.name), (_("Face"), self.object.get_face_display()), (_("Origin"), profile_origin(self.object))]
        return [*lines, (_("Against the default"), changed if give or take else _("As it came"))] if self.object.is_default else lines
