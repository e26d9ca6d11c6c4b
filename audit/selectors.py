"""Shared reads of the trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from audit.models import AuditEvent
from audit.registry import known_reads
from core.actors import ActorType
from core.subjects import Subject, subject_of

LAG_ALARM = timedelta(minutes=5)


def timeline(thing: Model | Subject) -> QuerySet[AuditEvent]:
    """The events of one object, newest first, with what may still be known of personal values (AUD-02).

    Who looked at it is not among them: that is the trail's alone.
    """
    subject = subject_of(thing)
    return (
        AuditEvent.objects.filter(subject_type=subject.type, subject_id=subject.id)
        .exclude(action__in=known_reads())
        .order_by("-id")
        .prefetch_related("personal")
        .defer("xid")
    )


def name_actors(events: Iterable[AuditEvent], *, among: QuerySet[Any] | None = None) -> list[AuditEvent]:
    """The events, each with `actor_name`: the present name of a user, "" for other actors. One query for all.

    Names are looked up, never stored with the event, so that a person can be forgotten. With `among` the names, addresses and comments
    of those users alone are shown: a merchant learns that the issuer did something, not who of its people, whence, nor what they noted.
    """
    found = list(events)
    ids = {event.actor_id for event in found if event.actor_type == ActorType.USER and event.actor_id.isdecimal()}
    people = get_user_model().objects.all() if among is None else among
    names = {str(person.pk): str(person) for person in people.filter(pk__in=ids)} if ids else {}
    for event in found:
        event.actor_name = names.get(event.actor_id, "") if event.actor_type == ActorType.USER else ""
        if among is not None and not event.actor_name:
            event.address, event.comment = "", ""
    return found


@dataclass(frozen=True)
class Lag:
    """How far the chain is behind: how many events wait (counted up to 10,000), and since when the oldest one does."""

    events: int
    oldest: datetime | None

    def age(self, now: datetime) -> timedelta:
        return max(now - self.oldest, timedelta()) if self.oldest else timedelta()

    def alarming(self, now: datetime) -> bool:
        return self.age(now) > LAG_ALARM


def chain_lag() -> Lag:
    """What the chainer has still to do; a transaction that stays open, in any database of the cluster, holds it
    back (AUD-04). Two index scans."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH last AS (SELECT e.xid, CASE WHEN e.xid = '0'::xid8 THEN 9223372036854775807 ELSE e.id END AS id"
            " FROM audit_auditlink l JOIN audit_auditevent e ON e.id = l.event_id ORDER BY l.seq DESC LIMIT 1)"
            " SELECT count(*), min(recorded_at) FROM (SELECT recorded_at FROM audit_auditevent"
            " WHERE (xid, id) > (coalesce((SELECT xid FROM last), '0'::xid8), coalesce((SELECT id FROM last), 0))"
            " ORDER BY xid, id LIMIT 10000) waiting"
        )
        events, oldest = cursor.fetchone()
    return Lag(events, oldest.astimezone(UTC) if oldest else None)


def backlog() -> tuple[int, float]:
    """The chain's gauges for /metrics: events that wait, and the age of the oldest in seconds."""
    lag = chain_lag()
    return lag.events, lag.age(timezone.now()).total_seconds()
