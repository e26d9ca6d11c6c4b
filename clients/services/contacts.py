"""Whether a client is reached where it says: both verified make it Active at level 1; a change voids that (CLI-10)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from audit.services import move, record
from clients.enums import Channel, ClientStatus, LifecycleEvent
from clients.figures import note
from clients.models import Client, Credential, VerificationCode
from clients.services.codes import close_codes, send_code
from clients.services.levels import set_verification_level
from clients.transitions import CLIENT
from core.actors import Actor
from core.locks import lock
from messaging.services import queue_mail

VERIFIED = {Channel.EMAIL: "email_verified_at", Channel.PHONE: "phone_verified_at"}


@transaction.atomic(savepoint=False)
def use_code(*, found: VerificationCode, actor: Actor | None, now: datetime) -> Client | None:
    """The code that `try_code` gave is used up and its channel verified. None where another one took its place meanwhile, or
    somebody used it."""
    client = lock(Client.objects.all(), pk=found.client_id)
    if VerificationCode.objects.filter(pk=found.pk, closed_at__isnull=True).update(closed_at=now) != 1:
        return None
    mark_verified(client=client, channel=found.channel, actor=actor or client, now=now)
    return client


@transaction.atomic(savepoint=False)
def mark_verified(*, client: Client, channel: str, actor: Actor, now: datetime) -> None:
    """The client, locked by the caller, has proved one channel. With both it is Active, an activation that is counted (CLI-07),
    and at level 1 at least."""
    field = VERIFIED[Channel(channel)]
    if getattr(client, field) is None:
        setattr(client, field, now)
        client.save(update_fields=[field])
        record(action=f"clients.{channel}_verified", actor=actor, subject=client, now=now)
    if not client.is_reachable:
        return
    if client.verification_level == 0:
        client.verification_level = set_verification_level(client_id=client.pk, level=1, actor=actor, now=now).verification_level
    if client.status == ClientStatus.CREATED:
        move(client, table=CLIENT, to=ClientStatus.ACTIVE, actor=actor, now=now)
        note(client, LifecycleEvent.ACTIVATED, now)


@transaction.atomic(savepoint=False)
def void_contacts(client: Client, changed: Collection[str], *, old_email: str, actor: Actor, now: datetime) -> None:
    """The e-mail address or phone number of the client, locked by the caller, is another one: it is not verified. Level 1, which
    came from both, falls to 0; a higher one, which came from documents, stays, but with its token the client can do no more
    than verify again until it has. New codes go out where the client signs in itself, and the old address is told of the new one."""
    if not changed:
        return
    signs_in, voided = Credential.objects.filter(client=client).exists(), False
    for channel in (one for one in Channel if one in changed):
        field = VERIFIED[channel]
        was_verified = getattr(client, field) is not None
        close_codes(client=client, channel=channel, now=now)
        if was_verified:
            voided = True
            setattr(client, field, None)
            client.save(update_fields=[field])
            record(action=f"clients.{channel}_voided", actor=actor, subject=client, now=now)
        if was_verified or signs_in:
            send_code(client=client, channel=channel, now=now)
    if Channel.EMAIL in changed and not client.is_test and signs_in:
        context = {"name": str(client)}
        queue_mail(template="clients.email_changed", to=old_email, language=client.language, context=context, subject=client, now=now)
    if voided and client.verification_level == 1:
        client.verification_level = set_verification_level(client_id=client.pk, level=0, actor=actor, now=now).verification_level
