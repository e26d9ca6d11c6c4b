"""What is done to a user: invite, edit, give profiles and organisations, end and restore access, delete (USR-10 to USR-12)."""

from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, Right, UserStatus
from accounts.issuer import forms
from accounts.models import User
from accounts.selectors import has_second_factor
from accounts.services import (
    deactivate_user,
    edit_user,
    erase_user,
    invite_again,
    invite_user,
    reactivate_user,
    reset_factors,
    revoke_invitation,
    set_organisations,
    set_profiles,
)
from accounts.services.invitations import awaits_invitation
from accounts.services.passwords import send_reset_mail
from core.errors import DomainError
from kit.dialogs import ActionDialog, Done, FormPage


class TooManyMails(DomainError):
    code = "too_many_mails"
    status = 409


class Invite(FormPage):
    """The person sets the password by the mailed link."""

    right = Right.USERS_EDIT
    fresh_proof = True
    menu = "user-list"
    icon = "user-plus"
    form_class = forms.InviteForm
    invited_to: str = Face.ISSUER

    def sentence(self) -> Any:
        return _("The person gets a mail with a link that works once, for three days, and chooses the password there.")

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user, "face": self.invited_to}

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("organisation", "")[:20]
        return {"language": self.request.user.language, "organisations": [asked] if asked else []}

    def path(self) -> list[tuple[str, str]]:
        return [(str(_("Users")), self.link("user-list"))]

    def back(self) -> str:
        return self.link("user-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        user = invite_user(actor=actor, now=now, face=self.invited_to, **form.cleaned_data)
        return Done(
            _("The invitation to %(email)s is on its way.") % {"email": user.email}, self.link("user-detail", user.reference), _("Open")
        )


class InviteAdministrator(Invite):
    url_name = "user-invite"
    title = _("Invite an administrator")
    button = _("Invite administrator")
    verb = _("Send invitation")


class InviteMerchantUser(Invite):
    url_name = "user-invite-merchant"
    title = _("Invite a merchant's user")
    button = _("Invite merchant's user")
    verb = _("Send invitation")
    invited_to = Face.MERCHANT


class UserAction(ActionDialog):
    model = User
    right = Right.USERS_EDIT
    fresh_proof = True
    menu = "user-list"

    def back(self) -> str:
        return self.link("user-detail", self.object.reference)


class SendResetMail(UserAction):
    url_name = "user-reset-mail"
    title = verb = _("Send password mail")
    icon = "mail"

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status == UserStatus.ACTIVE

    def sentence(self) -> Any:
        return format_html(
            _("{} gets a mail with a link to a new password. It works once, for an hour; until then the old password holds."),
            self.object.email,
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        if not send_reset_mail(user=obj, actor=actor, now=now):
            raise TooManyMails(_("Five such mails went out in the last hour. Wait before sending another."))
        return Done(_("The mail to %(email)s is on its way.") % {"email": obj.email})


class InviteAgain(UserAction):
    url_name = "user-invite-again"
    title = verb = _("Send invitation again")
    icon = "mail"

    @classmethod
    def available(cls, obj: User) -> bool:
        return awaits_invitation(obj)

    @classmethod
    def is_next(cls, obj: User) -> bool:
        return True

    def sentence(self) -> Any:
        return format_html(_("{} gets another link, for another three days. The one sent before stops working."), self.object.email)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        invite_again(user=obj, actor=actor, now=now)
        return Done(_("The invitation to %(email)s is on its way.") % {"email": obj.email})


class RevokeInvitation(UserAction):
    url_name = "user-revoke-invitation"
    title = verb = _("Revoke invitation")
    icon = "ban"
    danger = True

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status == UserStatus.INVITED

    def sentence(self) -> Any:
        return format_html(_("The link that {} was sent stops working. You can invite the person again."), self.object.email)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        revoke_invitation(user=obj, actor=actor, now=now)
        return Done(_("The invitation of %(email)s is revoked.") % {"email": obj.email})


class EditUser(UserAction):
    url_name = "user-edit"
    title = button = _("Edit user")
    verb = _("Save changes")
    icon = "pencil"
    form_class = forms.PersonForm

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status != UserStatus.DELETED

    def sentence(self) -> Any:
        return format_html(_("The login {} stays: for another one invite the person anew."), self.object.email)

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.object, name) for name in ("first_name", "last_name", "phone", "language")}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        user = edit_user(user=obj, actor=actor, now=now, **form.cleaned_data)
        return Done(_("%(name)s is changed.") % {"name": user})


class SetProfiles(UserAction):
    url_name = "user-profiles"
    title = button = _("Change profiles")
    verb = _("Save profiles")
    icon = "user-shield"
    form_class = forms.ProfilesForm

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status != UserStatus.DELETED

    def sentence(self) -> Any:
        return format_html(_("{} has the rights of all ticked profiles together, from the next page on."), self.object)

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user, "face": self.object.face, "about": self.object}

    def initial(self) -> dict[str, Any]:
        return {"profiles": list(self.object.profiles.values_list("reference", flat=True))}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        user = set_profiles(user=obj, profiles=form.cleaned_data["profiles"], actor=actor, now=now)
        names = ", ".join(user.profiles.order_by("name").values_list("name", flat=True))
        if not names:
            return Done(_("%(name)s has no profile any more.") % {"name": user})
        return Done(_("%(name)s has: %(profiles)s.") % {"name": user, "profiles": names})


class SetOrganisations(UserAction):
    url_name = "user-organisations"
    title = button = _("Change organisations")
    verb = _("Save organisations")
    icon = "building-store"
    form_class = forms.OrganisationsForm

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status != UserStatus.DELETED

    def sentence(self) -> Any:
        if self.object.face == Face.MERCHANT:
            return format_html(_("{} sees what belongs to the ticked organisations and nothing else."), self.object)
        return format_html(
            _("{} sees the ticked organisations alone: their wallets, keys and users, and no client or order at all."), self.object
        )

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user, "face": self.object.face}

    def initial(self) -> dict[str, Any]:
        return {"organisations": list(self.object.memberships.values_list("organisation__reference", flat=True))}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        user = set_organisations(user=obj, organisations=form.cleaned_data["organisations"], actor=actor, now=now)
        return Done(_("The organisations of %(name)s are changed.") % {"name": user})


class ResetFactors(UserAction):
    url_name = "user-reset-factors"
    title = verb = _("Reset second factor")
    icon = "lock-open"
    danger = True

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status == UserStatus.ACTIVE and has_second_factor(obj)

    def sentence(self) -> Any:
        return format_html(
            _(
                "Authenticator app, passkeys and recovery codes of {} go, and all sessions end. The password alone then opens the account "
                "until a new one is set up: make sure who is asking. The person is told by mail."
            ),
            self.object,
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        reset_factors(user=obj, actor=actor, now=now)
        return Done(_("The second factor of %(name)s is reset.") % {"name": obj})


class Deactivate(UserAction):
    url_name = "user-deactivate"
    title = verb = _("Deactivate user")
    icon = "user-off"
    danger = True
    form_class = forms.ReasonForm

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status == UserStatus.ACTIVE

    def sentence(self) -> Any:
        return format_html(_("{} is signed out everywhere at once and can't sign in until somebody reactivates the account."), self.object)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        deactivate_user(user=obj, actor=actor, now=now, comment=form.cleaned_data["comment"])
        return Done(_("%(name)s is deactivated.") % {"name": obj})


class Reactivate(UserAction):
    url_name = "user-reactivate"
    title = verb = _("Reactivate user")
    icon = "player-play"

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status == UserStatus.DEACTIVATED and not awaits_invitation(obj)

    @classmethod
    def is_next(cls, obj: User) -> bool:
        return True

    def sentence(self) -> Any:
        names = ", ".join(self.object.profiles.order_by("name").values_list("name", flat=True))
        if not names:
            return format_html(_("{} can sign in again with the old password. The account has no profile."), self.object)
        return format_html(_("{} can sign in again with the old password and has these profiles: {}."), self.object, names)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        reactivate_user(user=obj, actor=actor, now=now)
        return Done(_("%(name)s is active again.") % {"name": obj})


class Erase(UserAction):
    url_name = "user-erase"
    title = verb = _("Delete user completely")
    icon = "trash"
    danger = True
    form_class = forms.EraseForm

    @classmethod
    def available(cls, obj: User) -> bool:
        return obj.status != UserStatus.DELETED

    def sentence(self) -> Any:
        return format_html(
            _(
                "Name, login, phone number, password, second factor, sessions, profiles and mails of {} go for ever, and so do the personal "
                "values in the account's audit events. What was done stays in the audit trail under {}, without a name. The login is free "
                "again. This can't be undone."
            ),
            self.object,
            self.object.reference,
        )

    def form_options(self) -> dict[str, Any]:
        return {"about": self.object}

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        erase_user(user=obj, actor=actor, now=now)
        return Done(_("The account %(reference)s is deleted.") % {"reference": obj.reference})
