"""Who is told of which alerts, by mail and in the bell: once for each alert and person, never one by one in a storm (NOT-03)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.actors import Actor
from core.errors import DomainError
from core.registries import extensions
from core.subjects import type_label
from messaging.enums import Right
from messaging.models import Alert, AlertSubscription
from messaging.registry import alert_group, alert_groups
from messaging.services.alerts import address_of
from messaging.services.notifications import notify
from messaging.services.outbox import queue_mail

GAP = timedelta(minutes=5)  # between two tellings: what is raised meanwhile goes together
AT_MOST = 500  # alerts in one telling
LISTED = 20  # in one mail


class UnknownGroup(DomainError):
    code = "unknown_group"
    status = 422


def subscriptions_of(user: Any) -> frozenset[str]:
    """The groups of alerts (messaging.registry.alert_groups) that the user is told of."""
    return frozenset(AlertSubscription.objects.filter(user=user).values_list("group", flat=True))


@transaction.atomic(savepoint=False)
def set_subscriptions(*, user: Any, groups: Iterable[str], actor: Actor, now: datetime) -> None:
    """Have the user told of these groups' alerts and no others (ACC-04), in the running transaction if there is one.

    Raises UnknownGroup.
    """
    wanted, old = frozenset(groups), subscriptions_of(user)
    if not wanted <= set(alert_groups()):
        raise UnknownGroup(gettext_lazy("There is no such group of alerts."), field="groups")
    if wanted == old:
        return
    AlertSubscription.objects.filter(user=user, group__in=old - wanted).delete()
    AlertSubscription.objects.bulk_create([AlertSubscription(user=user, group=group) for group in wanted - old], ignore_conflicts=True)
    for door in extensions("trail", "record"):
        door(
            action="alerts.subscriptions_changed", actor=actor, subject=user, now=now,
            changes={"alert_groups": (sorted(old), sorted(wanted))},
        )  # fmt: skip


@transaction.atomic(durable=True)
def tell_subscribers(*, now: datetime) -> int:
    """Tell each subscriber of the alerts that nobody was told of yet, all in one mail; how many mails. At most one in GAP.

    What was settled before its turn is told to nobody.
    """
    last = Alert.objects.aggregate(last=Max("told_at"))["last"]
    if last is not None and last > now - GAP:
        return 0
    untold = Alert.objects.filter(told_at__isnull=True, settled_at__isnull=True).order_by("id")
    alerts = list(untold.select_for_update(skip_locked=True, no_key=True)[:AT_MOST])
    if not alerts:
        return 0
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(told_at=now)
    readers = defaultdict(set)
    for subscription in AlertSubscription.objects.select_related("user").order_by("user_id"):
        readers[subscription.user].add(subscription.group)
    told = 0
    for user, groups in readers.items():
        theirs = [alert for alert in alerts if alert_group(alert.kind) in groups]
        if theirs and user.has_right(Right.SEE_ALERTS):
            _tell(user, theirs, now)
            told += 1
    return told


def _tell(user: Any, alerts: list[Alert], now: datetime) -> None:
    base = settings.BASE_URL.rstrip("/")
    with translation.override(user.language):
        if len(alerts) == 1:
            (alert,) = alerts
            url, bell = address_of(alert), f"{alert.label}: {alert.message}"
            about = f"{type_label(alert.subject_type)} {alert.subject_reference}".strip()
            template, words = "alerts.raised", {"kind": alert.label, "about": about, "message": alert.message}
        else:
            url = f"{reverse('alert-list')}?open=yes"
            bell = ngettext("%(number)d new alert.", "%(number)d new alerts.", len(alerts)) % {"number": len(alerts)}
            lines = [f"{alert.label}: {alert.subject_reference}" for alert in alerts[:LISTED]]
            if len(alerts) > LISTED:
                lines.append(_("and more"))
            template, words = "alerts.many", {"number": str(len(alerts)), "lines": "\n".join(lines)}
    context = {"name": str(user), "url": base + url, **words}
    queue_mail(template=template, to=user.email, language=user.language, context=context, now=now)
    notify(user=user, kind="alerts.raised", message=bell, url=url, now=now)
