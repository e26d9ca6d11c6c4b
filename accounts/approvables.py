"""What moves rights, as it can be put under four-eyes: shown, checked again, executed (USR-05)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Profile, User
from accounts.services.invitations import invite_again, invite_user
from accounts.services.profiles import ProfileGone, create_profile, delete_profile, edit_profile
from accounts.services.users import UserMoved, reactivate_user, set_organisations, set_profiles
from core.actors import Actor
from core.registries import Approvable, known_rights, register_approvable

Payload = dict[str, Any]


def _user(reference: str) -> User:
    user = User.objects.filter(reference=reference).first()
    if user is None:
        raise UserMoved(_("This user is not there any more."))
    return user


def _profile(reference: str) -> Profile:
    profile = Profile.objects.filter(reference=reference).first()
    if profile is None:
        raise ProfileGone(_("This profile was deleted meanwhile."))
    return profile


def _objects(payload: Payload) -> Payload:
    """The payload with the rows that its references name, as the services take them. Raises UserMoved, ProfileGone."""
    found = dict(payload)
    for name, value in payload.items():
        match name:
            case "user":
                found[name] = _user(value)
            case "profile":
                found[name] = _profile(value)
            case "profiles":
                found[name] = [_profile(one) for one in value]
            case "move_to":
                found[name] = _profile(value) if value else None
    return found


def _revalidate(payload: Payload) -> None:
    _objects(payload)


def _execution(service: Callable[..., Any]) -> Callable[..., Any]:
    def execute(payload: Payload, *, actor: Actor, now: datetime, approval_id: int) -> Any:
        return service(**_objects(payload), actor=actor, now=now, approval_id=approval_id)

    return execute


def _preview(words: Any) -> Callable[[Payload], Any]:
    """The sentence with the payload's values: names of profiles, labels of rights."""

    def preview(payload: Payload) -> Any:
        shown = dict(payload)
        for name in ("rights", "give", "take"):
            if name in payload:
                shown[name] = ", ".join(str(known_rights().get(right, right)) for right in payload[name]) or "—"
        if "profiles" in payload:
            names = Profile.objects.filter(reference__in=payload["profiles"]).order_by("name").values_list("name", flat=True)
            shown["profiles"] = ", ".join(names) or "—"
        return str(words).format(**shown)

    return preview


def register() -> None:
    for code, label, words, service in (
        ("users.invite", _("Invite a user"), _("{first_name} {last_name} ({email}) is invited with the profiles {profiles}."), invite_user),
        ("users.invite_again", _("Invite a user again"), _("The user {user} is sent another invitation."), invite_again),
        ("users.set_profiles", _("Change a user's profiles"), _("The user {user} has the profiles {profiles} from then on."), set_profiles),
        (
            "users.set_organisations",
            _("Change a user's organisations"),
            _("The user {user} acts for other organisations from then on."),
            set_organisations,
        ),
        ("users.reactivate", _("Reactivate a user"), _("The user {user} may sign in again."), reactivate_user),
        ("profiles.create", _("Create a profile"), _("The profile {name} is created with: {rights}."), create_profile),
        ("profiles.edit", _("Change a profile's rights"), _("The profile {name} gets: {give}; it loses: {take}."), edit_profile),
        ("profiles.delete", _("Delete a profile"), _("The profile {profile} is deleted; its users get {move_to}."), delete_profile),
    ):
        register_approvable(Approvable(code, label, _preview(words), _revalidate, _execution(service)))
