"""Signing in in a real browser (ACC-03, ACC-07, ACC-08): an app's code, a passkey of a virtual authenticator, the warning before the end."""

from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as KEY
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connections

from accounts.models import User
from accounts.sessions import SessionStore
from accounts.tests.factories import PASSWORD, one_time_code, user
from audit.models import AuditEvent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def browser_beside_the_database(monkeypatch, settings, live_server):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    settings.BASE_URL = live_server.url


@pytest.fixture
def page(live_server):
    from kit.browser.walk import chromium  # noqa: PLC0415 - Playwright is there for these tests alone

    with chromium() as browser:
        context = browser.new_context(base_url=live_server.url)
        page = context.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(20_000)
        yield page
        connections.close_all()  # those of Playwright's own loop, which outlive the test's database otherwise
        assert [one for one in complaints if "status of 422" not in one] == []  # a form refused, which the browser notes as well


def give_device(page):
    """A phone or laptop that makes passkeys and always says yes."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    return cdp, cdp.send("WebAuthn.addVirtualAuthenticator", {"options": kind})["authenticatorId"]


def give_password(page, someone: User) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", someone.email)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.spec("ACC-03")
def test_a_passkey_is_set_up_signs_in_as_a_second_step_and_alone_is_renamed_and_removed(page):
    someone = user(second_factor=False)
    give_device(page)
    give_password(page, someone)
    page.get_by_role("link", name="Passkey").click()
    page.fill("input[name=name]", "Work laptop")
    page.get_by_role("button", name="Create passkey").click()
    page.wait_for_url("**/2fa/recovery-codes/")
    assert page.locator(".codes li").count() == 10
    page.get_by_label("I have kept these codes").check()
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    assert Authenticator.objects.get(type="webauthn").data["name"] == "Work laptop"

    page.context.clear_cookies()
    give_password(page, someone)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)

    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/users/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    assert page.url.endswith("/users/")
    signed_in = AuditEvent.objects.filter(action="users.signed_in").latest("id")
    assert signed_in.details == {"by": ["webauthn"]}

    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Rename").click()
    page.fill("#dialog input[name=name]", "Old laptop")
    page.get_by_role("button", name="Rename passkey").click()
    page.get_by_text("Old laptop").wait_for()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove passkey").click()
    page.get_by_text("Set up another before you remove it").wait_for()
    assert Authenticator.objects.filter(type="webauthn").exists()


@pytest.mark.spec("ACC-03")
def test_whoever_says_no_to_the_browser_is_told_and_can_go_on_with_a_code(page):
    someone = user()
    cdp, device = give_device(page)
    give_password(page, someone)
    page.fill("input[name=code]", one_time_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto("/accounts/2fa/passkeys/new/")
    page.fill("input[name=name]", "Laptop")
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {"protocol": "u2f", "transport": "usb", "automaticPresenceSimulation": True}})
    page.get_by_role("button", name="Create passkey").click()
    page.wait_for_url("**/accounts/2fa/")
    assert Authenticator.objects.filter(type="webauthn").count() == 1, "a plain security key is a second factor, too"


@pytest.mark.spec("ACC-07")
def test_in_a_dialog_the_proof_comes_first_and_leads_to_the_very_dialog(page):
    someone = user()
    give_device(page)
    give_password(page, someone)
    page.fill("input[name=code]", one_time_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    age_the_proof(someone)
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Make new codes").click()
    page.get_by_role("heading", name="Is it you?").wait_for()
    page.fill("#dialog input[name=proof-password]", "not it")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("This is not your password").wait_for()
    page.fill("#dialog input[name=proof-password]", PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Make new codes").wait_for()


@pytest.mark.spec("ACC-08")
def test_a_minute_before_the_end_it_is_said_and_one_click_keeps_the_session_in_every_tab(page):
    someone = user()
    give_password(page, someone)
    page.fill("input[name=code]", one_time_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto("/accounts/profile/")
    other.fill("input[name=first_name]", "Typed and not saved")
    quiet_for(someone, minutes=14, seconds=10)
    for tab in (page, other):
        tab.evaluate("window.dispatchEvent(new Event('session:check'))")
        tab.locator("#idle[open]").wait_for()
    page.get_by_role("button", name="Stay signed in").click()
    page.locator("#idle:not([open])").wait_for(state="attached")
    other.locator("#idle:not([open])").wait_for(state="attached")
    quiet_for(someone, minutes=17)
    other.evaluate("window.dispatchEvent(new Event('session:check'))")
    other.wait_for_url("**/accounts/login/?next=%2Faccounts%2Fprofile%2F&ended=1")
    other.get_by_text("Your session ended because it wasn't used").wait_for()
    page.wait_for_url("**/accounts/login/**")
    other.fill("input[name=login]", someone.email)
    other.fill("input[name=password]", PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.fill("input[name=code]", one_time_code(steps=1))
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url("**/accounts/profile/")
    other.get_by_text("What you had typed is back").wait_for()
    assert other.input_value("input[name=first_name]") == "Typed and not saved"


def quiet_for(someone: User, *, minutes: int, seconds: int = 0) -> None:
    for row in UserSession.objects.filter(user=someone):
        row.last_seen_at -= timedelta(minutes=minutes, seconds=seconds)
        row.save()


def age_the_proof(someone: User) -> None:
    for row in UserSession.objects.filter(user=someone):
        session = SessionStore(row.session_key)
        session[KEY] = [one | {"at": one["at"] - 700} for one in session[KEY]]
        session.save()
