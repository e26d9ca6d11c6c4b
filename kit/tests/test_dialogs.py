"""What is done happens once and is said before (UIX-03, C1); errors are pages with a reference in the log (UIX-06)."""

import re
import threading

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client

from accounts.enums import Right
from accounts.models import User
from accounts.tests.factories import open_session, sign_in, user
from kit.pages import Page
from organisations.models import Organisation

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/users/?q=abc"}
pytestmark = pytest.mark.urls("kit.tests.pages")


def key_in(page) -> str:
    return re.search(r'name="operation_key" value="([^"]+)"', page.content.decode())[1]


@pytest.fixture
def person(db):
    return user(rights=[Right.USERS_SEE, Right.USERS_EDIT])


@pytest.fixture
def browser(person):
    return sign_in(person)


@pytest.mark.spec("UIX-03")
def test_a_dialog_says_what_will_happen_and_repeats_the_verb(browser, person):
    html = browser.get(f"/things/{person.reference}/phone/", headers=HTMX).content.decode()
    assert "<html" not in html
    assert f"{person.reference} gets another phone number." in html
    assert re.search(r'<button type="submit"[^>]*>Set phone number</button>', html)
    assert "<html" in browser.get(f"/things/{person.reference}/phone/").content.decode()


@pytest.mark.spec("UIX-03")
def test_sent_twice_it_happens_once_and_lands_on_the_same_page(browser, person):
    address = f"/things/{person.reference}/phone/"
    data = {"operation_key": key_in(browser.get(address)), "phone": "1"}
    before = User.objects.count()
    first, second = browser.post(address, data), browser.post(address, data)
    assert User.objects.count() == before + 1
    assert first["Location"] == second["Location"] == "/things/"
    toasts = [re.search(r"Made USR-\w+", str(message))[0] for message in browser.get("/users/").context["messages"]]
    assert len(toasts) == 2
    assert toasts[0] == toasts[1]


@pytest.mark.spec("UIX-03")
def test_other_content_under_the_same_key_is_refused(browser, person):
    address = f"/things/{person.reference}/phone/"
    key = key_in(browser.get(address))
    browser.post(address, {"operation_key": key, "phone": "1"})
    before = User.objects.count()
    assert browser.post(address, {"operation_key": key, "phone": "2"}).status_code == 409
    assert User.objects.count() == before


@pytest.mark.spec("UIX-03")
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_have_one_effect():
    person = user(rights=[Right.USERS_SEE, Right.USERS_EDIT])
    browser = sign_in(person)
    address = f"/things/{person.reference}/phone/"
    data = {"operation_key": key_in(browser.get(address)), "phone": "1"}
    before, landed, start = User.objects.count(), [], threading.Barrier(20)

    def send():
        own = Client()
        own.cookies = browser.cookies.copy()
        start.wait()
        try:
            landed.append(own.post(address, data)["Location"])
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert landed == ["/things/"] * 20
    assert User.objects.count() == before + 1


@pytest.mark.spec("UIX-03")
@pytest.mark.parametrize("spoil", [lambda key: "", lambda key: key[:-1], lambda key: "x" * 300])
def test_a_form_without_a_key_of_ours_is_refused(browser, person, spoil):
    address = f"/things/{person.reference}/phone/"
    key = spoil(key_in(browser.get(address)))
    assert browser.post(address, {"operation_key": key, "phone": "1"}).status_code == 409


def test_the_key_of_another_form_or_person_is_refused(browser, person):
    other = user(rights=[Right.USERS_EDIT, Right.USERS_SEE])
    key = key_in(browser.get(f"/things/{other.reference}/phone/"))
    assert browser.post(f"/things/{person.reference}/phone/", {"operation_key": key, "phone": "1"}).status_code == 409
    assert sign_in(other).post(f"/things/{other.reference}/phone/", {"operation_key": key, "phone": "1"}).status_code == 409


@pytest.mark.spec("UIX-03")
def test_a_refusal_stands_at_its_field_and_the_form_can_be_sent_again(browser, person):
    address = f"/things/{person.reference}/phone/"
    key = key_in(browser.get(address))
    page = browser.post(address, {"operation_key": key, "phone": "taken"}, headers=HTMX)
    assert page.status_code == 422
    assert 'id="id_phone_error">Somebody has this number.' in page.content.decode()
    assert key_in(page) == key
    done = browser.post(address, {"operation_key": key, "phone": "free"}, headers=HTMX)
    assert (done.status_code, done["HX-Redirect"]) == (204, "/things/")


def test_fields_that_the_form_does_not_have_change_nothing(browser):
    key = key_in(browser.get("/things/new/"))
    browser.post("/things/new/", {"operation_key": key, "phone": "7", "is_active": "", "face": "merchant", "id": "1"})
    made = User.objects.get(email="form@example.com")
    assert (made.phone, made.is_active, made.face) == ("7", True, "issuer")


@pytest.mark.spec("USR-01", "USR-04")
def test_a_foreign_row_is_404_and_a_missing_right_is_named(db):
    organisation = Organisation.objects.create(name="Café", created_at="2026-01-01T00:00Z")
    confined = sign_in(user(rights=[Right.USERS_SEE], organisations=[organisation]))
    own, foreign = user("merchant", organisations=[organisation]), user("merchant")
    assert confined.get(f"/things/{own.reference}/").status_code == 200
    assert confined.get(f"/things/{foreign.reference}/").status_code == 404
    assert confined.get(f"/things/{foreign.reference}/phone/").status_code == 404
    refused = confined.get(f"/things/{own.reference}/phone/")
    assert refused.status_code == 403
    assert str(Right.USERS_EDIT.label) in refused.content.decode()


@pytest.mark.spec("UIX-02")
def test_a_detail_shows_the_actions_and_tabs_that_are_allowed_now(browser, person):
    page = browser.get(f"/things/{person.reference}/")
    assert [action["verb"] for action in page.context["actions"]] == ["Set phone number"]
    assert [tab.name for tab, _address in page.context["tabs"]] == ["summary", "hidden"]
    gone = user(rights=[], is_active=False)
    assert browser.get(f"/things/{gone.reference}/").context["actions"] == []
    reader = sign_in(user(rights=[Right.USERS_SEE]))
    page = reader.get(f"/things/{person.reference}/")
    assert (page.context["actions"], page.context["tabs"]) == ([], [])
    assert reader.get(f"/things/{person.reference}/?tab=hidden").status_code == 404


@pytest.mark.spec("UIX-06")
def test_a_broken_page_gives_a_reference_that_is_in_the_log(person, caplog):
    browser = Client(raise_request_exception=False)
    open_session(browser, person)
    page = browser.get("/broken/")
    reference = re.search(r"ERR-\w+", page.content.decode())[0]
    assert page.status_code == 500
    assert any(reference in record.getMessage() and "meant to break" in record.getMessage() for record in caplog.records)
    assert reference not in browser.get("/broken/").content.decode()


@pytest.mark.spec("UIX-06")
def test_an_unknown_address_gives_a_friendly_page(browser):
    page = browser.get("/no/such/page/")
    assert page.status_code == 404
    assert "ERR-" in page.content.decode()
    assert "toast" in browser.get("/no/such/page/", headers=HTMX)["HX-Trigger"]


def test_a_foreign_form_is_refused(person):
    strict = Client(enforce_csrf_checks=True)
    open_session(strict, person)
    page = strict.post(f"/things/{person.reference}/phone/", {"phone": "1"})
    assert page.status_code == 403
    assert "ERR-" in page.content.decode()


def test_a_view_without_a_right_does_not_start():
    class Careless(Page):
        pass

    class Unknown(Page):
        right = "nobody.registered"

    for view in (Careless, Unknown):
        with pytest.raises(ImproperlyConfigured):
            view.as_view()


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/users/"])
def test_preferences_lead_nowhere_else(browser, person, target):
    page = browser.post("/preferences/", {"next": target, "language": "lv", "scheme": "dark"})
    assert page["Location"] == ("/users/" if target == "/users/" else "/")
    person.refresh_from_db()
    assert person.language == "lv"
    assert page.cookies["scheme"].value == "dark"
