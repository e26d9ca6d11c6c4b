"""Invitations: a mailed link that works once, for three days, where the person sets the password (USR-10)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right, UserStatus
from accounts.models import Profile, User
from accounts.services import granting
from accounts.services.users import UserMoved, add_user, email_is_free
from approvals.services import require
from audit.services import record
from core.actors import Actor
from core.errors import DomainError
from messaging.services import queue_mail

LIFETIME = timedelta(hours=72)
SALT = "accounts.invitation"


class InvitationVoid(DomainError):
    """The link was used, replaced or revoked, is too old, or never was one."""

    code = "invitation_void"


def invite_user(
    *,
    actor: Actor,
    now: datetime,
    face: str,
    email: str,
    first_name: str,
    last_name: str,
    phone: str = "",
    language: str = "en",
    profiles: Iterable[Profile],
    organisations: Iterable[int] = (),
    approval_id: int | None = None,
) -> User:
    """A new user with status Invited, and the mail with the link; no password travels (USR-10).

    Raises UnfitText, UnfitUser (422), EmailTaken (409), NotYours, RightNotHeld (403) with the field, ApprovalNeeded.
    """
    given = list(profiles)
    with email_is_free(), transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        of = granting.fit_organisations(actor, organisations, face=face)
        user = add_user(
            actor=actor, now=now, face=face, email=email, first_name=first_name, last_name=last_name, phone=phone, language=language,
            profiles=given, organisations=of, invited_at=now,
        )  # fmt: skip
        payload = {
            "face": face, "email": user.email, "first_name": user.first_name, "last_name": user.last_name, "phone": user.phone,
            "language": language, "profiles": sorted(profile.reference for profile in given), "organisations": sorted(of),
        }  # fmt: skip
        require(action="users.invite", actor=actor, payload=payload, approval_id=approval_id)
        _mail(user, now)
    return user


def invite_again(*, user: User, actor: Actor, now: datetime, approval_id: int | None = None) -> User:
    """Another link, for another three days; the one before stops. Also after the invitation was revoked. Raises UserMoved, NotYours,
    RightNotHeld, ApprovalNeeded."""
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        if not awaits_invitation(user):
            raise UserMoved(_("This account was taken into use already, or is deleted."))
        require(action="users.invite_again", actor=actor, payload={"user": user.reference}, approval_id=approval_id)
        user.is_active, user.invited_at = True, now
        user.save(update_fields=["is_active", "invited_at"])
        record(action="users.invited_again", actor=actor, subject=user, now=now)
        _mail(user, now)
    return user


def revoke_invitation(*, user: User, actor: Actor, now: datetime) -> User:
    """The link stops, and the account is deactivated before it was ever used. Raises UserMoved, NotYours, RightNotHeld."""
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        if user.status != UserStatus.INVITED:
            raise UserMoved(_("This invitation was accepted or revoked already."))
        user.is_active = False
        user.save(update_fields=["is_active"])
        record(action="users.invitation_revoked", actor=actor, subject=user, now=now, changes={"is_active": (True, False)})
    return user


def invited_user(token: str, *, now: datetime) -> User:
    """Whose link this is, while it works. Raises InvitationVoid."""
    try:
        reference, moment = signing.loads(token, salt=SALT)
        user = User.objects.get(reference=reference, status=UserStatus.INVITED)
        fits = user.invited_at is not None and user.invited_at.isoformat() == moment and now < user.invited_at + LIFETIME
    except (signing.BadSignature, ValueError, TypeError, User.DoesNotExist):
        fits = False
    if not fits:
        raise InvitationVoid(_("This invitation was used or revoked, is older than three days, or isn't whole."))
    return user


def accept_invitation(*, token: str, password: str, now: datetime) -> User:
    """Set the first password, which the rules have accepted; the link stops with it. Raises InvitationVoid."""
    with transaction.atomic(durable=True):
        granting.locked_user(invited_user(token, now=now))
        user = invited_user(token, now=now)  # read again behind the lock: of two that come at once the second is too late
        user.set_password(password)
        user.invited_at = None
        user.save(update_fields=["password", "invited_at"])
        record(action="users.invitation_accepted", actor=user, subject=user, now=now)
    return user


def awaits_invitation(user: User) -> bool:
    """Invited, or an invitation revoked before it was used."""
    return user.invited_at is not None and user.erased_at is None


def invitation_address(user: User) -> str:
    """For this sending alone: another one, the first password and a revocation make it void."""
    assert user.invited_at is not None
    token = signing.dumps([user.reference, user.invited_at.isoformat()], salt=SALT)
    return settings.BASE_URL.rstrip("/") + reverse("account_invitation", args=[token])


def _mail(user: User, now: datetime) -> None:
    queue_mail(
        template="accounts.invitation",
        to=user.email,
        language=user.language,
        context={
            "name": str(user),
            "login": user.email,
            "instance": str(settings.INSTANCE_NAME),
            "url": invitation_address(user),
            "hours": str(LIFETIME // timedelta(hours=1)),
        },
        subject=user,
        now=now,
    )
