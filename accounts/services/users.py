"""Making users, editing them, giving them profiles and organisations, ending and restoring their access (USR-10, USR-11)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, Right, UserStatus
from accounts.models import Profile, User
from accounts.services import granting
from accounts.services.sessions import end_sessions
from approvals.services import require
from audit.services import record
from core.actors import Actor
from core.constraints import broken
from core.errors import DomainError
from core.text import clean_email, clean_line, clean_phone

PERSONAL = ("email", "first_name", "last_name", "phone")


class EmailTaken(DomainError):
    code = "email_taken"
    status = 409


class UnfitUser(DomainError):
    """An unknown face or language, a password against the rules."""

    code = "unfit_user"
    status = 422


class UserMoved(DomainError):
    """The account is not in the state that this is for: somebody was faster."""

    code = "user_moved"


def create_user(
    *,
    actor: Actor,
    now: datetime,
    face: str,
    email: str,
    first_name: str,
    last_name: str,
    phone: str = "",
    language: str = "en",
    profiles: Iterable[Profile] = (),
    password: str | None = None,
) -> User:
    """A new active user of one face, for set-up and demo; people are invited (`invite_user`). Without `password` nobody can sign in
    before the reset mail's link was used. Raises what `add_user` raises."""
    with email_is_free(), transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        return add_user(
            actor=actor, now=now, face=face, email=email, first_name=first_name, last_name=last_name, phone=phone, language=language,
            profiles=profiles, password=password,
        )  # fmt: skip


def add_user(
    *,
    actor: Actor,
    now: datetime,
    face: str,
    email: str,
    first_name: str,
    last_name: str,
    phone: str,
    language: str,
    profiles: Iterable[Profile],
    password: str | None = None,
    organisations: frozenset[int] = frozenset(),
    invited_at: datetime | None = None,
) -> User:
    """The row with its profiles, memberships and event, under the lock of `granting.begin`.

    Nobody gives a right that they don't hold (USR-03). Raises UnfitText, UnfitUser (422), NotYours, RightNotHeld with the field.
    """
    if face not in Face.values:
        raise UnfitUser(_("A user is of one face."), field="face")
    given = granting.fit_profiles(profiles, face=face)
    granting.within_own_rights(actor, (right for profile in given for right in profile.rights), field="profiles")
    user = User(
        face=face, created_at=now, email=clean_email(email), invited_at=invited_at, **fit_person(first_name, last_name, phone, language)
    )
    try:
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        raise UnfitUser(" ".join(error.messages), field="password") from error
    user.set_password(password)
    user.save(force_insert=True)
    user.profiles.add(*given)
    for organisation_id in sorted(organisations):
        user.memberships.create(organisation_id=organisation_id)
    changes = {"face": (None, face), "profiles": (None, [profile.name for profile in given])}
    if organisations:
        changes["organisations"] = (None, organisation_references(user))
    record(
        action="users.invited" if invited_at else "users.created", actor=actor, subject=user, now=now, changes=changes,
        personal={name: (None, value) for name in PERSONAL if (value := getattr(user, name))},
    )  # fmt: skip
    return user


@contextmanager
def email_is_free() -> Iterator[None]:
    """Around a transaction: its refusal of a second account with one address, in words. Raises EmailTaken (409)."""
    try:
        yield
    except IntegrityError as error:
        if broken(error) == "user_email_unique":
            raise EmailTaken(_("Another user has this e-mail address."), field="email") from error
        raise


def fit_person(first_name: str, last_name: str, phone: str, language: str) -> dict[str, str]:
    """What may be edited of a person, cleaned. Raises UnfitText, UnfitUser with the field."""
    if language not in dict(settings.LANGUAGES):
        raise UnfitUser(_("Choose one of the languages of this instance."), field="language")
    return {
        "first_name": clean_line(first_name, maximum=80, field="first_name", required=True),
        "last_name": clean_line(last_name, maximum=80, field="last_name", required=True),
        "phone": clean_phone(phone),
        "language": language,
    }


def organisation_references(user: User) -> list[str]:
    return list(user.memberships.order_by("organisation__reference").values_list("organisation__reference", flat=True))


def edit_user(*, user: User, first_name: str, last_name: str, phone: str, language: str, actor: Actor, now: datetime) -> User:
    """Another name, phone number or language of mails; the login stays (USR-11). Raises UnfitText, UnfitUser, UserMoved."""
    values = fit_person(first_name, last_name, phone, language)
    with transaction.atomic(durable=True):
        user = granting.locked_user(user)
        if user.status == UserStatus.DELETED:
            raise UserMoved(_("This account is deleted."))
        old = {name: getattr(user, name) for name, value in values.items() if getattr(user, name) != value}
        if not old:
            return user
        for name in old:
            setattr(user, name, values[name])
        user.save(update_fields=list(old))
        record(
            action="users.edited", actor=actor, subject=user, now=now,
            changes={name: (value, values[name]) for name, value in old.items() if name not in PERSONAL},
            personal={name: (value, values[name]) for name, value in old.items() if name in PERSONAL},
        )  # fmt: skip
    return user


def set_profiles(*, user: User, profiles: Iterable[Profile], actor: Actor, now: datetime, approval_id: int | None = None) -> User:
    """Give the user exactly these profiles (USR-10); what is lost bites at the user's next request.

    Nobody changes their own, gives or takes what they don't hold, or leaves nobody who can give some right (USR-03).
    Raises NotYours, RightNotHeld, NobodyLeft, UserMoved, ApprovalNeeded.
    """
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        wanted = granting.fit_profiles(profiles, face=user.face)
        granting.within_own_rights(actor, (right for profile in wanted for right in profile.rights), field="profiles")
        if user.status == UserStatus.DELETED:
            raise UserMoved(_("This account is deleted."))
        old = list(user.profiles.order_by("name"))
        if old == wanted:
            return user
        payload = {"user": user.reference, "profiles": [profile.reference for profile in wanted]}
        require(action="users.set_profiles", actor=actor, payload=payload, approval_id=approval_id)
        with granting.someone_can_give_every_right():
            user.profiles.set(wanted)
        names = [profile.name for profile in old], [profile.name for profile in wanted]
        record(action="users.profiles_set", actor=actor, subject=user, now=now, changes={"profiles": names})
    return user


def set_organisations(*, user: User, organisations: Iterable[int], actor: Actor, now: datetime, approval_id: int | None = None) -> User:
    """The organisations that a merchant's person acts for, or that an administrator is restricted to; none: not restricted (USR-04).

    Raises NotYours, RightNotHeld, NobodyLeft, UserMoved, ApprovalNeeded.
    """
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        wanted = granting.fit_organisations(actor, organisations, face=user.face)
        if user.status == UserStatus.DELETED:
            raise UserMoved(_("This account is deleted."))
        held = granting.organisations_of(user)
        if held == wanted:
            return user
        payload = {"user": user.reference, "organisations": sorted(wanted)}
        require(action="users.set_organisations", actor=actor, payload=payload, approval_id=approval_id)
        old, of_old = organisation_references(user), user.organisation_reference
        with granting.someone_can_give_every_right():
            user.memberships.filter(organisation_id__in=held - wanted).delete()
            for organisation_id in sorted(wanted - held):
                user.memberships.create(organisation_id=organisation_id)
        record(
            action="users.organisations_set", actor=actor, subject=user, now=now, organisation=user.organisation_reference or of_old,
            changes={"organisations": (old, organisation_references(user))},
        )  # fmt: skip
    return user


def deactivate_user(*, user: User, actor: Actor, now: datetime, comment: str = "") -> User:
    """End the user's access; the sessions end at once (USR-11). Not one's own, nor the last administrator's.

    Raises NotYours, RightNotHeld, NobodyLeft, UserMoved.
    """
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        if user.status != UserStatus.ACTIVE:
            raise UserMoved(_("This account isn't active."))
        with granting.someone_can_give_every_right():
            user.is_active = False
            user.save(update_fields=["is_active"])
        end_sessions(user=user, actor=actor, now=now)
        record(action="users.deactivated", actor=actor, subject=user, now=now, changes={"is_active": (True, False)}, comment=comment)
    return user


def reactivate_user(*, user: User, actor: Actor, now: datetime, approval_id: int | None = None) -> User:
    """The user may sign in again, with the rights that the profiles give now (USR-11). Raises NotYours, RightNotHeld, UserMoved,
    ApprovalNeeded."""
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        if user.status != UserStatus.DEACTIVATED or user.invited_at is not None:
            raise UserMoved(_("This account isn't deactivated, or was never used: invite the person again."))
        require(action="users.reactivate", actor=actor, payload={"user": user.reference}, approval_id=approval_id)
        user.is_active = True
        user.save(update_fields=["is_active"])
        record(action="users.reactivated", actor=actor, subject=user, now=now, changes={"is_active": (False, True)})
    return user
