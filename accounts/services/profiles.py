"""Profiles: the default ones brought up to what the apps register (USR-02), all of them created, edited, deleted (USR-03)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, Right
from accounts.models import Profile, User
from accounts.profiles import DEFAULT_PROFILES, MERCHANT_RIGHTS, default_rights
from accounts.services import granting
from approvals.services import require
from audit.services import record
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.registries import known_rights
from core.text import clean_line


class ProfileNameTaken(DomainError):
    code = "profile_name_taken"
    status = 409


class ProfileGone(DomainError):
    code = "profile_gone"


class UnfitProfile(DomainError):
    """A right that the face can't have, a default profile to be deleted, one in use without a place for its users."""

    code = "unfit_profile"
    status = 422


def sync_default_profiles(*, actor: Actor, now: datetime) -> list[str]:
    """Make each default profile and give it the rights that are new since the last time. Gives the names of those changed.

    Idempotent. A right that an administrator has taken away stays away; one that no app knows any more is taken from all.
    """
    changed = []
    with transaction.atomic(durable=True):
        for default in DEFAULT_PROFILES:
            profile, made = Profile.objects.select_for_update().get_or_create(
                name=default.name, defaults={"face": default.face, "is_default": True}
            )
            if not profile.is_default:
                continue  # somebody made a profile of this name before it was a default: it is theirs
            wanted = default_rights(default.code)
            rights = sorted((set(profile.rights) & set(known_rights())) | (wanted - set(profile.synced_rights)))
            if made or rights != sorted(profile.rights) or sorted(wanted) != profile.synced_rights:
                old, profile.rights, profile.synced_rights = profile.rights, rights, sorted(wanted)
                profile.save(update_fields=["rights", "synced_rights"])
                record(action="profiles.synced", actor=actor, subject=profile, now=now, changes={"rights": (old, rights)})
                changed.append(profile.name)
    return changed


def create_profile(*, name: str, face: str, rights: Iterable[str], actor: Actor, now: datetime, approval_id: int | None = None) -> Profile:
    """A new profile with these rights, also as a copy of another (USR-03).

    Raises UnfitText, UnfitProfile (422), ProfileNameTaken (409), NotYours, RightNotHeld (403), ApprovalNeeded.
    """
    with transaction.atomic(durable=True):
        actor = _begin(actor)
        name, wanted = _free_name(name), _fit_rights(rights, face)
        granting.within_own_rights(actor, wanted, field="rights")
        payload = {"name": name, "face": face, "rights": wanted}
        require(action="profiles.create", actor=actor, payload=payload, approval_id=approval_id)
        profile = Profile.objects.create(name=name, face=face, rights=wanted)
        changes = {"name": (None, name), "face": (None, face), "rights": (None, wanted)}
        record(action="profiles.created", actor=actor, subject=profile, now=now, changes=changes)
    return profile


def edit_profile(
    *,
    profile: Profile,
    name: str,
    give: Iterable[str] = (),
    take: Iterable[str] = (),
    actor: Actor,
    now: datetime,
    approval_id: int | None = None,
) -> Profile:
    """Another name, and rights given to and taken from everybody who has the profile, at their next request (USR-03).

    Nobody edits a profile that they have themselves, gives or takes a right that they don't hold, or leaves nobody who can give some
    right. A default profile keeps its name. Raises what `create_profile` raises, NobodyLeft, ProfileGone.
    """
    with transaction.atomic(durable=True):
        actor = _begin(actor)
        profile = _locked(profile)
        _not_own(actor, profile)
        name = profile.name if profile.is_default else _free_name(name, besides=profile)
        given = set(_fit_rights(give, profile.face)) - set(profile.rights)
        taken = set(take) & set(profile.rights) - given
        granting.within_own_rights(actor, given | taken & set(known_rights()), field="rights")
        if name == profile.name and not given and not taken:
            return profile
        payload = {"profile": profile.reference, "name": name, "give": sorted(given), "take": sorted(taken)}
        require(action="profiles.edit", actor=actor, payload=payload, approval_id=approval_id)
        old = {"name": profile.name, "rights": sorted(profile.rights)}
        with granting.someone_can_give_every_right():
            profile.name, profile.rights = name, sorted(set(profile.rights) - taken | given)
            profile.save(update_fields=["name", "rights"])
        changes = {field: (value, getattr(profile, field)) for field, value in old.items() if value != getattr(profile, field)}
        record(action="profiles.edited", actor=actor, subject=profile, now=now, changes=changes)
    return profile


def reset_profile(*, profile: Profile, actor: Actor, now: datetime, approval_id: int | None = None) -> Profile:
    """A default profile's rights as they came with the instance (USR-03). Raises what `edit_profile` raises."""
    give, take = difference_from_default(profile)
    return edit_profile(profile=profile, name=profile.name, give=give, take=take, actor=actor, now=now, approval_id=approval_id)


def difference_from_default(profile: Profile) -> tuple[set[str], set[str]]:
    """(what a reset would give, what it would take); nothing for a profile that is no default."""
    code = next((default.code for default in DEFAULT_PROFILES if default.name == profile.name and profile.is_default), "")
    wanted, held = (default_rights(code), set(profile.rights)) if code else (set(), set())
    return wanted - held, held - wanted


def delete_profile(
    *, profile: Profile, move_to: Profile | None = None, actor: Actor, now: datetime, approval_id: int | None = None
) -> None:
    """The profile goes; whoever has it gets `move_to` instead, which one in use can't do without (USR-03).

    A default profile stays: the next start would bring it back. Raises NotYours, RightNotHeld, NobodyLeft, UnfitProfile, ProfileGone,
    ApprovalNeeded.
    """
    with transaction.atomic(durable=True):
        actor = _begin(actor)
        profile = _locked(profile)
        _not_own(actor, profile)
        if profile.is_default:
            raise UnfitProfile(_("This profile comes with every instance. Take its rights away instead."))
        users = list(profile.users.order_by("id"))
        target = granting.fit_profiles([move_to], face=profile.face)[0] if move_to is not None and users else None
        if users and (target is None or target.pk == profile.pk):
            raise UnfitProfile(_("The profile is in use: choose the one that its users get instead."), field="move_to")
        granting.within_own_rights(actor, {*profile.rights, *(target.rights if target else ())} & set(known_rights()), field="move_to")
        payload = {"profile": profile.reference, "move_to": target.reference if target else ""}
        require(action="profiles.delete", actor=actor, payload=payload, approval_id=approval_id)
        with granting.someone_can_give_every_right():
            for user in users:
                names = sorted(user.profiles.values_list("name", flat=True))
                user.profiles.remove(profile)
                user.profiles.add(*filter(None, [target]))
                changes = {"profiles": (names, sorted(user.profiles.values_list("name", flat=True)))}
                record(action="users.profiles_set", actor=actor, subject=user, now=now, changes=changes)
            record(
                action="profiles.deleted", actor=actor, subject=profile, now=now,
                changes={"rights": (sorted(profile.rights), [])},
                details={"name": profile.name, "users_moved": len(users), "to": target.name if target else ""},
            )  # fmt: skip
            profile.delete()


def assignable_rights(face: str) -> set[str]:
    """What a profile of the face may hold: everything, or what the merchants' default profiles know."""
    known = set(known_rights())
    return known if face == Face.ISSUER else known & MERCHANT_RIGHTS


def _begin(actor: Actor) -> Actor:
    """Profiles are the whole instance's. Raises NotYours."""
    actor = granting.begin(actor, Right.PROFILES_EDIT)
    if actor.organisation_ids is not None:
        raise granting.NotYours(_("Profiles are for everybody: only an administrator who sees all organisations changes them."))
    return actor


def _locked(profile: Profile) -> Profile:
    try:
        return lock(Profile.objects.all(), pk=profile.pk)
    except Profile.DoesNotExist:
        raise ProfileGone(_("This profile was deleted meanwhile.")) from None


def _not_own(actor: Actor, profile: Profile) -> None:
    if isinstance(actor, User) and actor.profiles.filter(pk=profile.pk).exists():
        raise granting.NotYours(_("You have this profile yourself. Ask another administrator to change it."))


def _free_name(name: str, *, besides: Profile | None = None) -> str:
    name = clean_line(name, maximum=60, field="name", required=True)
    if Profile.objects.filter(name__iexact=name).exclude(pk=besides.pk if besides else None).exists():
        raise ProfileNameTaken(_("Another profile has this name."), field="name")
    return name


def _fit_rights(rights: Iterable[str], face: str) -> list[str]:
    if face not in Face.values:
        raise UnfitProfile(_("A profile is of one face."), field="face")
    wanted = set(rights)
    if wanted - assignable_rights(face):
        raise UnfitProfile(_("A profile of this face can't hold some of these rights."), field="rights")
    return sorted(wanted)
