"""A thing's timeline: what people, the system, providers and the chain did to it, and the mails about it (UIX-02, AUD-02).

The audit events are the trunk, read page by page; what else is dated ("moments": mails, steps on the chain) is put between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEvent
from audit.selectors import name_actors, timeline
from core.actors import ActorType
from core.registries import extensions
from core.subjects import subject_of
from messaging.enums import MailStatus
from messaging.models import OutgoingMail

LENGTH = 30
MOST_MAILS = 200
OF_CHAIN = Q(action__startswith="chain.")


class Kind(TextChoices):
    PEOPLE = "people", _("People")
    SYSTEM = "system", _("System")
    PROVIDER = "provider", _("Provider")
    CHAIN = "chain", _("Chain")
    MAIL = "mail", _("Mail")


@dataclass
class Moment:
    """What stands in the timeline beside the audit events; it has of an event what the template shows."""

    at: datetime
    kind: str
    label: Any
    actor_label: str = ""
    actor_name: str = ""
    actor_type: str = ""
    comment: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


class Timeline(list[Any]):
    """One page of it, newest first; `older` is where the next begins, "" at the end."""

    older = ""
    older_url = ""


def read_timeline(
    thing: Model,
    *,
    kind: str = "",
    older: str = "",
    moments: Callable[[], Sequence[Moment]] = list,
    among: QuerySet[Any] | None = None,
) -> Timeline:
    """The page after the cursor `older` of one kind of happenings, or of all; a cursor that can't be read is the beginning.
    With `among` those people's names and comments alone are told."""
    before_id, before_at = _cursor(older)
    events: list[AuditEvent] = []
    if kind != Kind.MAIL:
        rows = of_kind(timeline(thing), kind)
        events = list((rows.filter(pk__lt=before_id) if before_id else rows)[: LENGTH + 1])
    more, events = len(events) > LENGTH, name_actors(events[:LENGTH], among=among)
    for event in events:
        event.kind = kind_of(event)
    found = Timeline(events)
    others = [one for one in moments() if not kind or one.kind == kind]
    found += [one for one in others if (not more or one.at > events[-1].at) and (before_at is None or one.at <= before_at)]
    found.sort(key=lambda one: one.at, reverse=True)
    if more:
        found.older = f"{events[-1].pk}-{events[-1].at.timestamp()}"
    return found


def providers() -> list[str]:
    """The actors that stand for somebody's system outside: `extend("timeline", "provider", name)`."""
    return extensions("timeline", "provider")


def of_kind(events: QuerySet[AuditEvent], kind: str) -> QuerySet[AuditEvent]:
    system, provider = Q(actor_type=ActorType.SYSTEM), Q(actor_type=ActorType.SYSTEM, actor_id__in=providers())
    match kind:
        case Kind.PEOPLE:
            return events.exclude(system)
        case Kind.PROVIDER:
            return events.filter(provider)
        case Kind.CHAIN:
            return events.filter(OF_CHAIN & system)
        case Kind.SYSTEM:
            return events.filter(system).exclude(provider | OF_CHAIN)
    return events


def kind_of(event: AuditEvent) -> str:
    if event.actor_type != ActorType.SYSTEM:
        return Kind.PEOPLE
    if event.actor_id in providers():
        return Kind.PROVIDER
    return Kind.CHAIN if event.action.startswith("chain.") else Kind.SYSTEM


MAIL_WORDS = {MailStatus.SENT: _("Mail sent: %(mail)s"), MailStatus.FAILED: _("Mail not sent: %(mail)s")}


def mails_about(thing: Model) -> list[Moment]:
    """The mails that went out about a thing, without their addresses."""
    subject = subject_of(thing)
    mails = OutgoingMail.objects.filter(about_type=subject.type, about_id=subject.id).order_by("-id")
    found = mails.only("template", "subject_line", "status", "created_at", "sent_at", "reference")[:MOST_MAILS]
    return [
        Moment(
            at=mail.sent_at or mail.created_at,
            kind=Kind.MAIL,
            label=MAIL_WORDS.get(mail.status, _("Mail waits to be sent: %(mail)s")) % {"mail": mail.label},  # type: ignore[call-overload]
            actor_label=mail.reference,
        )
        for mail in found
    ]


def _cursor(text: str) -> tuple[int, datetime | None]:
    number, _dash, at = text.partition("-")
    try:
        if number.isascii() and number.isdecimal() and len(number) < 19:
            return int(number), datetime.fromtimestamp(float(at), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return 0, None
