"""Clients through their pages (CLI-01, CLI-02, CLI-07)."""

import re
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from audit.selectors import timeline
from clients.enums import ClientStatus, ClientType, Right
from clients.models import Client, ClientEvent
from clients.tests.factories import client_of_type
from messaging.models import OutgoingMail
from messaging.services.rendering import rendered_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    return sign_in(user(rights=[Right.CLIENTS_SEE, Right.CLIENTS_EDIT]))


def found(browser, **criteria: object) -> set[str]:
    page = browser.get("/clients/", criteria)
    assert page.status_code == 200
    return {row.reference for row in page.context["slice"].rows}


def send(browser, address: str, **values: object):
    """Open the form and send it, as a person does."""
    key = re.search(r'name="operation_key" value="([^"]+)"', browser.get(address).content.decode())[1]
    return browser.post(address, {"operation_key": key, **values})


@pytest.mark.spec("CLI-01")
def test_each_criterion_finds_what_it_names_and_nothing_else(browser):
    anna = client_of_type(
        first_name="Anna",
        last_name="Ozola-Ņikitina",
        email="anna.ozola@example.com",
        phone="+37120000001",
        created_at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    firm = client_of_type(ClientType.COMPANY, company_name="SIA Čiekurs", email="info@ciekurs.example", verification_level=2)
    client_of_type(first_name="Pēteris", last_name="Kalns", email="peteris@example.com", status=ClientStatus.CREATED)
    for criteria in (
        {"q": "ņIKIT"}, {"first_name": "nna"}, {"last_name": "OZOLA"}, {"email": "anna.oz"}, {"phone": "+371 20 000 001"},
        {"q": anna.reference}, {"created_at_from": "2026-01-05", "created_at_to": "2026-01-05"},
    ):  # fmt: skip
        assert found(browser, **criteria) == {anna.reference}, criteria
    for criteria in ({"q": "čiek"}, {"type": "company"}, {"verification_level": "2"}, {"company_name": "ČIEKURS"}):
        assert found(browser, **criteria) == {firm.reference}, criteria
    assert len(found(browser, status=["active", "created"])) == 3
    assert len(found(browser)) == 3
    assert found(browser, last_name="%%%") == found(browser, phone="20000001") == found(browser, q="x'; --") == set()


@pytest.mark.spec("CLI-01", "UIX-01")
def test_the_list_takes_few_statements(browser, django_assert_max_num_queries):
    for _number in range(30):
        client_of_type()
    with django_assert_max_num_queries(6):
        browser.get("/clients/?q=client")


@pytest.mark.spec("CLI-02", "CLI-05", "CLI-07")
def test_a_person_is_added_edited_and_activated_on_the_pages(browser):
    response = send(
        browser, "/clients/new/", first_name="Anna", last_name="Ozola", email="Anna@Example.com", phone="+371 20 000 000", language="lv"
    )
    client = Client.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/clients/{client.reference}/")
    assert (client.email, client.status, client.verification_level, client.language) == ("anna@example.com", ClientStatus.CREATED, 0, "lv")
    page = browser.get(response["Location"]).content.decode()
    assert "Anna Ozola" in page
    assert "Client created" in page
    assert "Representatives and owners" not in page
    send(
        browser,
        f"/clients/{client.reference}/edit/",
        first_name="Anna",
        last_name="Liepa",
        email="anna@example.com",
        phone="",
        language="lv",
    )
    send(browser, f"/clients/{client.reference}/activate/")
    client.refresh_from_db()
    assert (client.last_name, client.phone, client.status) == ("Liepa", "", ClientStatus.ACTIVE)
    assert list(ClientEvent.objects.order_by("id").values_list("type", flat=True)) == ["signed_up", "activated"]


@pytest.mark.spec("CLI-03", "CLI-07")
@pytest.mark.parametrize(("language", "subject"), [("en", "closed for now"), ("fr", "désactivé"), ("lv", "deaktivizēts")])
def test_a_client_is_deactivated_and_reactivated_and_told_in_its_language(browser, language, subject):
    client = client_of_type(status=ClientStatus.CREATED, email="anna@example.com", language=language)
    address = f"/clients/{client.reference}"
    send(browser, f"{address}/activate/")
    assert "A mail to anna@example.com says so." in browser.get(f"{address}/deactivate/").content.decode()
    send(browser, f"{address}/deactivate/", reason="Asked for it by phone")
    client.refresh_from_db()
    assert client.status == ClientStatus.DEACTIVATED
    page = browser.get(f"{address}/").content.decode()
    assert "Reactivate client" in page
    assert "Activate client" not in page
    assert "Asked for it by phone" in page
    assert send(browser, f"{address}/deactivate/").status_code == 422  # it is already
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.about_reference, mail.language) == ("anna@example.com", client.reference, language)
    parts = rendered_of(mail)
    assert subject in parts.subject
    assert str(client) in parts.text
    assert "phone" not in parts.text + parts.html
    send(browser, f"{address}/reactivate/")
    client.refresh_from_db()
    assert client.status == ClientStatus.ACTIVE
    assert [mail.template for mail in OutgoingMail.objects.order_by("id")] == ["clients.deactivated", "clients.reactivated"]
    assert list(client.lifecycle.order_by("id").values_list("type", flat=True)) == ["activated", "deactivated", "reactivated"]
    actions = timeline(client).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["clients.activated", "clients.deactivated", "clients.reactivated"]


@pytest.mark.spec("CLI-03", "CLI-07")
def test_who_was_never_active_is_created_again_and_its_activation_still_counts(browser):
    client = client_of_type(status=ClientStatus.CREATED)
    address = f"/clients/{client.reference}"
    send(browser, f"{address}/deactivate/")
    refused = send(browser, f"{address}/activate/")
    assert refused.status_code == 422
    assert "reactivate it instead" in refused.content.decode()
    send(browser, f"{address}/reactivate/")
    send(browser, f"{address}/activate/")
    client.refresh_from_db()
    assert client.status == ClientStatus.ACTIVE
    assert client.lifecycle.filter(type="activated").count() == 1


@pytest.mark.spec("CLI-03", "API-05")
def test_a_test_client_gets_no_mail(browser):
    client = client_of_type(is_test=True)
    assert "no mail" in browser.get(f"/clients/{client.reference}/deactivate/").content.decode()
    send(browser, f"/clients/{client.reference}/deactivate/")
    assert not OutgoingMail.objects.exists()


@pytest.mark.spec("CLI-02")
def test_a_company_gets_its_representatives_and_owners_on_its_page(browser):
    send(
        browser,
        "/clients/new/company/",
        company_name="SIA Bērzs",
        registration_number="40003000001",
        email="info@berzs.example",
        language="en",
    )
    firm = Client.objects.get()
    address = f"/clients/{firm.reference}"
    send(browser, f"{address}/people/add/", role="owner", first_name="Līga", last_name="Kalniņa", share="60")
    send(browser, f"{address}/people/add/", role="representative", first_name="Jānis", last_name="Bērziņš")
    too_much = send(browser, f"{address}/people/add/", role="owner", first_name="Ivo", last_name="Liepa", share="40.01")
    assert too_much.status_code == 422
    assert "more than 100 %" in too_much.content.decode()
    assert "Līga Kalniņa" in browser.get(f"{address}/?tab=people").content.decode()
    send(browser, f"{address}/people/remove/", person=str(firm.people.get(last_name="Kalniņa").pk))
    assert list(firm.people.values_list("last_name", flat=True)) == ["Bērziņš"]


@pytest.mark.spec("CLI-02")
def test_an_error_stands_at_its_field_and_nothing_is_made(browser):
    client_of_type(email="anna@example.com")
    response = send(browser, "/clients/new/", first_name="A", last_name="B", email="ANNA@example.com", language="en")
    assert response.status_code == 422
    assert "Another client has this e-mail address." in response.context["form"].errors["email"]
    assert Client.objects.count() == 1


@pytest.mark.spec("USR-01")
def test_who_only_sees_is_offered_nothing_and_refused_by_name():
    reader, client = sign_in(user(rights=[Right.CLIENTS_SEE])), client_of_type(status=ClientStatus.CREATED)
    page = reader.get(f"/clients/{client.reference}/").content.decode()
    assert "Activate client" not in page
    assert "Add client" not in reader.get("/clients/").content.decode()
    for path in ("new/", f"{client.reference}/edit/", f"{client.reference}/activate/"):
        refusal = reader.get(f"/clients/{path}")
        assert refusal.status_code == 403
        assert "Create and edit clients" in refusal.content.decode()
    assert reader.post(f"/clients/{client.reference}/activate/").status_code == 403
    assert Client.objects.get().status == ClientStatus.CREATED


@pytest.mark.spec("CLI-02")
def test_fields_that_the_form_does_not_name_can_not_be_posted(browser):
    client = client_of_type(status=ClientStatus.CREATED, email="anna@example.com")
    before = Client.objects.values().get()
    hostile = {
        "status": "active", "verification_level": "5", "is_test": "on", "type": "company", "reference": "CLT-X", "id": "7", "company_name": "X",
        "created_at": "2020-01-01", "search_text": "x",
    }  # fmt: skip
    own = {name: before[name] for name in ("first_name", "last_name", "email", "phone", "language")}
    send(browser, f"/clients/{client.reference}/edit/", **own, **hostile)
    assert Client.objects.values().get() == before


@pytest.mark.spec("API-05")
def test_a_test_client_is_marked(browser):
    client = client_of_type(is_test=True, created_at=timezone.now())
    assert "Test" in browser.get("/clients/").content.decode()
    assert "Test" in browser.get(f"/clients/{client.reference}/").content.decode()
