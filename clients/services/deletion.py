"""A client deletes its own account (CLI-07, CLI-11)."""

from datetime import datetime

from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext_lazy as _

from audit.services import move, record
from clients.enums import Channel, ClientStatus, LifecycleEvent, SessionEnd
from clients.figures import note
from clients.models import Client, ClientSession, Credential
from clients.services.codes import close_codes
from clients.services.passwords import WrongPassword
from clients.services.sessions import end_sessions, forget_tries, knows_password
from clients.transitions import CLIENT
from core.errors import DomainError
from core.locks import lock
from core.registries import extensions
from messaging.services import queue_mail


class StillInUse(DomainError):
    """Something of the client's isn't settled: it holds assets, or an order is open."""

    code = "account_in_use"


def delete_account(*, client: Client, password: str, address: str, now: datetime) -> Client:
    """For ever: no sign-in, no session, no way to be reached; the address is free for another sign-up. What the law makes the issuer
    keep of a known client (its names, its operations, the trail) stays until its erasure (CLI-09).

    Higher apps refuse while something is open: `extend("clients.services.delete_account", "refuse", function(client) -> words or "")`,
    asked with the client locked. Raises WrongPassword, StillInUse, IllegalTransition for a frozen client.
    """
    if not knows_password(client=client, password=password, address=address, now=now):
        raise WrongPassword(_("This is not your password. After five wrong tries it waits for 15 minutes."), field="password")
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        for refuse in extensions("clients.services.delete_account", "refuse"):
            if words := refuse(client=client):
                raise StillInUse(words)
        forget_tries(client)
        move(client, table=CLIENT, to=ClientStatus.DEACTIVATED, actor=client, now=now)
        old = {"email": client.email, "phone": client.phone}
        if not client.is_test:
            _say_goodbye(client, now)
        client.email, client.phone = f"{client.reference.lower()}@deleted.invalid", ""  # no mail server has such a name (RFC 2606)
        client.email_verified_at = client.phone_verified_at = None
        client.deleted_at = now
        client.save(update_fields=["email", "phone", "email_verified_at", "phone_verified_at", "deleted_at"])
        for channel in Channel:
            close_codes(client=client, channel=channel, now=now)
        end_sessions(client_ids=[client.pk], end=SessionEnd.CLOSED, now=now)
        ClientSession.objects.filter(client=client).update(address="", device="")
        Credential.objects.filter(client=client).delete()
        personal = {name: (old[name] or None, getattr(client, name) or None) for name in old if old[name]}
        record(action="clients.deleted", actor=client, subject=client, now=now, personal=personal)
        note(client, LifecycleEvent.DELETED, now)
    return client


def _say_goodbye(client: Client, now: datetime) -> None:
    with translation.override(client.language):
        day = formats.date_format(timezone.localtime(now), "DATE_FORMAT")
    context = {"name": str(client), "date": day}
    queue_mail(template="clients.account_deleted", to=client.email, language=client.language, context=context, subject=client, now=now)
