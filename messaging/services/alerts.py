"""Alerts: raised once per cause while open by whoever sees the cause; seen, assigned and settled by people (NOT-03)."""

from datetime import datetime
from typing import Any

import structlog
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.actors import Actor, SystemActor
from core.errors import DomainError
from core.locks import lock
from core.subjects import Subject, subject_of
from core.tasks import enqueue
from core.text import clean_line
from messaging.enums import Right
from messaging.models import Alert, AlertSight
from messaging.registry import alert_label
from messaging.services.notifications import notify
from messaging.services.trail import note_in_trail

log = structlog.get_logger()
WATCH = SystemActor("alerts")


class AlertSettled(DomainError):
    """Somebody has settled it, or its cause has gone."""

    code = "alert_settled"


class NotForAlerts(DomainError):
    """The person may not see alerts, and so can't be given one."""

    code = "not_for_alerts"
    status = 422


def raise_alert(*, kind: str, subject: Model | Subject, message: str | Promise, now: datetime) -> None:
    """Raise an alert; while one of this kind about this subject is open, nothing happens. Works inside and outside of a
    transaction, and never undoes the caller's: the unique constraint decides, without an error."""
    about = subject_of(subject)
    if Alert.objects.filter(kind=kind, subject_type=about.type, subject_id=about.id, settled_at__isnull=True).exists():
        return  # whoever sees a cause says so at every look: the log has it once
    text = " ".join(str(message).replace("\0", "").split())[:500]
    alert = Alert(kind=kind, subject_type=about.type, subject_id=about.id, subject_reference=about.reference, message=text, raised_at=now)
    with transaction.atomic(savepoint=False):
        Alert.objects.bulk_create([alert], ignore_conflicts=True)
        raised = Alert.objects.filter(reference=alert.reference).first()
        if raised is None:  # another was quicker
            return
        note_in_trail("alerts.raised", raised, actor=WATCH, now=now, details={"kind": kind, "about": about.reference})
        enqueue("messaging.tasks.tell_subscribers")
    log.warning("alert", kind=kind, subject=about.reference)


def settle_alert(*, kind: str, subject: Model | Subject, note: str | Promise, now: datetime) -> bool:
    """Settle the open alert of this kind and subject because its cause has gone; False where none was open."""
    about = subject_of(subject)
    with transaction.atomic(savepoint=False):
        opened = Alert.objects.filter(kind=kind, subject_type=about.type, subject_id=about.id, settled_at__isnull=True)
        alert = opened.select_for_update(no_key=True).first()
        if alert is None:
            return False
        alert.settled_at, alert.note = now, str(note)[:500]
        alert.save(update_fields=["settled_at", "note"])
        note_in_trail("alerts.settled", alert, actor=WATCH, now=now, details={"note": alert.note})
        return True


@transaction.atomic(durable=True)
def see_alert(*, alert_id: int, user: Any, now: datetime) -> None:
    """Note that a person has seen it, once for each."""
    alert = Alert.objects.get(pk=alert_id)
    _seen, first = AlertSight.objects.get_or_create(alert=alert, user=user, defaults={"at": now})
    if first:
        note_in_trail("alerts.seen", alert, actor=user, now=now)


@transaction.atomic(durable=True)
def assign_alert(*, alert_id: int, to: Any, actor: Actor, now: datetime) -> Alert:
    """Give an open alert to a person, who is told so in the bell. Raises AlertSettled, NotForAlerts."""
    alert = _open(alert_id)
    if not to.has_right(Right.SEE_ALERTS):
        raise NotForAlerts(_("This person may not see alerts."), field="to")
    if alert.assigned_to_id == to.pk:
        return alert
    old = get_user_model().objects.filter(pk=alert.assigned_to_id).first()
    alert.assigned_to = to
    alert.save(update_fields=["assigned_to"])
    note_in_trail("alerts.assigned", alert, actor=actor, now=now, changes={"assigned_to": (old and old.reference, to.reference)})
    if (actor.actor_type, actor.actor_id) != (to.actor_type, to.actor_id):
        message = format_lazy(_("An alert is assigned to you: {kind}."), kind=alert_label(alert.kind))
        notify(user=to, kind="alerts.assigned", message=message, url=address_of(alert), subject=alert, now=now)
    return alert


@transaction.atomic(durable=True)
def settle_by_hand(*, alert_id: int, note: str, actor: Any, now: datetime) -> Alert:
    """Settle an open alert with a note on what was done about it. Raises AlertSettled, UnfitText."""
    alert = _open(alert_id)
    alert.note = clean_line(note, maximum=500, field="note", required=True)
    alert.settled_at, alert.settled_by = now, actor
    alert.save(update_fields=["settled_at", "settled_by", "note"])
    note_in_trail("alerts.settled", alert, actor=actor, now=now, comment=alert.note)
    return alert


def address_of(alert: Alert) -> str:
    return reverse("alert-detail", args=[alert.reference])


def _open(alert_id: int) -> Alert:
    alert = lock(Alert.objects.all(), pk=alert_id)
    if alert.settled_at is not None:
        raise AlertSettled(_("This alert is settled."))
    return alert
