"""Clients' passwords: at least 10 characters, argon2, not common; a mail leads to a page that sets a new one (CLI-03, CLI-11)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import ThrottleKind
from accounts.passwords import LONGEST, NotOwnData, is_common
from accounts.throttles import Claim, claim
from audit.services import record
from clients.enums import Channel, ClientStatus, SessionEnd
from clients.models import Client, Credential
from clients.services.contacts import mark_verified
from clients.services.sessions import SIGN_IN, account_of, confirm_password, end_sessions, forget_tries
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from messaging.services import queue_mail

SHORTEST = 10
MAY_SIGN_IN = (ClientStatus.CREATED, ClientStatus.ACTIVE, ClientStatus.FROZEN)


class UnfitPassword(DomainError):
    """Too short, too long, common, or like one's own data."""

    code = "unfit_password"
    status = 422


class LinkVoid(DomainError):
    """Used, older than an hour, or never given out."""

    code = "link_void"
    status = 410


class NoMailForThis(DomainError):
    """No link can be sent to this client now."""

    code = "no_reset_mail"


class _Links(PasswordResetTokenGenerator):
    """A link of this client's present password, address and status: when one of them changes it is void."""

    key_salt = "clients.services.passwords"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        credential = Credential.objects.filter(client_id=user.pk).first()
        return f"{user.pk}{credential.password if credential else ''}{timestamp}{user.email}{user.status}"


LINKS = _Links()


def fit_password(password: str, *, of: Client, field: str = "password") -> str:
    """The password where it keeps the rules. Raises UnfitPassword, with the field at fault."""
    if not SHORTEST <= len(password) <= LONGEST:
        message = _("%(least)d to %(most)d characters.") % {"least": SHORTEST, "most": LONGEST}
        raise UnfitPassword(message, field=field)
    if is_common(password):
        raise UnfitPassword(_("This password is common, or made of common ones: it would be tried first."), field=field)
    try:
        OWN_DATA.validate(password, of)
    except ValidationError as error:
        raise UnfitPassword(" ".join(error.messages), field=field) from error
    return password


class _OwnData(NotOwnData):
    def __init__(self) -> None:
        super().__init__()
        self.user_attributes = (*self.user_attributes, "company_name")


OWN_DATA = _OwnData()


def change_password(*, client: Client, old: str, new: str, address: str, session_id: int, now: datetime) -> None:
    """The client changes its own; its other sessions end, and a mail says so. Raises WrongPassword (tries are counted as at sign-in),
    UnfitPassword."""
    confirm_password(client=client, password=old, address=address, now=now)
    fit_password(new, of=client, field="new_password")
    if new == old:
        raise UnfitPassword(_("This is the password you have now. Choose another."), field="new_password")
    with transaction.atomic(durable=True):
        locked = lock(Client.objects.all(), pk=client.pk)
        set_password(client=locked, password_hash=make_password(new), actor=locked, now=now, keep_session=session_id)
        _say_changed(locked, now)


@transaction.atomic(savepoint=False)
def set_password(*, client: Client, password_hash: str, actor: Actor, now: datetime, keep_session: int | None = None) -> None:
    """Set the password of the client, locked by the caller; every session but one ends."""
    Credential.objects.update_or_create(client=client, defaults={"password": password_hash, "changed_at": now})
    end_sessions(client_ids=[client.pk], end=SessionEnd.PASSWORD, now=now, keep=keep_session)
    record(action="clients.password_set", actor=actor, subject=client, now=now)


def send_reset_mail(*, client: Client, actor: Actor, now: datetime) -> None:
    """Mail the link to a new password: once, for an hour (CLI-03, CLI-11). Raises NoMailForThis for a client that can't sign in, a test
    client, and after five an hour."""
    with transaction.atomic(durable=True):
        locked = lock(Client.objects.all(), pk=client.pk)
        if locked.status not in MAY_SIGN_IN:
            raise NoMailForThis(_("This client can't sign in, so a new password would be of no use."))
        if locked.is_test:
            raise NoMailForThis(_("It is a test client: its address may be a live client's, so no mail is sent."))
        if not queue_reset_mail(client=locked, actor=actor, now=now):
            raise NoMailForThis(_("Five mails went out within an hour. Wait until the first of them is older."))


@transaction.atomic(savepoint=False)
def queue_reset_mail(*, client: Client, actor: Actor, now: datetime, template: str = "clients.password_reset") -> bool:
    """As above, inside the caller's transaction and without errors; whether a mail goes out. `template` is another mail with the
    same link."""
    if client.status not in MAY_SIGN_IN or client.is_test:
        return False
    if not claim([Claim(ThrottleKind.RESET, account_of(client.email, client.is_test))], now=now).allowed:
        return False
    record(action="clients.reset_requested", actor=actor, subject=client, now=now)
    context = {"name": str(client), "url": reset_address(client), "hours": str(settings.PASSWORD_RESET_TIMEOUT // 3600)}
    queue_mail(template=template, to=client.email, language=client.language, context=context, subject=client, now=now)
    return True


def reset_address(client: Client) -> str:
    """It begins with BASE_URL, whatever host a request named (A7)."""
    return settings.BASE_URL.rstrip("/") + reverse("client-password", args=[client.reference, LINKS.make_token(client)])


def client_of_link(reference: str, token: str) -> Client:
    """Whose link this is; looking at it uses nothing up. Raises LinkVoid."""
    client = Client.objects.filter(reference=reference).first()
    if client is None or client.status not in MAY_SIGN_IN or not LINKS.check_token(client, token):
        raise LinkVoid(_("This link was used, or is older than an hour."))
    return client


def set_by_link(*, reference: str, token: str, password: str, now: datetime) -> Client:
    """The link's one use. Whoever follows it reads the mailbox: the e-mail address is verified by that, and the count of wrong
    tries starts afresh. Raises LinkVoid, UnfitPassword."""
    fit_password(password, of=client_of_link(reference, token))
    password_hash = make_password(password)
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), reference=reference)
        client_of_link(reference, token)  # of two at once the second finds another password
        set_password(client=client, password_hash=password_hash, actor=client, now=now)
        mark_verified(client=client, channel=Channel.EMAIL, actor=SIGN_IN, now=now)
        forget_tries(client)
        _say_changed(client, now)
    return client


def _say_changed(client: Client, now: datetime) -> None:
    if not client.is_test:
        context = {"name": str(client)}
        queue_mail(template="clients.password_changed", to=client.email, language=client.language, context=context, subject=client, now=now)
