"""A client deletes its own account (CLI-07, CLI-11)."""

from datetime import datetime

from django.db import transaction

from audit.services import move, record
from clients.enums import Channel, ClientStatus, LifecycleEvent, SessionEnd
from clients.figures import note
from clients.models import Client, ClientSession, Credential
from clients.services.codes import close_codes
from clients.services.sessions import confirm_password, end_sessions, forget_tries
from clients.services.status import tell
from clients.transitions import CLIENT
from core.errors import DomainError
from core.locks import lock
from core.registries import extensions


class StillInUse(DomainError):
    """Something of the client's isn't settled: it holds assets, or an order is open."""

    code = "account_in_use"


def delete_account(*, client: Client, password: str, address: str, now: datetime) -> Client:
    """For ever: no sign-in, no session, no way to be reached; the address is free for another sign-up. What the law makes the issuer
    keep of a known client (its names, its operations, the trail) stays until its erasure (CLI-09).

    Higher apps refuse while something is open: `extend("clients.services.delete_account", "refuse", function(client) -> words or "")`,
    asked with the client locked. Raises WrongPassword, StillInUse, IllegalTransition for a frozen client.
    """
    confirm_password(client=client, password=password, address=address, now=now)
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        for refuse in extensions("clients.services.delete_account", "refuse"):
            if words := refuse(client=client):
                raise StillInUse(words)
        forget_tries(client)
        move(client, table=CLIENT, to=ClientStatus.DEACTIVATED, actor=client, now=now)
        old = {"email": client.email, "phone": client.phone}
        tell(client, "clients.account_deleted", now)
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
