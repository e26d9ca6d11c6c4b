"""What a client who has signed in does with its own profile (CLI-10, CLI-11)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.enums import Channel
from clients.models import Client
from clients.services.codes import CodeInvalid, TooManyCodes, send_code, try_code
from clients.services.contacts import VERIFIED, use_code
from clients.services.profile import edit_client
from clients.services.sessions import confirm_password
from core.errors import DomainError
from core.locks import lock

IDENTITY = ("first_name", "last_name", "birth_date", "company_name", "registration_number")
CONTACTS = ("email", "phone")
PROVEN = 2  # the level from which documents have proved the identity


class IdentityVerified(DomainError):
    """What documents have proved isn't changed by the client alone."""

    code = "identity_verified"


class PasswordNeeded(DomainError):
    code = "password_needed"
    status = 422


class PhoneNeeded(DomainError):
    code = "phone_needed"
    status = 422


class AlreadyVerified(DomainError):
    code = "already_verified"


def change_profile(*, client: Client, password: str | None, address: str, now: datetime, **changes: Any) -> Client:
    """Change what the client says of itself; another e-mail address or phone number needs the password, and the old address is told
    of a new one. Raises IdentityVerified, PasswordNeeded, WrongPassword, PhoneNeeded, and what `edit_client` raises."""
    wanted = {name: value for name, value in changes.items() if value != getattr(client, name)}
    if client.verification_level >= PROVEN and (proven := [name for name in IDENTITY if name in wanted]):
        raise IdentityVerified(_("Your documents have proved this. Write to our support to change it."), field=proven[0])
    if any(name in wanted for name in CONTACTS):
        if not wanted.get("phone", "set"):
            raise PhoneNeeded(_("A phone number is needed: codes go there."), field="phone")
        if not password:
            raise PasswordNeeded(_("Another e-mail address or phone number needs the password."), field="password")
        confirm_password(client=client, password=password, address=address, now=now)
    return edit_client(client=client, actor=client, now=now, **wanted)


def ask_code(*, client: Client, channel: str, now: datetime) -> None:
    """Another code to where the client is reached now. Raises AlreadyVerified, TooManyCodes."""
    with transaction.atomic(durable=True):
        locked = lock(Client.objects.all(), pk=client.pk)
        if getattr(locked, VERIFIED[Channel(channel)]) is not None:
            raise AlreadyVerified(_("This is verified already."), field="channel")
        if not send_code(client=locked, channel=channel, now=now, apart=True):
            raise TooManyCodes(_("One code a minute and five an hour go to one place. Wait a little."), field="channel")


def verify(*, client: Client, channel: str, code: str, now: datetime) -> Client:
    """A code proves the channel; with both the client is at level 1 at least. Raises CodeInvalid."""
    found = try_code(channel=channel, code=code, now=now, client=client)
    with transaction.atomic(durable=True):
        verified = use_code(found=found, actor=client, now=now)
        if verified is None:
            raise CodeInvalid(_("This code doesn't fit any more. Ask for another."), field="code")
    return verified
