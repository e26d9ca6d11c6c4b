"""Documents that are about to lapse, and those that have (KYC-10). Each is told of once, however often, late or beside itself this runs."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from audit.services import Happening, record_many
from clients.enums import ClientStatus
from core import instance
from core.actors import SystemActor
from kyc.enums import DocumentStatus
from kyc.models import Document
from kyc.services.documents.keeping import tell, today
from messaging.services import raise_alert

CLOCK = SystemActor("kyc")
BATCH = 200


def watch_expiry(*, now: datetime) -> tuple[int, int]:
    """Remind the clients whose documents lapse within the days that are set; raise an alert for each that has lapsed. How many of each.

    Those that a newer approved one of the same kind replaces count no more. Each batch is one transaction: a worker that dies
    loses nothing but its last one, which the next takes up.
    """
    until = today(now) + timedelta(days=int(instance.value("kyc.document_reminder_days")))
    soon = _current().filter(expires_on__gte=today(now), expires_on__lte=until, reminded_at__isnull=True)
    past = _current().filter(expires_on__lt=today(now))
    return _each(soon, _remind, now), _each(past, _lapse, now)


def _current() -> QuerySet[Document]:
    newer = Document.objects.filter(
        client=OuterRef("client"), kind=OuterRef("kind"), status=DocumentStatus.APPROVED, deleted_at__isnull=True, expires_on__gt=OuterRef("expires_on")
    )  # fmt: skip
    approved = Document.objects.filter(status=DocumentStatus.APPROVED, lapsed_at__isnull=True, deleted_at__isnull=True)
    return approved.exclude(client__status=ClientStatus.DEACTIVATED).exclude(Exists(newer))


def _each(rows: QuerySet[Document], act: Callable[[list[Document], datetime], None], now: datetime) -> int:
    done = 0
    while True:
        with transaction.atomic(durable=True):
            waiting = (
                rows.select_related("client").order_by("expires_on", "id").select_for_update(of=("self",), skip_locked=True, no_key=True)
            )
            batch = list(waiting[:BATCH])
            if not batch:
                return done
            act(batch, now)
            done += len(batch)


def _remind(batch: list[Document], now: datetime) -> None:
    Document.objects.filter(pk__in=[one.pk for one in batch]).update(reminded_at=now)
    for document in batch:
        tell("kyc.document_expires", document, now=now)
    _note("kyc.document_reminded", batch, now)


def _lapse(batch: list[Document], now: datetime) -> None:
    Document.objects.filter(pk__in=[one.pk for one in batch]).update(lapsed_at=now)
    for document in batch:
        if document.client.is_test:
            continue
        words = _("%(kind)s of %(client)s was valid until %(date)s.")
        message = words % {"kind": document.get_kind_display(), "client": document.client.reference, "date": document.expires_on}
        raise_alert(kind="kyc.document_lapsed", subject=document, message=message, now=now)
    _note("kyc.document_lapsed", batch, now)


def _note(action: str, batch: list[Document], now: datetime) -> None:
    details = [{"expires_on": one.expires_on.isoformat() if one.expires_on else None} for one in batch]
    record_many(Happening(action=action, actor=CLOCK, subject=one, details=each, now=now) for one, each in zip(batch, details, strict=True))
