"""What a client may do at all: activated, deactivated, blocked, frozen and back, one or many (CLI-03, CLI-04, CLI-07)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from audit.services import IllegalTransition, move, move_many
from clients.enums import ClientStatus, LifecycleEvent, SessionEnd
from clients.figures import note, note_many
from clients.models import Client, ClientEvent
from clients.services.profile import AccountDeleted
from clients.services.sessions import end_sessions
from clients.transitions import CLIENT
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.lookups import one_of
from core.moments import day
from messaging.services import queue_mail, queue_mails


def activate_client(*, client: Client, actor: Actor, now: datetime) -> Client:
    """Created → Active; the activation is a dated event (CLI-07). Raises IllegalTransition from any other status."""
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        if client.status == ClientStatus.DEACTIVATED:
            raise IllegalTransition(_("This client is deactivated: reactivate it instead."))
        if client.status != ClientStatus.CREATED:
            raise IllegalTransition(WRONG_STATUS)
        move(client, table=CLIENT, to=ClientStatus.ACTIVE, actor=actor, now=now)
        note(client, LifecycleEvent.ACTIVATED, now)
    return client


def deactivate_client(*, client: Client, actor: Actor, now: datetime, reason: str = "") -> Client:
    """Created or Active → Deactivated (CLI-03): no order, no transfer from or to it, held by the ledger; what it holds stays. The
    client is told by mail, without the reason. Raises IllegalTransition."""
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        move(client, table=CLIENT, to=ClientStatus.DEACTIVATED, actor=actor, now=now, comment=reason)
        end_sessions(client_ids=[client.pk], end=SessionEnd.CLOSED, now=now)
        note(client, LifecycleEvent.DEACTIVATED, now)
        tell(client, "clients.deactivated", now)
    return client


def reactivate_client(*, client: Client, actor: Actor, now: datetime, reason: str = "") -> Client:
    """Deactivated → Active, or Created where it never was active, so that its activation is still counted when it comes (CLI-03,
    CLI-07). The client is told by mail. Raises IllegalTransition, AccountDeleted."""
    with transaction.atomic(durable=True):
        client = lock(Client.objects.all(), pk=client.pk)
        if client.deleted_at is not None:
            raise AccountDeleted(DELETED)
        if client.status != ClientStatus.DEACTIVATED:
            raise IllegalTransition(WRONG_STATUS)
        move(client, table=CLIENT, to=status_before(client), actor=actor, now=now, comment=reason)
        note(client, LifecycleEvent.REACTIVATED, now)
        tell(client, "clients.reactivated", now)
    return client


def activate_clients(*, ids: Sequence[int], actor: Actor, now: datetime) -> dict[int, DomainError]:
    """As `activate_client`, for many in a few statements; gives those that it couldn't, each with why."""
    with transaction.atomic(durable=True):
        found = _locked(ids)
        refused: dict[int, DomainError] = {one.pk: IllegalTransition(WRONG_STATUS) for one in found if one.status != ClientStatus.CREATED}
        clients = [one for one in found if one.pk not in refused]
        refused |= move_many(clients, table=CLIENT, to=ClientStatus.ACTIVE, actor=actor, now=now)
        note_many([one for one in clients if one.pk not in refused], LifecycleEvent.ACTIVATED, now)
    return refused


def deactivate_clients(*, ids: Sequence[int], actor: Actor, now: datetime, reason: str = "") -> dict[int, DomainError]:
    """As `deactivate_client`, for many in a few statements; gives those that it couldn't, each with why."""
    with transaction.atomic(durable=True):
        clients = _locked(ids)
        refused = move_many(clients, table=CLIENT, to=ClientStatus.DEACTIVATED, actor=actor, now=now, comment=reason)
        moved = [one for one in clients if one.pk not in refused]
        end_sessions(client_ids=[one.pk for one in moved], end=SessionEnd.CLOSED, now=now)
        _after(moved, LifecycleEvent.DEACTIVATED, "clients.deactivated", now)
    return dict(refused)


def reactivate_clients(*, ids: Sequence[int], actor: Actor, now: datetime, reason: str = "") -> dict[int, DomainError]:
    """As `reactivate_client`, for many in a few statements; gives those that it couldn't, each with why."""
    refused: dict[int, DomainError] = {}
    with transaction.atomic(durable=True):
        found = _locked(ids)
        refused |= {one.pk: IllegalTransition(WRONG_STATUS) for one in found if one.status != ClientStatus.DEACTIVATED}
        refused |= {one.pk: AccountDeleted(DELETED) for one in found if one.deleted_at is not None}
        clients = [one for one in found if one.pk not in refused]
        activated = _were_active(clients)
        for to, ones in (
            (ClientStatus.ACTIVE, [one for one in clients if one.pk in activated]),
            (ClientStatus.CREATED, [one for one in clients if one.pk not in activated]),
        ):
            refused |= move_many(ones, table=CLIENT, to=to, actor=actor, now=now, comment=reason)
        _after([one for one in clients if one.pk not in refused], LifecycleEvent.REACTIVATED, "clients.reactivated", now)
    return refused


@dataclass(frozen=True)
class Turn:
    """One of the four ways of CLI-04: where from, where to, and the mail that says so. `to` None: what the client was."""

    source: tuple[ClientStatus, ...]
    to: ClientStatus | None
    template: str
    ends_sessions: bool = False


BLOCK = Turn((ClientStatus.CREATED, ClientStatus.ACTIVE, ClientStatus.FROZEN), ClientStatus.BLOCKED, "clients.blocked", ends_sessions=True)
UNBLOCK = Turn((ClientStatus.BLOCKED,), None, "clients.unblocked")
FREEZE = Turn((ClientStatus.ACTIVE,), ClientStatus.FROZEN, "clients.frozen")
UNFREEZE = Turn((ClientStatus.FROZEN,), ClientStatus.ACTIVE, "clients.unfrozen")


def turn_client(*, client: Client, turn: Turn, actor: Actor, now: datetime, reason: str) -> Client:
    """Block, unblock, freeze or unfreeze one client (CLI-04), with a reason for the trail; the client is told by mail, without it.
    Blocked: nothing moves and its sessions end at once. Frozen: it signs in and receives, and can't send. Raises IllegalTransition,
    ReasonNeeded."""
    if refused := turn_clients(ids=[client.pk], turn=turn, actor=actor, now=now, reason=reason):
        raise refused[client.pk]
    client.refresh_from_db()
    return client


def turn_clients(*, ids: Sequence[int], turn: Turn, actor: Actor, now: datetime, reason: str) -> dict[int, DomainError]:
    """As `turn_client`, for many in a few statements; gives those that it couldn't, each with why."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why, for the trail."), field="reason")
    with transaction.atomic(durable=True):
        clients = _locked(ids)
        refused = {one.pk: IllegalTransition(WRONG_STATUS) for one in clients if one.status not in turn.source}
        able = [one for one in clients if one.pk not in refused]
        activated = _were_active(able) if turn.to is None else set()
        groups: dict[ClientStatus, list[Client]] = {}
        for one in able:
            back = ClientStatus.ACTIVE if one.pk in activated else ClientStatus.CREATED
            groups.setdefault(turn.to or back, []).append(one)
        for to, ones in groups.items():
            refused |= move_many(ones, table=CLIENT, to=to, actor=actor, now=now, comment=reason.strip())
        moved = [one for one in able if one.pk not in refused]
        if turn.ends_sessions:
            end_sessions(client_ids=[one.pk for one in moved], end=SessionEnd.CLOSED, now=now)
        queue_mails([_mail(one, now) for one in moved if not one.is_test], template=turn.template, now=now)
    return dict(refused)


class ReasonNeeded(DomainError):
    code = "reason_needed"
    status = 422


WRONG_STATUS = _("The client's status doesn't allow this any more.")
DELETED = _("This client has deleted its account: it can't be opened again.")


def _were_active(clients: Sequence[Client]) -> set[int]:
    return set(ClientEvent.objects.filter(client__in=clients, type=LifecycleEvent.ACTIVATED).values_list("client_id", flat=True))


def _locked(ids: Sequence[int]) -> list[Client]:
    return list(Client.objects.filter(one_of("pk", ids)).order_by("pk").select_for_update(no_key=True))


def _after(clients: list[Client], type: LifecycleEvent, template: str, now: datetime) -> None:  # noqa: A002
    queue_mails([_mail(client, now) for client in clients if not client.is_test], template=template, now=now)
    note_many(clients, type, now)  # last: whatever happens to others in the same hour waits for this row


def status_before(client: Client) -> ClientStatus:
    """What a deactivated or blocked client becomes again."""
    was_active = client.lifecycle.filter(type=LifecycleEvent.ACTIVATED).exists()
    return ClientStatus.ACTIVE if was_active else ClientStatus.CREATED


def tell(client: Client, template: str, now: datetime) -> None:
    """A mail in the client's language. Test clients get none: their address may be a live client's."""
    if not client.is_test:
        to, language, context, subject = _mail(client, now)
        queue_mail(template=template, to=to, language=language, context=context, subject=subject, now=now)


def _mail(client: Client, now: datetime) -> tuple[str, str, dict[str, str], Client]:
    with translation.override(client.language):
        return client.email, client.language, {"name": str(client), "date": day(now)}, client
