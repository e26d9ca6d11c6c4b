"""Before money moves, a key shows or rights change: is it you? (ACC-07)"""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.tests.authenticator import Device
from accounts.tests.factories import PASSWORD, one_time_code, passkey_of, sign_in, user
from audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.spec("ACC-07")]
CREATE_KEY = "/keys/new/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/keys/"}


def hidden(page) -> dict[str, str]:
    """What the form on the page carries along unseen."""
    html = page.content.decode()
    return {
        re.search(r'name="([^"]+)"', tag)[1]: (re.search(r'value="([^"]*)"', tag) or ["", ""])[1]
        for tag in re.findall(r'<input type="hidden"[^>]*>', html)
        if "csrf" not in tag
    }


def asks(page) -> bool:
    return 'name="proof-password"' in page.content.decode()


def test_a_stale_proof_is_asked_for_and_leads_to_the_very_page():
    browser = sign_in(user(), proved=False)
    page = browser.get(CREATE_KEY)
    assert asks(page)
    assert "Is it you?" in page.content.decode()
    done = browser.post(CREATE_KEY, {**hidden(page), "proof-password": PASSWORD})
    assert done["Location"] == CREATE_KEY
    assert not asks(browser.get(CREATE_KEY))


def test_in_a_dialog_the_answer_is_the_very_dialog():
    browser = sign_in(user(), proved=False)
    page = browser.get(CREATE_KEY, headers=HTMX)
    assert asks(page)
    assert "<html" not in page.content.decode()
    opened = browser.post(CREATE_KEY, {**hidden(page), "proof-code": one_time_code()}, headers=HTMX)
    assert opened.status_code == 200
    assert 'name="operation_key"' in opened.content.decode()
    assert not asks(opened)


def test_what_was_typed_when_the_proof_went_stale_goes_on_after_it_and_once():
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser = sign_in(someone)
        form = browser.get(CREATE_KEY)
        typed = {"operation_key": hidden(form)["operation_key"], "name": "Mobile app", "scopes": ["orders.see", "orders.act"]}
        clock.move_to(start + timedelta(minutes=4))
        browser.get("/")
        clock.move_to(start + timedelta(minutes=8))
        browser.get("/")
        clock.move_to(start + timedelta(minutes=10, seconds=1))
        step = browser.post(CREATE_KEY, typed)
        assert step.status_code == 422
        assert asks(step)
        assert not AuditEvent.objects.filter(action="keys.created").exists()
        assert hidden(step)["name"] == "Mobile app"
        assert step.content.decode().count('name="scopes"') == 2
        wrong = browser.post(CREATE_KEY, {**typed, "proof-of": "POST", "proof-password": "wrong"})
        assert (wrong.status_code, hidden(wrong)["name"]) == (422, "Mobile app")
        done = browser.post(CREATE_KEY, {**typed, "proof-of": "POST", "proof-password": PASSWORD})
        assert "Your new key" in done.content.decode()
        again = browser.post(CREATE_KEY, typed)
        assert again.status_code == 302, "the same form once more gives its first answer"
        assert AuditEvent.objects.filter(action="keys.created").count() == 1


def test_the_edge_is_ten_minutes():
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser = sign_in(someone)
        for minutes in (4, 8):
            clock.move_to(start + timedelta(minutes=minutes))
            browser.get("/")
        clock.move_to(start + timedelta(minutes=10))
        assert not asks(browser.get(CREATE_KEY))
        clock.move_to(start + timedelta(minutes=10, seconds=2))
        assert asks(browser.get(CREATE_KEY))
        clock.move_to(start - timedelta(minutes=1))
        assert asks(browser.get(CREATE_KEY)), "a proof from the future is none"


def test_signing_in_is_a_proof_and_so_is_each_of_the_person_s_factors():
    someone, device = user(), Device()
    passkey_of(someone, device)
    browser = Client()
    browser.post("/accounts/login/", {"login": someone.email, "password": PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": one_time_code()})
    assert not asks(browser.get(CREATE_KEY))
    other = sign_in(someone, proved=False)
    page = other.get(CREATE_KEY)
    assert "Use a passkey" in page.content.decode()
    signed = device.sign(page.context["passkey_options"], origin="http://localhost:8000")
    assert other.post(CREATE_KEY, {"proof-of": "GET", "proof-passkey": json.dumps(signed)}).status_code == 302
    assert not asks(other.get(CREATE_KEY))
    third = sign_in(someone, proved=False)
    third.get(CREATE_KEY)
    assert third.post(CREATE_KEY, {"proof-of": "GET", "proof-passkey": json.dumps(signed)}).status_code == 422, "an answer counts once"


def test_wrong_tries_are_counted_as_at_sign_in_and_locked():
    someone = user()
    browser = sign_in(someone, proved=False)
    for _try in range(5):
        assert browser.post(CREATE_KEY, {"proof-of": "GET", "proof-password": "wrong"}).status_code == 422
    assert browser.post(CREATE_KEY, {"proof-of": "GET", "proof-password": PASSWORD}).status_code == 422
    assert AuditEvent.objects.filter(action="users.locked").count() == 1


@pytest.mark.parametrize(
    "given",
    [
        {}, {"proof-of": "GET"}, {"proof-of": "POST"}, {"proof-of": "DELETE", "proof-password": ""}, {"proof-of": "POST", "proof-passkey": "{}"},
        {"proof-of": "POST", "proof-passkey": "[1]"}, {"proof-of": "POST", "proof-code": "\x00"}, {"proof-files": "1"},
    ],
)  # fmt: skip
def test_nothing_that_is_sent_gets_past_it(given):
    browser = sign_in(user(), proved=False)
    answer = browser.post(CREATE_KEY, {"operation_key": "x", "name": "a", "scopes": ["orders.see"], **given})
    assert answer.status_code == 422
    assert asks(answer)
    assert not AuditEvent.objects.filter(action="keys.created").exists()


def test_who_lacks_the_right_is_not_even_asked():
    assert sign_in(user(rights=[]), proved=False).get(CREATE_KEY).status_code == 403
