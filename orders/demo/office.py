"""What people of the back office did beside the orders: alerts in every state, who is told of them, and a bulk action that has ended."""

from datetime import datetime, timedelta

from django.http import HttpRequest, QueryDict

from accounts.demo import person
from clients.enums import ClientStatus
from clients.issuer.bulk import ReactivateClients
from clients.issuer.views import ClientList
from clients.models import Client
from clients.services import deactivate_client
from core.subjects import Subject
from kit.bulk.service import request_run, run_bulk
from messaging.models import Alert
from messaging.services import raise_alert, set_subscriptions, settle_alert
from messaging.services.alerts import assign_alert, see_alert, settle_by_hand

SUBSCRIPTIONS = {"ADMIN": ["system", "settlement", "ledger"], "OPERATIONS": ["orders"], "CFO": ["ledger", "orders"]}
MISTAKEN = 6  # clients


def furnish(now: datetime) -> None:
    for name, groups in SUBSCRIPTIONS.items():
        set_subscriptions(user=person(name), groups=groups, actor=person(name), now=now - timedelta(days=60))
    alerts(now)
    bulk_action(now - timedelta(days=2))


def alerts(now: datetime) -> None:
    """Beside those of blocked orders, which are open: one that a person settled, one that settled itself, one that is somebody's."""
    admin, operations = person("ADMIN"), person("OPERATIONS")
    mail, chain = Subject("messaging.outgoingmail", "other", "ML-DEMO"), Subject("audit.chain", "1", "")
    raise_alert(kind="messaging.mail_failed", subject=mail, message="550 no such mailbox", now=now - timedelta(days=9))
    failed = Alert.objects.latest("id")
    see_alert(alert_id=failed.pk, user=admin, now=now - timedelta(days=9, hours=-1))
    note = "Called the client: the address was mistyped, and is corrected now."
    settle_by_hand(alert_id=failed.pk, note=note, actor=admin, now=now - timedelta(days=8))
    raise_alert(kind="audit.chain_lag", subject=chain, message="1 204 events wait, a backup holds them up", now=now - timedelta(days=4))
    settle_alert(kind="audit.chain_lag", subject=chain, note="The chain has caught up.", now=now - timedelta(days=4, minutes=-12))
    for blocked in Alert.objects.filter(kind="orders.completion_blocked", settled_at=None).order_by("id")[:2]:
        see_alert(alert_id=blocked.pk, user=operations, now=now - timedelta(hours=3))
        assign_alert(alert_id=blocked.pk, to=operations, actor=admin, now=now - timedelta(hours=2))


def bulk_action(then: datetime) -> None:
    """Clients who were deactivated by mistake are reactivated together; one of them had not been."""
    admin, page, action = person("ADMIN"), ClientList(), ReactivateClients()
    page.request = action.request = HttpRequest()
    page.request.method, page.request.GET, page.request.user = "GET", QueryDict(""), admin
    action.list = page
    clients = list(Client.objects.filter(status=ClientStatus.ACTIVE).order_by("pk")[:MISTAKEN])
    for client in clients[1:]:
        deactivate_client(client=client, reason="Asked for it by mail", actor=person("OPERATIONS"), now=then - timedelta(days=1))
    rows = page.queryset().filter(pk__in=[client.pk for client in clients])
    run = request_run(action, rows=rows, values={"reason": ["The mails were forged"]}, actor=admin, now=then)
    run_bulk(run_id=run.pk, now=then)
