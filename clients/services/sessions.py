"""Clients sign in by the API: counted, equally slow and equally worded whatever is wrong; a token bound to the channel's key (CLI-11)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import ThrottleKind
from accounts.models import SignInThrottle
from accounts.throttles import Claim, account_key, address_key, claim, clear, is_locked
from audit.services import record
from clients.enums import ClientStatus, SessionEnd
from clients.models import Client, ClientSession, Credential
from clients.selectors import client_by_login
from core import instance
from core.actors import Actor, SystemActor
from core.errors import DomainError
from core.text import UnfitText, clean_email, clean_line
from core.tokens import FORM, fits, hash_of, new_prefix, new_secret

SIGN_IN = SystemActor("client sign-in")
SHAPE = re.compile(rf"(cst_[0-9A-Z]{{12}})_({FORM})", re.ASCII)
USE_NOTED_EVERY = timedelta(minutes=1)
KEPT = timedelta(days=400)


class SignInFailed(DomainError):
    """Unknown, wrong, locked, not verified, blocked or deactivated: they are not told apart."""

    code = "sign_in_failed"
    status = 401


class WrongPassword(DomainError):
    """Not the client's password, or tried too often: they are not told apart."""

    code = "wrong_password"
    status = 403


class TokenInvalid(DomainError):
    """Never given out, ended, too old, of another key, or of a client that may not sign in any more."""

    code = "client_token_invalid"
    status = 401


@dataclass(frozen=True)
class Key:
    """By whose key a client signs in; keys stand beside clients in the house, so their class isn't known here."""

    id: int
    reference: str
    is_test: bool


def sign_in(*, key: Key, email: str, password: str, address: str, device: str = "", now: datetime) -> tuple[ClientSession, str]:
    """A session and its token, which nobody can show again. Every refusal costs the same statements and one password hash; after five
    wrong tries an account, and after five accounts an address, waits for 15 minutes (ACC-05). Raises SignInFailed, UnfitText.
    """
    label = clean_line(device, maximum=80, field="device")
    client = _find(email, key.is_test)
    if not _claimed(email, key.is_test, address, client, password, now):
        raise SignInFailed(REFUSED)
    with transaction.atomic(durable=True):
        # The row is read again with a lock: who was blocked a moment ago doesn't slip in.
        locked = Client.objects.select_for_update(no_key=True).filter(pk=client.pk if client else 0).first()
        if locked is None or not may_sign_in(locked):
            raise SignInFailed(REFUSED)
        prefix, secret = new_prefix("cst_", length=12), new_secret()
        session = ClientSession.objects.create(
            client=locked, prefix=prefix, secret_hash=hash_of(secret), key_id=key.id, key_reference=key.reference, device=label,
            address=address[:45], created_at=now, last_used_at=now, expires_at=now + timedelta(days=instance.value("clients.session_days")),
        )  # fmt: skip
        Credential.objects.filter(client=locked).update(last_sign_in_at=now)
        record(
            action="clients.signed_in", actor=locked, subject=locked, now=now, details={"session": session.reference, "key": key.reference}
        )
    return session, f"{prefix}_{secret}"


REFUSED = _("E-mail address and password don't fit, or this client can't sign in now. After five wrong tries it waits for 15 minutes.")


def may_sign_in(client: Client) -> bool:
    """Active, frozen, or on the way to Active with a verified address; never before: it would tell who has signed up (CLI-04)."""
    if client.status == ClientStatus.CREATED:
        return client.email_verified_at is not None
    return client.status in (ClientStatus.ACTIVE, ClientStatus.FROZEN)


def confirm_password(*, client: Client, password: str, address: str, now: datetime) -> None:
    """The password asked again of somebody signed in: the same count and the same lock. Raises WrongPassword."""
    if not _claimed(client.email, client.is_test, address, client, password, now):
        raise WrongPassword(_("This is not your password. After five wrong tries it waits for 15 minutes."), field="password")


def session_of(raw: str, *, key: Key, now: datetime) -> ClientSession:
    """The session of this token, with its client, for a call by the key that it was given to. One statement; its use is noted at
    most once a minute. Raises TokenInvalid."""
    match = SHAPE.fullmatch(raw)
    session = ClientSession.objects.select_related("client").filter(prefix=match[1]).first() if match else None
    is_right = fits(match[2] if match else "", session.secret_hash if session else None)
    if (
        session is None
        or not is_right
        or session.key_id != key.id
        or session.client.is_test != key.is_test
        or not is_open(session, now)
        or not may_sign_in(session.client)
    ):
        raise TokenInvalid(_("Sign the client in again: this token has ended, or belongs to another key."))
    if session.last_used_at <= now - USE_NOTED_EVERY:
        ClientSession.objects.filter(pk=session.pk, last_used_at__lte=now - USE_NOTED_EVERY).update(last_used_at=now)
        session.last_used_at = now
    return session


def is_open(session: ClientSession, now: datetime) -> bool:
    return session.ended_at is None and now < session.expires_at and now < session.last_used_at + idle_time()


def open_sessions(now: datetime) -> Q:
    """As `is_open`, for a queryset of sessions."""
    return Q(ended_at__isnull=True, expires_at__gt=now, last_used_at__gt=now - idle_time())


def idle_time() -> timedelta:
    return timedelta(hours=instance.value("clients.session_idle_hours"))


@transaction.atomic(savepoint=False)
def end_sessions(*, client_ids: Collection[int], end: SessionEnd, now: datetime, keep: int | None = None) -> int:
    """End every open session of the clients but one, in the caller's transaction. The caller's own event says why. How many."""
    rows = ClientSession.objects.filter(client_id__in=client_ids, ended_at__isnull=True)
    return _end(rows if keep is None else rows.exclude(pk=keep), end, now)


def end_session(*, session: ClientSession, end: SessionEnd, actor: Actor, now: datetime) -> bool:
    """End one session: by the client itself or an administrator. False where it had ended."""
    with transaction.atomic(durable=True):
        ended = bool(_end(ClientSession.objects.filter(pk=session.pk, ended_at__isnull=True), end, now))
        if ended:
            record(
                action="clients.session_ended", actor=actor, subject=session.client, now=now,
                details={"session": session.reference, "end": str(end)},
            )  # fmt: skip
    return ended


def revoke_sessions(*, client: Client, actor: Actor, now: datetime, keep: int | None = None, comment: str = "") -> int:
    """An administrator ends all of a client's sessions, or the client itself all but the one it uses. How many were open."""
    with transaction.atomic(durable=True):
        ended = end_sessions(client_ids=[client.pk], end=SessionEnd.REVOKED, now=now, keep=keep)
        if ended:
            record(action="clients.sessions_revoked", actor=actor, subject=client, now=now, details={"sessions": ended}, comment=comment)
    return ended


def locked_until(client: Client, now: datetime) -> datetime | None:
    """Until when sign-in waits after too many wrong tries (ACC-05)."""
    row = SignInThrottle.objects.filter(kind=ThrottleKind.ACCOUNT, key=account_of(client.email, client.is_test)).first()
    return row.locked_until if row is not None and is_locked(row, now) else None


def forget_tries(client: Client) -> None:
    SignInThrottle.objects.filter(kind=ThrottleKind.ACCOUNT, key=account_of(client.email, client.is_test)).delete()


def account_of(email: str, is_test: bool) -> str:
    """What stands for a client's login among those who sign in: people of the back office may have the same address."""
    return account_key(f"client {'test' if is_test else 'live'} {email.strip()}")


def forget_old_sessions(*, now: datetime) -> int:
    """Delete sessions that began long ago and can't be used any more. How many."""
    return ClientSession.objects.filter(created_at__lt=now - KEPT).exclude(open_sessions(now)).delete()[0]


def _claimed(email: str, is_test: bool, address: str, client: Client | None, password: str, now: datetime) -> bool:
    """Count a try before it is made, then compare: one hash in every case."""
    account = account_of(email, is_test)
    claims = [
        Claim(ThrottleKind.ACCOUNT, account),
        Claim(ThrottleKind.ADDRESS, f"client {address_key(address)}"[:64], counted=account),
    ]
    verdict = claim(claims, now=now)
    credential = Credential.objects.filter(client_id=client.pk if client else 0).first()
    if credential is None:
        make_password(password)
        knows = False
    else:
        knows = check_password(password, credential.password)
    if verdict.allowed and knows and client is not None and may_sign_in(client):
        clear(claims)
        return True
    if verdict.last and client is not None:
        with transaction.atomic():
            record(action="clients.locked", actor=SIGN_IN, subject=client, now=now, details={"minutes": 15})
    return False


def _find(email: str, is_test: bool) -> Client | None:
    try:
        return client_by_login(clean_email(email), is_test=is_test)
    except UnfitText:
        return None


def _end(rows: QuerySet[ClientSession], end: SessionEnd, now: datetime) -> int:
    return rows.update(ended_at=now, end=end)
