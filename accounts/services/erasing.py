"""Deleting a user completely: the account and all personal data go, what was done stays under a pseudonym (USR-11, AUD-05)."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right, UserStatus
from accounts.models import SignInThrottle, User
from accounts.services import granting
from accounts.services.sessions import end_sessions
from accounts.services.users import UserMoved
from audit.services import forget, record
from core.actors import Actor
from core.registries import extensions
from messaging.services import forget_person


def erase_user(*, user: User, actor: Actor, now: datetime) -> User:
    """For ever: names, login, phone number, password, factors, sessions, profiles, memberships, mails and the personal values of the
    account's events go. The row stays under its reference, which its events name; the login is free again.

    Not one's own, nor the last administrator's. Higher apps follow in the same transaction with what they keep of a person:
    `extend("accounts.services.erase_user", "follow", function(user=…))`. Raises NotYours, RightNotHeld, NobodyLeft, UserMoved.
    """
    with transaction.atomic(durable=True):
        actor = granting.begin(actor, Right.USERS_EDIT)
        user = granting.locked_user(user)
        granting.within_reach(actor, user)
        if user.status == UserStatus.DELETED:
            raise UserMoved(_("This account is deleted already."))
        organisation, address = user.organisation_reference, user.email
        end_sessions(user=user, actor=actor, now=now)
        with granting.someone_can_give_every_right():
            _empty(user, now)
        for follow in extensions("accounts.services.erase_user", "follow"):
            follow(user=user)
        forget_person(person=user, address=address)
        forget(user)
        record(action="users.erased", actor=actor, subject=user, now=now, organisation=organisation)
    return user


def _empty(user: User, now: datetime) -> None:
    user.email = f"{user.reference.lower()}@deleted.invalid"  # a name that no mail server can have (RFC 2606)
    user.first_name = user.last_name = user.phone = ""
    user.is_active, user.erased_at, user.invited_at, user.last_login = False, now, None, None
    user.set_unusable_password()
    user.save()
    user.profiles.clear()
    user.memberships.all().delete()
    Authenticator.objects.filter(user_id=user.pk).delete()
    SignInThrottle.objects.filter(user=user).delete()
