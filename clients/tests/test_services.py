"""The verbs of clients (CLI-02, CLI-05, CLI-07)."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent, AuditPersonal
from audit.services import IllegalTransition
from clients.enums import ClientStatus, ClientType, LifecycleEvent, PersonRole
from clients.models import Client, ClientEvent
from clients.services import ClientDataMisfit, ClientEmailTaken, Person, WrongMode, activate_client, create_client, edit_client
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from core.text import UnfitText
from organisations.models import ApiKey

ACTOR = SystemActor("test")
PERSON = {"type": ClientType.PERSON, "email": "Anna@Example.com", "first_name": "Anna", "last_name": "Ozola"}
COMPANY = {"type": ClientType.COMPANY, "email": "info@berzs.example", "company_name": "SIA Bērzs", "registration_number": "40003000001"}
OWNER = Person(role=PersonRole.OWNER, first_name="Līga", last_name="Kalniņa", share=Decimal("60"))


@pytest.mark.django_db
@pytest.mark.spec("CLI-02", "CLI-05", "CLI-07")
def test_a_person_is_created_at_level_0_with_a_dated_sign_up_and_an_event_without_personal_data():
    now = timezone.now()
    client = create_client(actor=ACTOR, now=now, **PERSON, phone="+371 20 000 000", birth_date=date(1990, 5, 1))
    stored = Client.objects.get(pk=client.pk)
    assert (stored.status, stored.verification_level, stored.email, stored.phone) == (
        ClientStatus.CREATED, 0, "anna@example.com", "+37120000000",
    )  # fmt: skip
    assert list(ClientEvent.objects.values_list("client_id", "type", "at")) == [(client.pk, LifecycleEvent.SIGNED_UP, now)]
    event = AuditEvent.objects.get(action="clients.created")
    assert event.subject_reference == client.reference
    assert b"Anna" not in bytes(event.payload)
    assert dict(AuditPersonal.objects.filter(event=event).values_list("field", "new")) == {
        "email": "anna@example.com", "phone": "+37120000000", "first_name": "Anna", "last_name": "Ozola", "birth_date": "1990-05-01",
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.spec("CLI-02")
def test_a_company_has_representatives_and_owners_which_an_edit_replaces():
    client = create_client(
        actor=ACTOR, now=timezone.now(), **COMPANY,
        people=[OWNER, Person(role=PersonRole.REPRESENTATIVE, first_name="Jānis", last_name="Bērziņš")],
    )  # fmt: skip
    assert sorted(client.people.values_list("role", "last_name", "share")) == [
        ("owner", "Kalniņa", Decimal("60.00")), ("representative", "Bērziņš", None),
    ]  # fmt: skip
    edit_client(client=client, actor=ACTOR, now=timezone.now(), company_name="SIA Ozols", people=[OWNER])
    assert list(client.people.values_list("last_name", flat=True)) == ["Kalniņa"]
    event = AuditEvent.objects.get(action="clients.edited")
    assert AuditPersonal.objects.get(event=event, field="people").new == "Beneficial owner: Līga Kalniņa, 60.00 %"
    assert Client.objects.get(pk=client.pk).company_name == "SIA Ozols"


@pytest.mark.django_db
@pytest.mark.spec("CLI-02")
@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        (PERSON | {"company_name": "SIA Bērzs"}, ClientDataMisfit, "company_name"),
        (PERSON | {"people": [OWNER]}, ClientDataMisfit, "people"),
        (PERSON | {"birth_date": date(2999, 1, 1)}, ClientDataMisfit, "birth_date"),
        (PERSON | {"email": "anna@@example"}, UnfitText, "email"),
        (PERSON | {"email": "ann\u0131@example.com"}, UnfitText, "email"),
        (PERSON | {"phone": "20000000"}, UnfitText, "phone"),
        (PERSON | {"first_name": "Anna\r\nBcc: all"}, UnfitText, "first_name"),
        (PERSON | {"last_name": "\u202egnp.exe"}, UnfitText, "last_name"),
        (PERSON | {"last_name": "\ud800"}, UnfitText, "last_name"),
        (PERSON | {"last_name": "x" * 81}, UnfitText, "last_name"),
        (PERSON | {"last_name": "  "}, UnfitText, "last_name"),
        (PERSON | {"type": "robot"}, ClientDataMisfit, "type"),
        (COMPANY | {"first_name": "Anna"}, ClientDataMisfit, "first_name"),
        (COMPANY | {"registration_number": ""}, UnfitText, "registration_number"),
        (COMPANY | {"people": [OWNER, OWNER]}, ClientDataMisfit, "share"),
        (COMPANY | {"people": [Person(role="owner", first_name="A", last_name="B")]}, ClientDataMisfit, "share"),
        (COMPANY | {"people": [Person(role="owner", first_name="A", last_name="B", share=Decimal("NaN"))]}, ClientDataMisfit, "share"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_field_and_leaves_nothing(values, error, field):
    with pytest.raises(error) as refusal:
        create_client(actor=ACTOR, now=timezone.now(), **values)
    assert refusal.value.field == field
    assert (Client.objects.count(), AuditEvent.objects.count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.spec("CLI-02")
def test_an_edit_writes_what_changed_and_nothing_when_nothing_did():
    client = client_of_type(email="anna@example.com", first_name="Anna", last_name="Ozola")
    edit_client(client=client, actor=ACTOR, now=timezone.now(), last_name=" Ozola ")
    assert AuditEvent.objects.count() == 0
    edit_client(client=client, actor=ACTOR, now=timezone.now(), last_name="Liepa")
    event = AuditEvent.objects.get()
    assert list(AuditPersonal.objects.filter(event=event).values_list("field", "old", "new")) == [("last_name", "Ozola", "Liepa")]
    with pytest.raises(TypeError):
        edit_client(client=client, actor=ACTOR, now=timezone.now(), status=ClientStatus.ACTIVE)


@pytest.mark.django_db
@pytest.mark.spec("CLI-07")
def test_an_activation_happens_once_and_is_dated():
    client, now = client_of_type(status=ClientStatus.CREATED), timezone.now()
    assert activate_client(client=client, actor=ACTOR, now=now).status == ClientStatus.ACTIVE
    with pytest.raises(IllegalTransition):
        activate_client(client=client, actor=ACTOR, now=now)
    assert list(ClientEvent.objects.values_list("type", "at")) == [(LifecycleEvent.ACTIVATED, now)]
    assert AuditEvent.objects.filter(action="clients.activated").count() == 1


@pytest.mark.django_db
@pytest.mark.spec("API-05")
def test_a_key_makes_clients_of_its_own_mode_alone():
    key = ApiKey(pk=1, reference="KEY-1", is_test=True)
    with pytest.raises(WrongMode):
        create_client(actor=key, now=timezone.now(), **PERSON)
    assert create_client(actor=key, now=timezone.now(), **PERSON, is_test=True).is_test


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("CLI-02")
def test_of_many_who_take_one_address_at_once_one_wins_and_the_rest_are_told():
    barrier, outcomes = threading.Barrier(6), []

    def attempt() -> None:
        barrier.wait()
        try:
            create_client(actor=ACTOR, now=timezone.now(), **PERSON)
            outcomes.append("created")
        except ClientEmailTaken:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(outcomes) == ["created", *["taken"] * 5]
    made = AuditEvent.objects.filter(action="clients.created")
    assert (Client.objects.count(), ClientEvent.objects.count(), made.count()) == (1, 1, 1)
