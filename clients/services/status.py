"""What a client may do at all: activated, deactivated, reactivated, one or many (CLI-03, CLI-07)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext_lazy as _

from audit.services import IllegalTransition, move, move_many
from clients.enums import ClientStatus, LifecycleEvent
from clients.figures import note, note_many
from clients.models import Client, ClientEvent
from clients.transitions import CLIENT
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from messaging.services import queue_mail, queue_mails


def activate_client(*, client: Client, actor: Actor, now: datetime) -> Client:
    """Created → Active; the activation is a dated event (CLI-07). Raises IllegalTransition from any other status."""
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        if client.status == ClientStatus.DEACTIVATED:
            raise IllegalTransition(_("This client is deactivated: reactivate it instead."))
        move(client, table=CLIENT, to=ClientStatus.ACTIVE, actor=actor, now=now)
        note(client, LifecycleEvent.ACTIVATED, now)
    return client


def deactivate_client(*, client: Client, actor: Actor, now: datetime, reason: str = "") -> Client:
    """Created or Active → Deactivated (CLI-03): no order, no transfer from or to it, held by the ledger; what it holds stays. The
    client is told by mail, without the reason. Raises IllegalTransition."""
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        move(client, table=CLIENT, to=ClientStatus.DEACTIVATED, actor=actor, now=now, comment=reason)
        note(client, LifecycleEvent.DEACTIVATED, now)
        tell(client, "clients.deactivated", now)
    return client


def reactivate_client(*, client: Client, actor: Actor, now: datetime, reason: str = "") -> Client:
    """Deactivated → Active, or Created where it never was active, so that its activation is still counted when it comes (CLI-03,
    CLI-07). The client is told by mail. Raises IllegalTransition."""
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        move(client, table=CLIENT, to=status_before(client), actor=actor, now=now, comment=reason)
        note(client, LifecycleEvent.REACTIVATED, now)
        tell(client, "clients.reactivated", now)
    return client


def deactivate_clients(*, ids: Sequence[int], actor: Actor, now: datetime, reason: str = "") -> dict[int, DomainError]:
    """As `deactivate_client`, for many in a few statements; gives those that it couldn't, each with why."""
    with transaction.atomic(durable=True):
        clients = _locked(ids)
        refused = move_many(clients, table=CLIENT, to=ClientStatus.DEACTIVATED, actor=actor, now=now, comment=reason)
        _after([one for one in clients if one.pk not in refused], LifecycleEvent.DEACTIVATED, "clients.deactivated", now)
    return dict(refused)


def reactivate_clients(*, ids: Sequence[int], actor: Actor, now: datetime, reason: str = "") -> dict[int, DomainError]:
    """As `reactivate_client`, for many in a few statements; gives those that it couldn't, each with why."""
    refused: dict[int, DomainError] = {}
    with transaction.atomic(durable=True):
        clients = _locked(ids)
        activated = set(ClientEvent.objects.filter(client__in=clients, type=LifecycleEvent.ACTIVATED).values_list("client_id", flat=True))
        for to, ones in (
            (ClientStatus.ACTIVE, [one for one in clients if one.pk in activated]),
            (ClientStatus.CREATED, [one for one in clients if one.pk not in activated]),
        ):
            refused |= move_many(ones, table=CLIENT, to=to, actor=actor, now=now, comment=reason)
        _after([one for one in clients if one.pk not in refused], LifecycleEvent.REACTIVATED, "clients.reactivated", now)
    return refused


def _locked(ids: Sequence[int]) -> list[Client]:
    return list(Client.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))


def _after(clients: list[Client], type: LifecycleEvent, template: str, now: datetime) -> None:  # noqa: A002
    queue_mails([_mail(client, now) for client in clients if not client.is_test], template=template, now=now)
    note_many(clients, type, now)  # last: whatever happens to others in the same hour waits for this row


def status_before(client: Client) -> ClientStatus:
    """What a deactivated client becomes again."""
    was_active = client.lifecycle.filter(type=LifecycleEvent.ACTIVATED).exists()
    return ClientStatus.ACTIVE if was_active else ClientStatus.CREATED


def tell(client: Client, template: str, now: datetime) -> None:
    """A mail in the client's language. Test clients get none: their address may be a live client's."""
    if not client.is_test:
        to, language, context, subject = _mail(client, now)
        queue_mail(template=template, to=to, language=language, context=context, subject=subject, now=now)


def _mail(client: Client, now: datetime) -> tuple[str, str, dict[str, str], Client]:
    with translation.override(client.language):
        day = formats.date_format(timezone.localtime(now), "DATE_FORMAT")
    return client.email, client.language, {"name": str(client), "date": day}, client
