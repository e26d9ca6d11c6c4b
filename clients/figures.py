"""Sign-ups, activations and deletions of live clients, as dashboards show them: read from totals, never counted (DSH-01, DSH-05)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Q, Sum

from clients.enums import LifecycleEvent
from clients.models import Client, ClientEvent, LifecycleFigure
from core.periods import Period


def note(client: Client, event: LifecycleEvent, now: datetime) -> None:
    """Keep the event with its time, and count it; test clients are in no figure (API-05)."""
    note_many([client], event, now)


def note_many(clients: Sequence[Client], event: LifecycleEvent, now: datetime) -> None:
    """As `note`, for many in two statements."""
    ClientEvent.objects.bulk_create([ClientEvent(client=client, type=event, at=now) for client in clients])
    if not (live := sum(not client.is_test for client in clients)):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients_lifecyclefigure AS f (type, hour, count) VALUES (%s, %s, %s)"
            " ON CONFLICT (type, hour) DO UPDATE SET count = f.count + excluded.count",
            [event, now.astimezone(UTC).replace(minute=0, second=0, microsecond=0), live],
        )


@dataclass(frozen=True)
class Happened:
    """How often something happened: ever, in the span, in the one before, and since the span's end."""

    total: int
    span: int
    before: int
    since: int


def lifecycle(span: Period, before: Period) -> dict[str, Happened]:
    """Event -> its figures, in one statement. Both periods are of whole hours."""

    def within(period: Period) -> Sum:
        return Sum("count", filter=Q(hour__gte=period.start, hour__lt=period.end), default=0)

    rows = LifecycleFigure.objects.values("type").annotate(
        total=Sum("count"), span=within(span), before=within(before), since=Sum("count", filter=Q(hour__gte=span.end), default=0)
    )
    found = {row.pop("type"): Happened(**row) for row in rows}
    return {event: found.get(event, Happened(0, 0, 0, 0)) for event in LifecycleEvent.values}
