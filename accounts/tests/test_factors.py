"""The second factor (ACC-03): set up, asked for, used once, counted."""

import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import add_totp
from accounts.tests.factories import PASSWORD, sign_in, user
from audit.models import AuditEvent
from core.actors import SystemActor

pytestmark = pytest.mark.django_db
SECOND = "/accounts/2fa/authenticate/"


def code_of(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def enrolled() -> tuple[User, str]:
    someone, secret = user(), generate_totp_secret()
    add_totp(user=someone, secret=secret, actor=SystemActor("test"), now=timezone.now())
    return someone, secret


def password_given(someone: User, **where: str) -> Client:
    browser = Client()
    response = browser.post("/accounts/login/", {"login": someone.email, "password": PASSWORD}, **where)
    assert response["Location"].split("?")[0] == SECOND
    return browser


@pytest.mark.spec("ACC-03")
def test_it_is_set_up_on_the_pages_and_asked_for_at_the_next_sign_in():
    someone = user()
    browser = Client()
    browser.post("/accounts/login/", {"login": someone.email, "password": PASSWORD})
    asked = browser.get("/accounts/2fa/totp/activate/")
    assert asked["Location"].startswith("/accounts/reauthenticate/"), "a fresh proof comes first (ACC-07)"
    browser.post(asked["Location"], {"password": PASSWORD})
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert "data:image/svg+xml" in page.content.decode()
    assert browser.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    done = browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    codes = browser.get(done["Location"]).context["unused_codes"]
    assert len(set(codes)) == 10
    assert browser.get("/accounts/2fa/recovery-codes/download/").content.decode().split() == codes
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data), "encrypted at rest"
    assert AuditEvent.objects.filter(action="users.totp_added", actor_label=someone.reference).count() == 1

    again = password_given(someone)
    assert again.get("/users/").status_code == 302, "the password alone opens nothing"
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        assert again.post(SECOND, {"code": code_of(secret)})["Location"] == "/"
    assert again.get("/users/").status_code == 200


@pytest.mark.spec("ACC-03")
def test_a_code_is_accepted_once():
    someone, secret = enrolled()
    code = code_of(secret)
    assert password_given(someone).post(SECOND, {"code": code}).status_code == 302
    refused = password_given(someone).post(SECOND, {"code": code})
    assert refused.status_code == 200
    assert "used before" in refused.content.decode()


@pytest.mark.spec("ACC-03")
def test_a_recovery_code_opens_once_and_the_trail_says_so():
    someone, _secret = enrolled()
    code = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()[0]
    assert password_given(someone).post(SECOND, {"code": code}).status_code == 302
    assert AuditEvent.objects.filter(action="users.recovery_code_used").count() == 1
    assert password_given(someone).post(SECOND, {"code": code}).status_code == 200


@pytest.mark.spec("ACC-03", "ACC-05")
def test_after_five_wrong_codes_the_right_one_waits_too():
    someone, secret = enrolled()
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        browser = password_given(someone)
        for _try in range(5):
            assert browser.post(SECOND, {"code": "000000"}).status_code == 200
        assert browser.post(SECOND, {"code": code_of(secret)}).status_code == 200
        assert AuditEvent.objects.filter(action="users.locked").count() == 1
        clock.move_to(now + timedelta(minutes=16))
        assert password_given(someone).post(SECOND, {"code": code_of(secret)}).status_code == 302


@pytest.mark.spec("ACC-03")
def test_who_is_deactivated_between_the_steps_does_not_get_in():
    someone, secret = enrolled()
    browser = password_given(someone)
    User.objects.filter(pk=someone.pk).update(is_active=False)
    browser.post(SECOND, {"code": code_of(secret)})
    assert "_auth_user_id" not in browser.session


@pytest.mark.spec("ACC-03")
@pytest.mark.parametrize("code", ["", "abc", "١٢٣٤٥٦", "0" * 5000, "\x00", "12 34 56"])
def test_no_code_breaks_the_page(code):
    someone, _secret = enrolled()
    assert password_given(someone).post(SECOND, {"code": code}).status_code == 200


@pytest.mark.spec("ACC-03")
def test_taking_it_off_needs_a_fresh_proof_and_leaves_an_event():
    someone, secret = enrolled()
    browser = sign_in(someone)
    asked = browser.post("/accounts/2fa/totp/deactivate/")
    assert "reauthenticate" in asked["Location"]
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()
    browser.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret)})
    assert browser.get("/accounts/2fa/totp/deactivate/").status_code == 200
    browser.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=someone).exists()
    assert AuditEvent.objects.filter(action="users.totp_removed").count() == 1


@pytest.mark.spec("ACC-03")
@pytest.mark.parametrize("path", ["", "recovery-codes/", "recovery-codes/generate/"])
def test_the_own_pages_open(path):
    someone, secret = enrolled()
    browser = sign_in(someone)
    browser.post("/accounts/2fa/reauthenticate/", {"code": code_of(secret)})
    assert browser.get(f"/accounts/2fa/{path}").status_code == 200
