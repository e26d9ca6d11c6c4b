"""Passkeys through their pages, with a device of software (ACC-03)."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import User
from accounts.tests.authenticator import Device
from accounts.tests.factories import PASSWORD, passkey_of, sign_in, user
from accounts.tests.test_factors import key_in
from audit.models import AuditEvent
from messaging.models import OutgoingMail

pytestmark = [pytest.mark.django_db, pytest.mark.spec("ACC-03")]
ADD, SECOND = "/accounts/2fa/passkeys/new/", "/accounts/2fa/authenticate/"
QUESTION, ALONE = "/accounts/passkey/question/", "/accounts/passkey/"


def register(browser: Client, device: Device, *, name: str = "Laptop", **how):
    page = browser.get(ADD)
    answer = json.dumps(device.register(page.context["passkey_options"], **how))
    return browser.post(ADD, {"operation_key": key_in(page), "name": name, "answer": answer})


def second_step(someone: User, device: Device, **how):
    browser = Client()
    browser.post("/accounts/login/", {"login": someone.email, "password": PASSWORD})
    question = browser.get(SECOND).context["js_data"]["request_options"]
    return browser, browser.post(SECOND, {"credential": json.dumps(device.sign(question, **how))})


def alone(device: Device, browser: Client | None = None, *, answer: str | None = None, **more):
    browser = browser or Client()
    question = browser.post(QUESTION).json()
    return browser, browser.post(ALONE, {"answer": answer or json.dumps(device.sign(question)), **more})


def test_added_it_signs_in_as_a_second_step_and_is_told_by_mail():
    someone, device = user(), Device()
    assert register(sign_in(someone), device)["Location"] == "/accounts/2fa/"
    assert [mail.context["change"] for mail in OutgoingMail.objects.all()] == ["passkey_added"]
    assert AuditEvent.objects.filter(action="users.passkey_added").count() == 1
    browser, answer = second_step(someone, device)
    assert answer["Location"] == "/"
    assert browser.get("/users/").status_code == 200
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_alone_it_signs_in_and_leads_to_the_page_asked_for():
    someone, device = user(), Device()
    passkey_of(someone, device)
    browser, answer = alone(device, next="/users/")
    assert answer["Location"] == "/users/"
    assert browser.get("/users/").status_code == 200
    assert AuditEvent.objects.get(action="users.signed_in").details == {"by": ["webauthn"]}


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/merchant/", "javascript:alert(1)"])
def test_alone_it_leads_nowhere_else(target):
    device = Device()
    passkey_of(user(), device)
    assert alone(device, next=target)[1]["Location"] == "/"


@pytest.mark.parametrize("fault", ["origin", "unverified", "counter", "other key", "replayed", "inactive", "other host"])
def test_what_is_not_the_person_s_own_answer_signs_nobody_in(fault):
    someone = user()
    device = Device(verifies=fault != "unverified", rp_id="evil.example" if fault == "other host" else "localhost")
    passkey_of(someone, device)
    browser = Client()
    question = browser.post(QUESTION).json()
    if fault == "counter":
        Authenticator.objects.filter(user=someone, type="webauthn").update(
            data=Authenticator.objects.get(type="webauthn").data | {"counter": 7}
        )
    if fault == "inactive":
        User.objects.filter(pk=someone.pk).update(is_active=False)
    signer = device
    if fault == "other key":
        signer = Device()
        signer.id, signer.handle = device.id, device.handle
    answer = json.dumps(signer.sign(question, origin="https://evil.example" if fault == "origin" else "http://localhost:8000"))
    if fault == "replayed":
        browser.post(ALONE, {"answer": answer})
        browser = Client()
        browser.post(QUESTION)
    refused = browser.post(ALONE, {"answer": answer})
    assert refused["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize(
    "answer",
    [
        "", "{}", "[]", "null", "1", '"x"', "{", '{"response": {}}', '{"response": {"userHandle": "!!"}}', '{"response": {"userHandle": "MQ"}}',
        '{"id": "a", "rawId": "a", "type": "public-key", "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "MQ"}}',
        "[" * 3000, "\x00", '{"response": null}', '{"response": {"userHandle": 7}}',
    ],
)  # fmt: skip
def test_nothing_that_is_sent_breaks_the_doors(answer):
    someone, device = user(), Device()
    passkey_of(someone, device)
    assert alone(device, answer=answer or " ")[1].status_code == 302
    browser = Client()
    browser.post("/accounts/login/", {"login": someone.email, "password": PASSWORD})
    browser.get(SECOND)
    assert browser.post(SECOND, {"credential": answer}).status_code == 200
    own = sign_in(someone)
    page = own.get(ADD)
    assert own.post(ADD, {"operation_key": key_in(page), "name": "x", "answer": answer}).status_code == 422
    assert Authenticator.objects.filter(user=someone, type="webauthn").count() == 1


@pytest.mark.spec("ACC-05")
def test_wrong_passkeys_are_counted_like_wrong_codes():
    someone, device = user(), Device()
    passkey_of(someone, device)
    for _try in range(5):
        assert second_step(someone, Device())[1].status_code == 200
    assert second_step(someone, device)[1].status_code == 200
    assert AuditEvent.objects.filter(action="users.locked").count() == 1


def test_the_question_is_not_answered_twice_nor_for_another_session():
    someone, device = user(), Device()
    browser = sign_in(someone)
    page = browser.get(ADD)
    answer = json.dumps(device.register(page.context["passkey_options"]))
    other = sign_in(someone)
    elsewhere = other.get(ADD)
    assert other.post(ADD, {"operation_key": key_in(elsewhere), "name": "x", "answer": answer}).status_code == 422
    assert browser.post(ADD, {"operation_key": key_in(page), "name": "x", "answer": answer}).status_code == 302
    again = browser.get(ADD)
    assert browser.post(ADD, {"operation_key": key_in(again), "name": "x", "answer": answer}).status_code == 422


def test_somebody_else_s_passkey_is_404():
    passkey = passkey_of(user())
    for what in ("rename", "remove"):
        assert sign_in(user()).get(f"/accounts/2fa/passkeys/{passkey.data['reference']}/{what}/").status_code == 404


def test_renaming_cleans_the_name():
    someone = user()
    passkey = passkey_of(someone)
    address = f"/accounts/2fa/passkeys/{passkey.data['reference']}/rename/"
    browser = sign_in(someone)
    assert browser.post(address, {"operation_key": key_in(browser.get(address)), "name": "a\u202eb"}).status_code == 422
    browser.post(address, {"operation_key": key_in(browser.get(address)), "name": "<b>Phone</b>"})
    assert "&lt;b&gt;Phone&lt;/b&gt;" in browser.get("/accounts/2fa/").content.decode()


def test_starting_again_forgets_the_right_password():
    someone = user()
    browser = Client()
    browser.post("/accounts/login/", {"login": someone.email, "password": PASSWORD})
    assert browser.get("/accounts/login/")["Location"] == SECOND
    browser.post("/accounts/login/again/")
    assert browser.get("/accounts/login/").status_code == 200
    assert browser.get(SECOND)["Location"] == "/accounts/login/"
