"""Many clients deactivated and reactivated at once (UIX-08, CLI-03)."""

import re
from urllib.parse import urlencode

import pytest

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from clients.enums import ClientStatus, LifecycleEvent, Right
from clients.models import Client, ClientEvent
from clients.tests.factories import client_of_type
from kit.models import BulkRun
from kit.tasks import run_bulk
from messaging.models import OutgoingMail

pytestmark = [pytest.mark.django_db, pytest.mark.spec("UIX-08", "CLI-03")]


@pytest.fixture
def browser():
    return sign_in(user(rights=[Right.CLIENTS_SEE, Right.CLIENTS_EDIT]))


def done(browser, code: str, **query: object) -> BulkRun:
    """Preview, confirm and do it."""
    where = "/clients/?" + urlencode({"bulk": code, **query}, doseq=True)
    key = re.search(r'name="operation_key" value="([^"]+)"', browser.get(where).content.decode())[1]
    assert browser.post(where, {"operation_key": key, "reason": "Fraud wave"}).status_code == 302
    run = BulkRun.objects.latest("id")
    run_bulk(run.pk)
    run.refresh_from_db()
    return run


def test_each_client_is_deactivated_with_its_own_event_and_told_by_mail(browser):
    active, created = client_of_type(language="fr"), client_of_type(status=ClientStatus.CREATED)
    blocked, test = client_of_type(status=ClientStatus.BLOCKED), client_of_type(is_test=True)
    run = done(browser, "deactivate", all="1")
    assert (run.changed, run.refused) == (3, 1)
    assert run.rows.get(outcome="refused").label == blocked.reference
    assert "blocked now" in run.rows.get(outcome="refused").message
    assert set(Client.objects.filter(status=ClientStatus.DEACTIVATED)) == {active, created, test}
    events = AuditEvent.objects.filter(action="clients.deactivated")
    assert {event.subject_reference for event in events} == {active.reference, created.reference, test.reference}
    assert {event.comment for event in events} == {"Fraud wave"}
    assert events.get(subject_reference=active.reference).changes == {"status": ["active", "deactivated"]}
    assert ClientEvent.objects.filter(type=LifecycleEvent.DEACTIVATED).count() == 3
    mails = OutgoingMail.objects.filter(template="clients.deactivated")
    assert {(mail.to, mail.language) for mail in mails} == {(active.email, "fr"), (created.email, "en")}, "test clients get none"


def test_reactivated_clients_become_what_they_were(browser):
    never_active, was_active = client_of_type(status=ClientStatus.CREATED), client_of_type()
    ClientEvent.objects.create(client=was_active, type=LifecycleEvent.ACTIVATED, at=was_active.created_at)
    rows = [never_active.reference, was_active.reference]
    done(browser, "deactivate", row=rows)
    other = client_of_type()
    run = done(browser, "reactivate", row=[*rows, other.reference])
    assert (run.changed, run.refused) == (2, 1)
    never_active.refresh_from_db()
    was_active.refresh_from_db()
    assert (never_active.status, was_active.status) == (ClientStatus.CREATED, ClientStatus.ACTIVE)
    assert AuditEvent.objects.filter(action="clients.reactivated").count() == 2


@pytest.mark.spec("CLI-06", "CLI-07")
def test_those_who_only_signed_up_are_activated_each_counted(browser):
    created, active = [client_of_type(status=ClientStatus.CREATED) for _ in range(2)], client_of_type()
    run = done(browser, "activate", all="1")
    assert (run.changed, run.refused) == (2, 1)
    assert run.rows.get(outcome="refused").label == active.reference
    assert Client.objects.filter(status=ClientStatus.ACTIVE).count() == 3
    assert ClientEvent.objects.filter(type=LifecycleEvent.ACTIVATED, client__in=created).count() == 2
    assert AuditEvent.objects.filter(action="clients.activated").count() == 2
