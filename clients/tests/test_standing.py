"""Blocked and frozen clients, their sessions and passwords, on the pages (CLI-03, CLI-04, CLI-06, CLI-11)."""

import pytest
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from audit.services import IllegalTransition
from clients.enums import ClientStatus, Right
from clients.models import Client, ClientEvent, ClientSession
from clients.services import activate_client, reactivate_client, reactivate_clients, status, turn_client, turn_clients
from clients.tests.accounts import with_password
from clients.tests.factories import client_of_type, client_session
from core.actors import SystemActor
from messaging.models import OutgoingMail

ACTOR = SystemActor("test")


def confirm(browser, address, **values):
    form = browser.get(address).context
    return browser.post(address, {"operation_key": form["key"], **values})


@pytest.mark.django_db
@pytest.mark.spec("CLI-04")
@pytest.mark.parametrize(
    ("verb", "before", "after", "mail"),
    [
        ("block", "active", "blocked", "clients.blocked"),
        ("block", "created", "blocked", "clients.blocked"),
        ("block", "frozen", "blocked", "clients.blocked"),
        ("unblock", "blocked", "created", "clients.unblocked"),
        ("freeze", "active", "frozen", "clients.frozen"),
        ("unfreeze", "frozen", "active", "clients.unfrozen"),
    ],
)
def test_each_turn_asks_for_a_reason_tells_the_client_without_it_and_is_recorded(verb, before, after, mail):
    client = client_of_type(status=before)
    session = client_session(client)
    browser = sign_in(user())
    assert confirm(browser, f"/clients/{client.reference}/{verb}/").status_code == 422
    assert confirm(browser, f"/clients/{client.reference}/{verb}/", reason="odd transfers").status_code == 302
    client.refresh_from_db()
    session.refresh_from_db()
    assert client.status == after
    assert (session.ended_at is not None) == (verb == "block")
    sent = OutgoingMail.objects.get()
    assert (sent.template, "odd transfers" in str(sent.context)) == (mail, False)
    assert AuditEvent.objects.filter(action__startswith="clients.", subject_reference=client.reference).latest("id").action == mail


@pytest.mark.django_db
@pytest.mark.spec("CLI-04")
def test_an_unblocked_client_is_what_it_was_and_no_other_door_opens_a_blocked_one():
    client = client_of_type(status=ClientStatus.BLOCKED)
    ClientEvent.objects.create(client=client, type="activated", at=timezone.now())
    for door in (activate_client, reactivate_client):
        with pytest.raises(IllegalTransition):
            door(client=client, actor=ACTOR, now=timezone.now())
    assert list(reactivate_clients(ids=[client.pk], actor=ACTOR, now=timezone.now())) == [client.pk]
    with pytest.raises(IllegalTransition):
        turn_client(client=client, turn=status.UNFREEZE, actor=ACTOR, now=timezone.now(), reason="x")
    assert turn_client(client=client, turn=status.UNBLOCK, actor=ACTOR, now=timezone.now(), reason="x").status == ClientStatus.ACTIVE


@pytest.mark.django_db
@pytest.mark.spec("CLI-04", "CLI-06")
def test_many_are_blocked_at_once_and_the_rest_say_why(django_assert_max_num_queries):
    clients = [client_of_type() for _number in range(20)] + [client_of_type(status=ClientStatus.DEACTIVATED)]
    for client in clients[:5]:
        client_session(client)
    with django_assert_max_num_queries(16):
        refused = turn_clients(ids=[one.pk for one in clients], turn=status.BLOCK, actor=ACTOR, now=timezone.now(), reason="fraud ring")
    assert list(refused) == [clients[-1].pk]
    assert Client.objects.filter(status=ClientStatus.BLOCKED).count() == 20
    assert ClientSession.objects.filter(ended_at=None).count() == 0
    assert OutgoingMail.objects.filter(template="clients.blocked").count() == 20


@pytest.mark.django_db
@pytest.mark.spec("CLI-04", "USR-01")
def test_who_may_not_block_sees_no_button_and_is_refused():
    client = client_of_type()
    session = client_session(client)
    browser = sign_in(user(rights=[Right.CLIENTS_SEE, Right.CLIENTS_EDIT]))
    page = browser.get(f"/clients/{client.reference}/?tab=sessions").content.decode()
    assert session.reference in page
    for address in (f"/clients/{client.reference}/block/", f"/client-sessions/{session.reference}/revoke/"):
        assert address not in page
        assert browser.get(address).status_code == 403


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "SES-01")
def test_the_client_s_page_shows_its_sessions_and_ends_one_or_all():
    client = with_password()
    one, other = client_session(client, device="Anna's phone", address="192.0.2.9"), client_session(client)
    browser = sign_in(user())
    page = browser.get(f"/clients/{client.reference}/?tab=sessions").content.decode()
    assert "Anna&#x27;s phone" in page
    assert "192.0.2.9" in page
    assert confirm(browser, f"/client-sessions/{one.reference}/revoke/").status_code == 302
    assert confirm(browser, f"/clients/{client.reference}/sessions/revoke/", reason="lost phone").status_code == 302
    assert set(ClientSession.objects.values_list("end", flat=True)) == {"revoked"}
    assert other.reference in browser.get(f"/clients/{client.reference}/?tab=sessions").content.decode()
    actions = list(
        AuditEvent.objects.filter(action__contains="session", action__startswith="clients").order_by("id").values_list("action", flat=True)
    )
    assert actions == ["clients.session_ended", "clients.sessions_revoked"]


@pytest.mark.django_db
@pytest.mark.spec("CLI-03", "CLI-10")
def test_the_client_s_page_says_what_is_verified_and_sends_the_link_to_a_new_password():
    client = with_password(email="anna@example.com")
    browser = sign_in(user())
    page = browser.get(f"/clients/{client.reference}/").content.decode()
    assert "E-mail address verified" in page
    assert "Last sign-in" in page
    for _time in range(5):
        assert confirm(browser, f"/clients/{client.reference}/new-password/").status_code == 302
    assert confirm(browser, f"/clients/{client.reference}/new-password/").status_code == 422
    assert OutgoingMail.objects.filter(template="clients.password_reset", to="anna@example.com").count() == 5


@pytest.mark.django_db
@pytest.mark.spec("CLI-03")
def test_a_test_client_gets_no_link():
    client = with_password(email="anna@example.com", is_test=True)
    browser = sign_in(user())
    assert f"/clients/{client.reference}/new-password/" not in browser.get(f"/clients/{client.reference}/").content.decode()
    assert not OutgoingMail.objects.exists()
