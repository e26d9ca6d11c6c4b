"""Sessions that nobody uses end, and people end their own (ACC-08, SES-03)."""

import threading
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import end_sessions
from accounts.tasks import forget_ended_sessions
from accounts.tests.factories import PASSWORD, one_time_code, sign_in, user
from accounts.tests.test_factors import key_in
from audit.models import AuditEvent
from backoffice.services.settings import change_settings
from core.actors import SystemActor

pytestmark = pytest.mark.django_db
MONEY = "/transactions/transfer/"
SESSIONS = "/accounts/sessions/"


def row_of(browser: Client) -> UserSession:
    return UserSession.objects.get(session_key=browser.session.session_key)


@pytest.mark.spec("ACC-08")
@pytest.mark.parametrize(("page", "minutes"), [("/users/", 15), (MONEY, 5)])
def test_an_idle_session_ends_at_its_limit_and_not_before(page, minutes):
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser = sign_in(someone)
        assert browser.get(page)["X-Session-Seconds"] == str(minutes * 60)
        clock.move_to(start + timedelta(minutes=minutes, seconds=-1))
        assert browser.get(page).status_code == 200
        clock.move_to(start + 2 * timedelta(minutes=minutes) + timedelta(minutes=1))
        ended = browser.get(page)
        assert ended["Location"].startswith("/accounts/login/?next=%2F")
        assert ended["X-Session-Seconds"] == "0"
        assert not UserSession.objects.filter(user=someone).exists()
        assert AuditEvent.objects.filter(action="users.session_expired", subject_reference=someone.reference).count() == 1
        assert "because it wasn" in browser.get(ended["Location"]).content.decode()


@pytest.mark.spec("ACC-08")
def test_after_the_sign_in_one_is_back_where_one_was():
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser = sign_in(someone)
        clock.move_to(start + timedelta(minutes=16))
        ended = browser.get("/users/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/users/?q=anna"})
        assert ended.status_code == 204
        browser.post(ended["HX-Redirect"], {"login": someone.email, "password": PASSWORD, "next": "/users/?q=anna"})
        assert browser.post("/accounts/2fa/authenticate/", {"code": one_time_code()})["Location"] == "/users/?q=anna"


@pytest.mark.spec("ACC-08")
def test_what_a_page_asks_for_by_itself_keeps_nothing():
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser = sign_in(someone)
        for minute in range(1, 16):
            clock.move_to(start + timedelta(minutes=minute))
            assert browser.get("/users/", headers={"X-Background": "1"}).status_code == 200
            assert browser.get("/accounts/session/").json() == {"seconds": (15 - minute) * 60}
        clock.move_to(start + timedelta(minutes=16))
        assert browser.get("/users/", headers={"X-Background": "1"}).status_code == 302


@pytest.mark.spec("ACC-08")
def test_the_warning_s_button_keeps_it():
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser = sign_in(someone)
        clock.move_to(start + timedelta(minutes=14, seconds=30))
        assert browser.post("/accounts/session/keep/")["X-Session-Seconds"] == "900"
        clock.move_to(start + timedelta(minutes=28))
        assert browser.get("/users/").status_code == 200


@pytest.mark.spec("ACC-08")
def test_an_instance_sets_its_own_limits_and_the_shorter_one_counts_for_money():
    change_settings(values={"accounts.idle_minutes": 3}, actor=SystemActor("test"), now=timezone.now())
    browser = sign_in(user())
    assert browser.get("/users/")["X-Session-Seconds"] == "180"
    assert browser.get(MONEY)["X-Session-Seconds"] == "180"


@pytest.mark.spec("ACC-08")
def test_use_is_written_at_most_once_a_minute():
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        browser = sign_in(someone)
        for seconds, writes in ((0, 0), (30, 0), (59, 0), (60, 1), (90, 0)):
            clock.move_to(start + timedelta(seconds=seconds))
            with CaptureQueriesContext(
                connection,
            ) as seen:
                browser.get("/accounts/sessions/")
            assert sum(query["sql"].startswith("UPDATE") for query in seen.captured_queries) == writes, seconds


@pytest.mark.spec("ACC-08")
def test_letting_go_ends_it_and_leads_nowhere_else():
    someone = user()
    browser = sign_in(someone)
    key = browser.session.session_key
    assert (
        browser.post("/accounts/session/let-go/", {"next": "/users/?q=a"})["Location"]
        == "/accounts/login/?next=%2Fusers%2F%3Fq%3Da&ended=1"
    )
    assert Client(headers={"cookie": f"session={key}"}).get("/users/").status_code == 302
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"):
        assert "evil" not in browser.post("/accounts/session/let-go/", {"next": evil})["Location"]


@pytest.mark.spec("SES-03")
@pytest.mark.parametrize("face", ["issuer", "merchant"])
def test_people_see_their_own_sessions_and_end_one(face):
    someone, stranger = user(face), user(face)
    here, there = sign_in(someone), sign_in(someone)
    UserSession.objects.filter(pk=row_of(there).pk).update(
        user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1",
        ip="203.0.113.9",
    )
    sign_in(stranger)
    page = here.get(SESSIONS)
    assert [(one["browser"], one["is_this"]) for one in page.context["sessions"]] == [
        ("Unknown browser", True),
        ("Safari on iPhone", False),
    ]
    assert "203.0.113.9" in page.content.decode()
    assert there.session.session_key not in page.content.decode(), "a key would open the session"
    reference = page.context["sessions"][1]["reference"]
    address = f"{SESSIONS}{reference}/end/"
    assert sign_in(stranger).get(address).status_code == 404
    assert here.post(address, {"operation_key": key_in(here.get(address))})["Location"] == SESSIONS
    assert there.get("/accounts/sessions/").status_code == 302, "out at the next request"
    assert here.get(SESSIONS).status_code == 200
    assert AuditEvent.objects.get(action="users.sessions_ended").actor_label == someone.reference


@pytest.mark.spec("SES-03")
def test_all_others_end_and_this_one_stays():
    someone, other = user(), user()
    here, elsewhere, theirs = sign_in(someone), [sign_in(someone) for _number in range(3)], sign_in(other)
    address = f"{SESSIONS}end/"
    here.post(address, {"operation_key": key_in(here.get(address))})
    assert [browser.get("/users/").status_code for browser in elsewhere] == [302] * 3
    assert (here.get("/users/").status_code, theirs.get("/users/").status_code) == (200, 200)


@pytest.mark.spec("SES-03", "ACC-02")
def test_changing_the_password_ends_the_others_at_once():
    someone = user()
    here, there = sign_in(someone), sign_in(someone)
    new = "eleven grey herons at dawn"
    done = here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert done.status_code == 302
    assert here.get("/users/").status_code == 200
    assert there.get("/users/").status_code == 302
    assert UserSession.objects.filter(user=someone).count() == 1


@pytest.mark.spec("SES-03")
@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_under_way_does_not_bring_an_ended_session_back():
    someone = user()
    browser = sign_in(someone)
    started = threading.Event()

    def look() -> None:
        own = Client()
        own.cookies = browser.cookies.copy()
        started.set()
        try:
            for _number in range(20):
                own.get("/accounts/2fa/passkeys/new/")  # writes the session each time
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    started.wait()
    end_sessions(user=someone, actor=SystemActor("test"), now=timezone.now())
    thread.join()
    assert browser.get("/users/").status_code in (302, 400)
    assert not UserSession.objects.filter(user=someone).exists()


@pytest.mark.spec("ACC-08")
def test_a_session_without_a_row_of_its_own_opens_nothing():
    someone = user()
    browser = Client()
    browser.force_login(someone)
    assert browser.get("/users/")["Location"].startswith("/accounts/login/")


@pytest.mark.spec("SES-03")
def test_what_nobody_can_use_any_more_is_forgotten():
    gone, here = sign_in(user()), sign_in(user())
    Session.objects.filter(pk=gone.session.session_key).update(expire_date=timezone.now() - timedelta(hours=1))
    UserSession.objects.update(created_at=timezone.now() - timedelta(hours=13))
    forget_ended_sessions()
    assert list(Session.objects.values_list("pk", flat=True)) == [here.session.session_key]
    assert [row.session_key for row in UserSession.objects.all()] == [here.session.session_key]
