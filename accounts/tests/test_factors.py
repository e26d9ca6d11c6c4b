"""The second factor (ACC-03): set up, asked for, used once, counted."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.enums import Face
from accounts.models import User
from accounts.services import add_totp
from accounts.tests.factories import PASSWORD, one_time_code, passkey_of, sign_in, user
from audit.models import AuditEvent
from backoffice.services.settings import change_settings
from backoffice.tests.doors import API, address_of, walk
from core.actors import SystemActor
from messaging.models import OutgoingMail

pytestmark = pytest.mark.django_db
SECOND = "/accounts/2fa/authenticate/"
SECURITY, APP, CODES = "/accounts/2fa/", "/accounts/2fa/app/", "/accounts/2fa/recovery-codes/"


def key_in(page) -> str:
    return re.search(r'name="operation_key" value="([^"]+)"', page.content.decode())[1]


def optional() -> None:
    change_settings(values={"accounts.two_factor_issuer": False}, actor=SystemActor("test"), now=timezone.now())


def recovery_codes(someone: User) -> list[str]:
    return Authenticator.objects.get(user=someone, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()


def enrolled() -> tuple[User, str]:
    someone, secret = user(second_factor=False), generate_totp_secret()
    add_totp(user=someone, secret=secret, actor=SystemActor("test"), now=timezone.now(), codes_kept=True)
    return someone, secret


def password_given(someone: User, **where: str) -> Client:
    browser = Client()
    response = browser.post("/accounts/login/", {"login": someone.email, "password": PASSWORD}, **where)
    assert response["Location"].split("?")[0] == SECOND
    return browser


@pytest.mark.spec("ACC-03")
def test_it_is_set_up_on_the_pages_and_asked_for_at_the_next_sign_in():
    someone = user(second_factor=False)
    browser = Client()
    assert browser.post("/accounts/login/", {"login": someone.email, "password": PASSWORD})["Location"] == "/"
    assert browser.get("/")["Location"] == SECURITY
    assert "Authenticator app" in browser.get(SECURITY).content.decode()
    page = browser.get(APP)
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert "data:image/svg+xml" in page.content.decode()
    key = key_in(page)
    assert browser.post(APP, {"operation_key": key, "code": "000000"}).status_code == 422
    sent = {"operation_key": key, "code": one_time_code(secret)}
    done = browser.post(APP, sent)
    assert done["Location"] == CODES
    assert browser.post(APP, sent)["Location"] == CODES, "sent twice it happens once"
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert secret not in str(stored.data), "encrypted at rest"
    seed = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).data["seed"]
    assert seed.startswith("gAAAA"), "so is what the recovery codes are made of"
    assert AuditEvent.objects.filter(action="users.totp_added", actor_label=someone.reference).count() == 1
    assert [mail.context["change"] for mail in OutgoingMail.objects.all()] == ["app_added"]

    assert browser.get("/users/")["Location"] == SECURITY, "nothing opens before the codes are kept"
    assert browser.get(SECURITY)["Location"] == CODES
    codes = browser.get(CODES).context["codes"]
    assert len(set(codes)) == 10
    assert browser.get(CODES + "file/").content.decode().split() == codes
    assert browser.post(CODES).status_code == 422
    assert browser.post(CODES, {"kept": "yes"})["Location"] == "/"
    assert browser.get("/users/").status_code == 200
    assert browser.get(CODES)["Location"] == SECURITY, "shown once"
    assert browser.get(CODES + "file/").status_code == 404

    again = password_given(someone)
    assert again.get("/users/").status_code == 302, "the password alone opens nothing"
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        assert again.post(SECOND, {"code": one_time_code(secret)})["Location"] == "/"
        assert again.get("/users/").status_code == 200


@pytest.mark.spec("ACC-03")
def test_a_code_is_accepted_once():
    someone, secret = enrolled()
    code = one_time_code(secret)
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
        assert browser.post(SECOND, {"code": one_time_code(secret)}).status_code == 200
        assert AuditEvent.objects.filter(action="users.locked").count() == 1
        clock.move_to(now + timedelta(minutes=16))
        assert password_given(someone).post(SECOND, {"code": one_time_code(secret)}).status_code == 302


@pytest.mark.spec("ACC-03")
def test_who_is_deactivated_between_the_steps_does_not_get_in():
    someone, secret = enrolled()
    browser = password_given(someone)
    User.objects.filter(pk=someone.pk).update(is_active=False)
    browser.post(SECOND, {"code": one_time_code(secret)})
    assert "_auth_user_id" not in browser.session


@pytest.mark.spec("ACC-03")
@pytest.mark.parametrize("code", ["", "abc", "١٢٣٤٥٦", "0" * 5000, "\x00", "12 34 56"])
def test_no_code_breaks_the_page(code):
    someone, _secret = enrolled()
    assert password_given(someone).post(SECOND, {"code": code}).status_code == 200


@pytest.mark.spec("ACC-03")
def test_the_last_one_stays_where_it_is_mandatory_and_the_page_says_why():
    someone = user()
    browser = sign_in(someone)
    refused = browser.post(APP + "remove/", {"operation_key": key_in(browser.get(APP + "remove/"))})
    assert refused.status_code == 422
    assert "Set up another before you remove it" in refused.content.decode()
    assert Authenticator.objects.filter(user=someone, type=Authenticator.Type.TOTP).exists()


@pytest.mark.spec("ACC-03", "SES-03")
def test_of_two_one_can_go_which_ends_the_other_sessions_and_is_told_by_mail():
    someone = user()
    passkey_of(someone)
    browser, elsewhere = sign_in(someone), sign_in(someone)
    done = browser.post(APP + "remove/", {"operation_key": key_in(browser.get(APP + "remove/"))})
    assert done["Location"] == SECURITY
    assert not Authenticator.objects.filter(user=someone, type=Authenticator.Type.TOTP).exists()
    assert AuditEvent.objects.filter(action="users.totp_removed").count() == 1
    assert [mail.context["change"] for mail in OutgoingMail.objects.all()] == ["app_removed"]
    assert browser.get("/users/").status_code == 200
    assert elsewhere.get("/users/").status_code == 302


@pytest.mark.spec("ACC-03")
def test_where_it_is_optional_for_the_issuer_s_people_the_last_one_can_go_with_its_codes():
    optional()
    someone = user()
    browser = sign_in(someone)
    browser.post(APP + "remove/", {"operation_key": key_in(browser.get(APP + "remove/"))})
    assert not Authenticator.objects.filter(user=someone).exists()
    assert browser.get("/users/").status_code == 200


@pytest.mark.spec("ACC-03")
def test_optional_is_for_the_issuer_s_people_alone():
    optional()
    assert sign_in(user(second_factor=False)).get("/").status_code == 200
    merchant = sign_in(user(Face.MERCHANT, second_factor=False))
    assert merchant.get("/merchant/")["Location"] == SECURITY


@pytest.mark.spec("ACC-03")
def test_new_codes_replace_the_old_and_are_shown_until_they_are_kept():
    someone = user()
    browser, page = sign_in(someone), CODES + "new/"
    old = recovery_codes(someone)
    assert browser.post(page, {"operation_key": key_in(browser.get(page))})["Location"] == CODES
    new = browser.get(CODES).context["codes"]
    assert set(new).isdisjoint(old)
    browser.post(CODES, {"kept": "yes"})
    assert password_given(someone).post(SECOND, {"code": old[0]}).status_code == 200
    assert password_given(someone).post(SECOND, {"code": new[0]}).status_code == 302


@pytest.mark.spec("ACC-03")
@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_recovery_code_one_gets_in():
    someone = user()
    code = recovery_codes(someone)[0]
    browsers = [password_given(someone) for _number in range(4)]
    barrier, landed = threading.Barrier(4), []

    def send(browser: Client) -> None:
        barrier.wait()
        try:
            landed.append(browser.post(SECOND, {"code": code}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(browser,)) for browser in browsers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(landed) == [200, 200, 200, 302]
    assert AuditEvent.objects.filter(action="users.recovery_code_used").count() == 1


@pytest.mark.spec("ACC-03")
def test_a_replaced_secret_key_still_reads_the_factors(settings):
    someone = user()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, which came when the old one was replaced, long enough"
    browser = password_given(someone)
    assert browser.post(SECOND, {"code": one_time_code()}).status_code == 302


@pytest.mark.spec("ACC-03")
def test_what_two_forms_want_to_set_up_is_set_up_once():
    someone = user(second_factor=False)
    browser = sign_in(someone)
    forms = [browser.get(APP) for _twice in range(2)]
    secret = forms[0].context["secret"]
    assert browser.post(APP, {"operation_key": key_in(forms[0]), "code": one_time_code(secret)}).status_code == 302
    refused = browser.post(APP, {"operation_key": key_in(forms[1]), "code": one_time_code(browser.get(APP).context["secret"])})
    assert refused.status_code == 422
    assert "already" in refused.content.decode()


# Every door but those that lead to the set-up, out, or to another language.
OPEN = {
    "two-factor", "two-factor-app-add", "two-factor-passkey-add", "two-factor-codes", "two-factor-codes-file", "account_logout",
    "preferences", "session-left", "session-keep", "session-let-go",
}  # fmt: skip


@pytest.mark.spec("ACC-03")
@pytest.mark.parametrize("face", Face.values)
@pytest.mark.parametrize("how", ["get", "head", "post", "htmx"])
def test_without_a_second_factor_no_door_opens(face, how):
    someone, made, wrong = user(face, second_factor=False), {}, []
    for door in walk():
        if door.name in OPEN or door.name.startswith("hooks-"):  # a provider's door knows nobody
            continue
        browser = sign_in(someone)
        if "<" not in door.route:
            address = "/" + door.route
        elif door.route.startswith(API):
            address = "/api/v1/orders/ORD-00000000"
        elif door.name == "account_reset_password_from_key":
            address = "/accounts/password/reset/key/1-abc-def/"
        else:
            address = address_of(door, someone, made)
        method, headers = ("get", {"HX-Request": "true"}) if how == "htmx" else (how, {})
        answer = getattr(browser, method)(address, headers=headers)
        if (answer.get("Location") or answer.get("HX-Redirect")) != SECURITY:
            wrong.append((door.name, answer.status_code, answer.get("Location")))
    assert wrong == []


@pytest.mark.spec("ACC-03")
@pytest.mark.parametrize("address", ["/no/such/page/", "/users", "//users/", "/users/?next=/", "/USERS/", "/accounts/2fa", "/api/v1/docs"])
def test_no_way_of_writing_an_address_leads_past_the_set_up(address):
    browser = sign_in(user(second_factor=False))
    assert browser.get(address)["Location"] == SECURITY
    signed_in = Client()
    someone = user(second_factor=False)
    given = signed_in.post("/accounts/login/", {"login": someone.email, "password": PASSWORD, "next": address})
    assert signed_in.get(given["Location"])["Location"] == SECURITY
