"""Passwords: rules, change, and the forgotten one (ACC-02, ACC-06, reliability A7)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.passwords import send_reset_mail
from accounts.tests.factories import PASSWORD, sign_in, user
from audit.models import AuditEvent
from core import instance
from core.actors import SystemActor
from messaging.models import OutgoingMail

pytestmark = pytest.mark.django_db
NEW = "eleven grey herons at dawn"
FORGOTTEN = "/accounts/password/reset/"


def mailed_path() -> str:
    """The path in the last mail, as its reader sees it."""
    url = OutgoingMail.objects.latest("id").context["url"]
    assert url.startswith("http://localhost:8000/accounts/password/reset/key/"), url
    return url.removeprefix("http://localhost:8000")


def open_link(browser: Client, path: str) -> str:
    """Follow the link to the form; its address no longer holds the token (A7: Referer)."""
    response = browser.get(path)
    assert response.status_code == 302
    assert response["Location"].endswith("-set-password/")
    return response["Location"]


@pytest.mark.spec("ACC-02")
@pytest.mark.parametrize(
    "password",
    [
        "fourteen chars", "x" * 129, "password1234567", "Password12345678!", "passwordpassword", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc", "1234567890123456", "correct horse battery staple", "CorrectHorseBatteryStaple", "abcdefghijklmnopqr",
        "anna.bondare@example.com", "Bondare Anna Anna", "Pa\u0073\uff53word1234567", "letmeinletmein99", "111111111111111",
    ],
)  # fmt: skip
def test_weak_passwords_are_refused(password):
    someone = user(first_name="Anna", last_name="Bondare", email="anna.bondare@example.com")
    with pytest.raises(ValidationError):
        validate_password(password, someone)


@pytest.mark.spec("ACC-02")
@pytest.mark.parametrize(
    "password", [NEW, "x7Kq2mVz9RtLp4W", "ķēniņa zaļā cepure žūst", "p" + "äöü ßñ " * 18, "correct horse, but other staples"]
)
def test_long_passwords_of_any_characters_are_accepted(password):
    assert 15 <= len(password) <= 128
    validate_password(password, user())


@pytest.mark.spec("ACC-02")
def test_the_previous_password_is_refused_and_the_rules_stand_beside_the_field():
    someone = user()
    browser = sign_in(someone)
    page = browser.get("/accounts/password/change/").content.decode()
    for rule in ("15 to 128 characters", "Not a common or breached password", "Not like your name", "Not the previous password"):
        assert rule in page
    response = browser.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD})
    assert response.status_code == 200
    assert "the password you have now" in response.content.decode()


@pytest.mark.spec("ACC-02")
def test_an_issuer_that_must_can_ask_for_four_classes():
    without = ("all lower case letters 1!", "ALL UPPER CASE LETTERS 1!", "No Digits Here At All!", "NoOtherSign1234")
    for password in without:
        validate_password(password)
    instance.assume({"accounts.password_classes": True})
    for password in without:
        with pytest.raises(ValidationError):
            validate_password(password)
    validate_password("Lower, Upper, 1 Digit")


@pytest.mark.spec("ACC-02", "ACC-06")
def test_changing_the_password_ends_the_other_sessions_and_tells_the_person():
    someone = user()
    here, there = sign_in(someone), sign_in(someone)
    wrong = here.post("/accounts/password/change/", {"oldpassword": "wrong", "password1": NEW, "password2": NEW})
    assert wrong.status_code == 200
    assert "not your password" in wrong.content.decode()
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert User.objects.get(pk=someone.pk).check_password(NEW)
    assert (here.get("/users/").status_code, there.get("/users/").status_code) == (200, 302)
    assert OutgoingMail.objects.get().template == "accounts.password_changed"
    assert AuditEvent.objects.filter(action="users.password_changed", actor_label=someone.reference).count() == 1


@pytest.mark.spec("ACC-06")
def test_the_mailed_link_works_once_and_ends_all_sessions():
    someone = user()
    thief = sign_in(someone)
    browser = Client()
    assert browser.post(FORGOTTEN, {"email": someone.email.upper()})["Location"] == "/accounts/password/reset/done/"
    path = mailed_path()
    form = open_link(browser, path)
    assert "15 to 128 characters" in browser.get(form).content.decode()
    done = browser.post(form, {"password1": NEW, "password2": NEW})
    assert done["Location"] == "/accounts/password/reset/key/done/"
    assert "_auth_user_id" not in browser.session, "a reset signs nobody in: a second factor can't be passed by"
    assert User.objects.get(pk=someone.pk).check_password(NEW)
    assert thief.get("/users/").status_code == 302
    again = Client().get(path)
    assert again.status_code == 200
    assert "This link no longer works" in again.content.decode()
    assert browser.post(form, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 200
    assert User.objects.get(pk=someone.pk).check_password(NEW)


@pytest.mark.spec("ACC-06")
def test_the_link_lives_one_hour():
    someone, now = user(), timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        Client().post(FORGOTTEN, {"email": someone.email})
        path = mailed_path()
        clock.move_to(now + timedelta(minutes=59))
        assert Client().get(path).status_code == 302
        clock.move_to(now + timedelta(minutes=61))
        assert "This link no longer works" in Client().get(path).content.decode()


@pytest.mark.spec("ACC-06")
@pytest.mark.parametrize("change", ["password", "sign-in", "deactivation", "address"])
def test_what_happens_to_the_account_meanwhile_voids_the_link(change):
    someone = user(second_factor=False)
    Client().post(FORGOTTEN, {"email": someone.email})
    path = mailed_path()
    if change == "password":
        someone.set_password(NEW)
        someone.save()
    elif change == "sign-in":
        Client().post("/accounts/login/", {"login": someone.email, "password": PASSWORD})
    elif change == "address":
        User.objects.filter(pk=someone.pk).update(email="other@example.com")
    else:
        User.objects.filter(pk=someone.pk).update(is_active=False)
    assert "This link no longer works" in Client().get(path).content.decode()


@pytest.mark.spec("ACC-06", "ACC-05")
def test_the_answer_never_tells_whether_an_account_exists():
    known, inactive = user(), user(is_active=False)
    answers = [Client().post(FORGOTTEN, {"email": email}, follow=True) for email in (known.email, inactive.email, "nobody@example.com")]
    texts = {re.sub(r'value="[^"]*"', "", answer.content.decode()) for answer in answers}
    assert len(texts) == 1
    assert [mail.to for mail in OutgoingMail.objects.all()] == [known.email]


@pytest.mark.spec("ACC-06")
def test_a_host_header_can_not_poison_the_link():
    someone = user()
    assert Client().post(FORGOTTEN, {"email": someone.email}, HTTP_HOST="evil.example").status_code == 400
    assert OutgoingMail.objects.count() == 0
    Client().post(FORGOTTEN, {"email": someone.email}, HTTP_HOST="127.0.0.1", HTTP_X_FORWARDED_HOST="evil.example")
    assert "evil" not in mailed_path()


@pytest.mark.spec("ACC-06", "ACC-05")
def test_a_reset_by_mail_opens_a_locked_account():
    someone = user()
    for place in range(6):
        Client().post("/accounts/login/", {"login": someone.email, "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{place}")
    send_reset_mail(user=someone, actor=SystemActor("test"), now=timezone.now())
    browser = Client()
    browser.post(open_link(browser, mailed_path()), {"password1": NEW, "password2": NEW})
    assert Client().post("/accounts/login/", {"login": someone.email, "password": NEW}, REMOTE_ADDR="192.0.2.99").status_code == 302


@pytest.mark.spec("ACC-06")
@pytest.mark.parametrize("path", ["1-abc-def/", "zzzzzzzzzzzzz-set-password/", "0-x/", "1-set-password/"])
def test_a_made_up_link_is_told_so(path):
    response = Client().get(f"/accounts/password/reset/key/{path}")
    assert response.status_code == 200
    assert "This link no longer works" in response.content.decode()
