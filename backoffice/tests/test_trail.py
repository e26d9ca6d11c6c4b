"""Reads of what is sensitive are events (AUD-06); each thing's page shows its own events, and the trail finds them all (AUD-02)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.enums import Face
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from audit.registry import known_reads
from audit.services import note_read
from backoffice.tests.doors import address_of, pages
from clients.services import edit_client
from clients.tests.factories import client_of_type
from core.subjects import Subject
from kit.details import DetailPage
from organisations.services import edit_organisation
from organisations.tests.factories import organisation

pytestmark = pytest.mark.django_db
# A mail is told of by its own tries; an event is one itself.
WITHOUT_TIMELINE = {"mail-detail", "audit-event"}
ON_ANOTHER_TAB = {"kyc-document-detail": "?tab=summary"}


def reads() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.filter(action__in=known_reads()).order_by("id").values_list("action", "subject_reference"))


@pytest.mark.spec("AUD-06")
def test_who_looks_at_a_clients_data_is_in_the_trail_and_not_in_the_timeline():
    person, client = user(), client_of_type()
    browser = sign_in(person)
    for _look in range(3):
        assert browser.get(f"/clients/{client.reference}/").status_code == 200
    assert reads() == [("clients.read", client.reference)]
    page = browser.get(f"/clients/{client.reference}/").content.decode()
    assert "personal data seen" not in page
    trail = browser.get(f"/audit/?subject_reference={client.reference}").content.decode()
    assert "Client&#x27;s personal data seen" in trail
    event = AuditEvent.objects.get(action="clients.read")
    assert event.actor_id == str(person.pk)
    assert event.address


@pytest.mark.spec("AUD-06")
def test_a_read_is_recorded_again_after_a_while_and_for_each_person_and_thing():
    one, other, client = user(), user(), client_of_type()
    now = timezone.now()
    subject = Subject("page", "x", "x")
    given = {"action": "clients.read", "now": now}
    assert note_read(actor=one, subject=client, **given)
    assert not note_read(actor=one, subject=client, **given)
    assert note_read(actor=other, subject=client, **given)
    assert note_read(actor=one, subject=subject, **given)
    assert note_read(actor=one, subject=client, action="clients.read", now=now + timedelta(minutes=16))
    browser = sign_in(one)
    with time_machine.travel(now + timedelta(minutes=10)):
        browser.get(f"/clients/{client_of_type().reference}/")
    assert len(reads()) == 5


@pytest.mark.spec("AUD-06")
def test_nothing_is_read_where_nothing_is_shown():
    stranger = sign_in(user(rights=[]))
    client = client_of_type()
    assert stranger.get(f"/clients/{client.reference}/").status_code in (403, 404)
    assert sign_in(user()).head(f"/clients/{client.reference}/").status_code == 200
    assert reads() == []


@pytest.mark.spec("AUD-06")
def test_keys_mails_users_and_events_with_personal_values_are_among_them(settings):
    settings.MAIL_KEEP_CONTENT = True
    someone = user()
    browser = sign_in(someone)
    made: dict[str, list[str]] = {}
    doors = {door.name: door for door in pages()}
    for name in ("key-list", "key-detail", "mail-detail", "mail-body", "user-detail", "audit-event"):
        assert browser.get(address_of(doors[name], someone, made)).status_code == 200, name
    assert {action for action, _reference in reads()} == {"keys.read", "mails.read", "users.read", "audit.read"}


@pytest.mark.spec("AUD-02")
def test_every_things_page_shows_its_events():
    someone = user()
    browser, made, wrong = sign_in(someone), {}, []
    for door in pages():
        view = getattr(door.view, "view_class", None)
        if not (isinstance(view, type) and issubclass(view, DetailPage)) or door.face == Face.MERCHANT or door.name in WITHOUT_TIMELINE:
            continue
        answer = browser.get(address_of(door, someone, made) + ON_ANOTHER_TAB.get(door.name, ""))
        if answer.status_code != 200 or 'aria-label="Timeline"' not in answer.content.decode():
            wrong.append((door.name, answer.status_code))
    assert wrong == []


@pytest.mark.spec("AUD-02")
def test_the_trail_is_found_by_kind_of_object_and_by_an_organisations_name():
    someone = user()
    browser = sign_in(someone)
    client, shop, other = client_of_type(), organisation(name="Kafejnīca Rīga"), organisation(name="Elsewhere")
    now = timezone.now()
    edit_client(client=client, actor=someone, now=now, phone="+37120000008")
    for one in (shop, other):
        edit_organisation(organisation=one, actor=someone, now=now, name=f"{one.name} 2", external_reference="")

    def found(**criteria: str) -> set[str]:
        return {row.subject_reference for row in browser.get("/audit/", criteria).context["slice"].rows}

    assert client.reference in found(subject_type="clients.client")
    assert found(subject_type="assets.asset") == set()
    assert found(organisation="kafejnīca") == {shop.reference}
    assert found(organisation=shop.reference.lower()) == {shop.reference}
    page = browser.get(f"/clients/{client.reference}/").content.decode()
    assert f"/audit/?subject_reference={client.reference}" in page
    assert "In the audit trail" not in sign_in(user(rights=["clients.see"])).get(f"/clients/{client.reference}/").content.decode()
