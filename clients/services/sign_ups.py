"""Sign-up by the API, and what else somebody asks for who hasn't signed in (CLI-10).

A call only stores what was asked, so it takes the same time and says the same for every address; a job answers it. Whatever
happens to the message or the worker, the row waits for the next one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from clients.enums import Channel, ClientStatus, RequestKind
from clients.models import AccessRequest, Client, Credential, VerificationCode
from clients.selectors import client_by_login
from clients.services.codes import CodeInvalid, close_codes, send_code, stand_in, try_code
from clients.services.contacts import use_code
from clients.services.levels import set_verification_level
from clients.services.passwords import fit_password, queue_reset_mail, set_password
from clients.services.profile import IMPERSONAL, PERSONAL, fit_profile, open_client, personal_changes
from core.actors import ActorType, SystemActor
from core.errors import DomainError
from core.locks import lock, lock_name
from core.tasks import enqueue
from core.text import UnfitText, clean_email
from core.tokens import hash_of, new_secret

log = structlog.get_logger()
SIGN_UP = SystemActor("sign-up")
GOOD_FOR = timedelta(hours=24)  # a sign-up that nobody has verified
KEPT = timedelta(days=2)
PATIENCE = timedelta(seconds=5)  # what is younger has its own message on the way


@dataclass(frozen=True)
class ChannelKey:
    """Whose key asked, kept with the request so that what follows names it as the one who acted."""

    actor_id: str
    actor_label: str
    is_test: bool
    actor_type: str = ActorType.API_KEY
    organisation_ids: frozenset[int] | None = None

    def has_right(self, right: str) -> bool:
        return False


def ask_sign_up(*, key: ChannelKey, now: datetime, password: str, type: str, **fields: Any) -> str:  # noqa: A002
    """Take a sign-up, and give the text by which its codes are sent and verified. What is wrong with the data is said at once, whether
    the address is known is not. Raises UnfitText, ClientDataMisfit, UnfitPassword."""
    values = fit_profile(type, now, **fields)
    if not values["phone"]:
        raise UnfitText(_("A phone number is needed: a code goes there."), field="phone")
    fit_password(password, of=Client(**values))
    data = {
        **values,
        "birth_date": values["birth_date"] and values["birth_date"].isoformat(),
        "type": type,
        "password": make_password(password),
    }
    secret = new_secret()
    _take(RequestKind.SIGN_UP, key, data, now, secret_hash=hash_of(secret))
    return secret


def ask_code(*, key: ChannelKey, sign_up: str, channel: str, now: datetime) -> None:
    """Take the wish for another code of a sign-up. At most one a minute and five an hour go out; the answer is always the same."""
    _take(RequestKind.CODE, key, {"sign_up": hash_of(sign_up), "channel": channel}, now)


def ask_password(*, key: ChannelKey, email: str, now: datetime) -> None:
    """Take the wish for a link to a new password (CLI-11). The answer is always the same. Raises UnfitText for what is no address."""
    _take(RequestKind.PASSWORD, key, {"email": clean_email(email)}, now)


def verify(*, sign_up: str, channel: str, code: str, now: datetime) -> Client:
    """A code of a sign-up: it proves the channel, and both make the client Active. Raises CodeInvalid."""
    request = AccessRequest.objects.filter(secret_hash=hash_of(sign_up), kind=RequestKind.SIGN_UP, received_at__gt=now - GOOD_FOR).first()
    found = try_code(channel=channel, code=code, now=now, request=request or AccessRequest(pk=0))
    with transaction.atomic(durable=True):
        client = use_code(found=found, actor=None, now=now) if found.client_id else None
        if client is None:
            raise CodeInvalid(_("This code doesn't fit any more. Ask for another."), field="code")
    return client


def answer(request_id: int, *, now: datetime) -> bool:
    """Do what a request asks for, once; False where it was answered before. What was sent is forgotten then."""
    with transaction.atomic(durable=True):
        request = AccessRequest.objects.select_for_update(no_key=True).filter(pk=request_id, answered_at__isnull=True).first()
        if request is None:
            return False
        ANSWERS[RequestKind(request.kind)](request, now)
        request.data, request.answered_at = {}, now
        request.save(update_fields=["data", "answered_at", "client"])
    return True


def sweep(*, now: datetime, limit: int = 500) -> int:
    """Answer what waits although its time has come. How many were answered."""
    waiting = AccessRequest.objects.filter(answered_at__isnull=True, received_at__lte=now - PATIENCE)
    waiting.filter(received_at__lte=now - GOOD_FOR).update(answered_at=now, data={})  # too late: nobody waits for it any more
    answered = 0
    for request_id in waiting.order_by("id").values_list("pk", flat=True)[:limit]:
        try:
            answered += answer(request_id, now=now)
        except (DatabaseError, DomainError) as error:  # the next ones don't wait for it; this one is tried again
            log.warning("access_request_waits", request=request_id, error=str(error))
    return answered


def forget_old(*, now: datetime) -> int:
    """Delete codes and requests that nobody can use any more. How many."""
    codes = VerificationCode.objects.filter(created_at__lt=now - KEPT).delete()[0]
    return codes + AccessRequest.objects.filter(received_at__lt=now - KEPT, answered_at__isnull=False).delete()[0]


def _take(kind: RequestKind, key: ChannelKey, data: dict[str, Any], now: datetime, secret_hash: str | None = None) -> None:
    with transaction.atomic(durable=True):
        request = AccessRequest.objects.create(
            kind=kind, secret_hash=secret_hash, is_test=key.is_test, data=data, received_at=now,
            channel={"actor_id": key.actor_id, "actor_label": key.actor_label},
        )  # fmt: skip
        enqueue("clients.tasks.answer_request", request_id=request.pk)


def _sign_up(request: AccessRequest, now: datetime) -> None:
    data: dict[str, Any] = dict(request.data)
    kind, password_hash = data.pop("type"), data.pop("password")
    data["birth_date"] = data["birth_date"] and date.fromisoformat(data["birth_date"])
    actor = ChannelKey(**request.channel, is_test=request.is_test)
    lock_name(f"client sign-up {data['email']}")  # two at once: the second finds what the first made
    known = client_by_login(data["email"], is_test=request.is_test)
    if known is None:
        client = open_client(type=kind, values=data, is_test=request.is_test, actor=actor, now=now)
    elif _is_open_to_anybody(client := lock(Client.objects.all(), pk=known.pk)):
        _begin_again(client, kind, data, actor, now)
    else:
        stand_in(request=request, now=now)
        _say_known(client, now)
        return
    set_password(client=client, password_hash=password_hash, actor=actor, now=now)
    request.client = client
    for channel in Channel:
        send_code(client=client, channel=channel, now=now, request=request)


def _is_open_to_anybody(client: Client) -> bool:
    """A sign-up whose address nobody has verified doesn't keep it from its owner: the next one takes its place."""
    return client.status == ClientStatus.CREATED and client.email_verified_at is None and Credential.objects.filter(client=client).exists()


def _begin_again(client: Client, type: str, values: dict[str, Any], actor: ChannelKey, now: datetime) -> None:  # noqa: A002
    old = {name: getattr(client, name) for name in ("type", *PERSONAL, *IMPERSONAL)}
    client.type, client.phone_verified_at = type, None
    for name, value in values.items():
        setattr(client, name, value)
    client.save(update_fields=["type", "phone_verified_at", *values])
    client.people.all().delete()
    for channel in Channel:
        close_codes(client=client, channel=channel, now=now)
    set_verification_level(client_id=client.pk, level=0, actor=actor, now=now)
    new = {"type": type, **values}
    record(
        action="clients.signed_up_again", actor=actor, subject=client, now=now,
        changes={name: (old[name], new[name]) for name in ("type", *IMPERSONAL) if new[name] != old[name]},
        personal=personal_changes(old, new),
    )  # fmt: skip


def _say_known(client: Client, now: datetime) -> None:
    """To the owner of the address alone, and at most five an hour; with the way to a new password where one is of use."""
    if not client.is_test:
        queue_reset_mail(client=client, actor=SIGN_UP, now=now, template="clients.address_known")


def _another_code(request: AccessRequest, now: datetime) -> None:
    sign_up = AccessRequest.objects.filter(
        secret_hash=request.data["sign_up"], is_test=request.is_test, kind=RequestKind.SIGN_UP, received_at__gt=now - GOOD_FOR
    ).first()
    if sign_up is None or sign_up.client_id is None:
        return
    client = lock(Client.objects.all(), pk=sign_up.client_id)
    newest = AccessRequest.objects.filter(client=client, kind=RequestKind.SIGN_UP).order_by("-id").first()
    if client.status == ClientStatus.CREATED and newest == sign_up:  # else another sign-up has taken its place
        send_code(client=client, channel=request.data["channel"], now=now, request=sign_up, apart=True)


def _password(request: AccessRequest, now: datetime) -> None:
    known = client_by_login(request.data["email"], is_test=request.is_test)
    if known is not None:
        client = lock(Client.objects.all(), pk=known.pk)
        queue_reset_mail(client=client, actor=ChannelKey(**request.channel, is_test=request.is_test), now=now)


ANSWERS = {RequestKind.SIGN_UP: _sign_up, RequestKind.CODE: _another_code, RequestKind.PASSWORD: _password}
