"""Sign-in through its pages (ACC-01, ACC-05, reliability A4 and A6)."""

import re
import threading
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.enums import Face, ThrottleKind
from accounts.models import SignInThrottle, User
from accounts.tests.factories import PASSWORD, TOTP_SECRET, one_time_code, sign_in, user
from accounts.throttles import Claim, account_key, claim
from audit.models import AuditEvent

LOGIN = "/accounts/login/"


def attempt(email: str, password: str = PASSWORD, *, browser: Client | None = None, address: str = "192.0.2.1", **more: str):
    return (browser or Client()).post(LOGIN, {"login": email, "password": password, **more}, REMOTE_ADDR=address)


def visible_text(response) -> str:
    """The page as a person sees it: without the form's token and what was typed."""
    text = re.sub(r'value="[^"]*"', "", response.content.decode())
    return re.sub(r"\s+", " ", text)


@pytest.mark.django_db
@pytest.mark.spec("ACC-01")
@pytest.mark.parametrize(("face", "home"), [(Face.ISSUER, "/"), (Face.MERCHANT, "/merchant/")])
def test_each_face_signs_in_on_one_page_and_lands_on_its_own(face, home):
    someone, browser = user(face, second_factor=False), Client()
    assert "Sign in" in browser.get(LOGIN).content.decode()
    response = attempt(someone.email.upper(), browser=browser)
    assert (response.status_code, response["Location"]) == (302, home)
    assert browser.session["_auth_user_id"] == str(someone.pk)
    assert AuditEvent.objects.get(action="users.signed_in").subject_reference == someone.reference


@pytest.mark.django_db
@pytest.mark.spec("ACC-01")
def test_a_page_asked_for_before_sign_in_opens_after_it_but_only_one_of_the_own_face():
    administrator, merchant = user(second_factor=False), user(Face.MERCHANT, second_factor=False)
    assert Client().get("/users/")["Location"] == "/accounts/login/?next=/users/"
    assert attempt(administrator.email, next="/users/")["Location"] == "/users/"
    assert attempt(merchant.email, next="/users/")["Location"] == "/merchant/"


@pytest.mark.django_db
@pytest.mark.spec("ACC-01")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\/evil.example", "http:/evil.example", "javascript:alert(1)",
        "http://localhost:1/", "http://testserver@evil.example/", "/%09/evil.example", "\t//evil.example", "", "users/", "///evil.example",
    ],
)  # fmt: skip
def test_no_next_leads_to_another_host(target):
    location = attempt(user().email, next=target)["Location"]
    assert location == "/" or (location.startswith("/") and not location.startswith(("//", "/\\")))
    assert "evil.example" not in location.split("?")[0].lstrip("/").split("/")[0]


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_after_five_wrong_tries_the_account_waits_for_fifteen_minutes_and_no_longer():
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for place in range(5):
            assert attempt(someone.email, "wrong", address=f"192.0.2.{place}").status_code == 200
        assert attempt(someone.email, address="192.0.2.99").status_code == 200
        assert AuditEvent.objects.filter(action="users.locked", subject_reference=someone.reference).count() == 1
        clock.move_to(start + timedelta(minutes=14, seconds=59))
        assert attempt(someone.email, address="192.0.2.98").status_code == 200
        clock.move_to(start + timedelta(minutes=15, seconds=1))
        assert attempt(someone.email, address="192.0.2.97").status_code == 302


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_a_right_password_forgets_the_wrong_tries_before_it():
    someone = user()
    for _round in range(3):
        for _try in range(4):
            attempt(someone.email, "wrong")
        assert attempt(someone.email).status_code == 302


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_five_accounts_tried_from_one_address_lock_the_address_and_nobody_else():
    someone = user()
    for number in range(5):
        attempt(f"nobody{number}@example.com", "wrong", address="198.51.100.7")
    assert attempt(someone.email, address="198.51.100.7").status_code == 200
    assert attempt(someone.email, address="198.51.100.8").status_code == 302


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_one_person_s_wrong_tries_do_not_lock_the_others_of_an_office():
    forgetful, neighbour = user(), user()
    for _try in range(7):
        attempt(forgetful.email, "wrong", address="198.51.100.7")
    assert attempt(neighbour.email, address="198.51.100.7").status_code == 302


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_a_made_up_forwarded_address_opens_no_new_tries():
    someone = user()
    for number in range(6):
        Client().post(
            LOGIN,
            {"login": f"nobody{number}@example.com", "password": "x"},
            REMOTE_ADDR="198.51.100.7",
            HTTP_X_FORWARDED_FOR=f"203.0.113.{number}",
        )
    assert attempt(someone.email, address="198.51.100.7", browser=Client(HTTP_X_FORWARDED_FOR="203.0.113.200")).status_code == 200


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_a_network_of_ipv6_counts_as_one_address():
    for number in range(5):
        attempt(f"nobody{number}@example.com", "wrong", address=f"2001:db8:1:2::{number}")
    assert attempt(user().email, address="2001:db8:1:2:ffff::1").status_code == 200


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_the_lock_survives_a_clock_that_is_set_back_without_becoming_longer():
    someone, start = user(), timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for _try in range(5):
            attempt(someone.email, "wrong")
        clock.move_to(start - timedelta(hours=1))
        assert attempt(someone.email).status_code == 302


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_unknown_wrong_locked_and_inactive_are_answered_alike():
    wrong, inactive, locked = user(), user(is_active=False), user()
    for place in range(5):
        attempt(locked.email, "wrong", address=f"192.0.2.{place}")
    answers = {
        "unknown": attempt("nobody@example.com", address="203.0.113.1"),
        "wrong": attempt(wrong.email, "wrong", address="203.0.113.2"),
        "inactive": attempt(inactive.email, address="203.0.113.3"),
        "locked": attempt(locked.email, address="203.0.113.4"),
    }
    assert {response.status_code for response in answers.values()} == {200}
    assert len({visible_text(response) for response in answers.values()}) == 1
    assert "don&#x27;t fit together" in answers["unknown"].content.decode()


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_unknown_wrong_locked_and_inactive_take_the_same_time():
    wrong, inactive, locked = user(), user(is_active=False), user()
    for _try in range(5):
        attempt(locked.email, "wrong", address="192.0.2.1")
    cases = {
        "unknown": ("nobody@example.com", "wrong"), "wrong": (wrong.email, "wrong"),
        "inactive": (inactive.email, PASSWORD), "locked": (locked.email, PASSWORD),
    }  # fmt: skip
    browser, times = Client(), {name: [] for name in cases}
    for turn in range(25):
        for name, (email, password) in cases.items():
            if name != "locked":
                SignInThrottle.objects.filter(kind=ThrottleKind.ACCOUNT, tries__lt=5).delete()
            start = perf_counter()
            attempt(email, password, browser=browser, address=f"10.0.{turn}.1")
            times[name].append(perf_counter() - start)
            SignInThrottle.objects.filter(kind=ThrottleKind.ADDRESS).delete()
    medians = {name: median(values) for name, values in times.items()}
    start = perf_counter()
    make_password(PASSWORD)
    one_hash = perf_counter() - start
    assert max(medians.values()) - min(medians.values()) < one_hash / 2, medians


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("ACC-05")
def test_of_many_tries_at_once_five_are_made():
    someone = user()
    barrier, landed = threading.Barrier(12), []

    def guess(number: int) -> None:
        barrier.wait()
        try:
            landed.append(attempt(someone.email, f"guess {number}", address=f"192.0.2.{number}").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert landed == [200] * 12
    throttle = SignInThrottle.objects.get(kind=ThrottleKind.ACCOUNT)
    assert (throttle.tries, throttle.user) == (5, someone)
    assert throttle.locked_until is not None
    assert attempt(someone.email, address="192.0.2.200").status_code == 200


@pytest.mark.django_db
@pytest.mark.spec("ACC-01")
def test_the_session_s_key_changes_at_each_step_of_the_sign_in_and_dies_with_sign_out():
    someone, browser = user(), Client()
    browser.get(LOGIN)
    browser.session["marked"] = True
    browser.session.save()
    before = browser.session.session_key
    attempt(someone.email, browser=browser)
    browser.post("/accounts/2fa/authenticate/", {"code": one_time_code(TOTP_SECRET)})
    during = browser.session.session_key
    assert during != before
    stolen = Client()
    stolen.cookies["session"] = during
    assert stolen.get("/users/").status_code == 200
    assert browser.get("/accounts/logout/").status_code == 200
    assert stolen.get("/users/").status_code == 200, "a GET must not sign out"
    assert browser.post("/accounts/logout/")["Location"] == LOGIN
    assert stolen.get("/users/").status_code == 302
    assert AuditEvent.objects.filter(action="users.signed_out").count() == 1


@pytest.mark.django_db
@pytest.mark.spec("ACC-01")
def test_the_session_s_cookie_is_out_of_reach_of_scripts_and_other_sites():
    browser = Client()
    attempt(user().email, browser=browser)
    cookie = browser.cookies["session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["expires"]) == (True, "Lax", "")


@pytest.mark.django_db
@pytest.mark.spec("USR-11")
def test_a_deactivated_user_is_out_at_the_next_request_and_a_revoked_right_bites_at_once():
    someone = user()
    browser = sign_in(someone)
    assert browser.get("/users/").status_code == 200
    someone.profiles.update(rights=[])
    assert browser.get("/users/").status_code == 403
    User.objects.filter(pk=someone.pk).update(is_active=False)
    assert browser.get("/users/").status_code == 302


@pytest.mark.django_db
@pytest.mark.spec("ACC-01")
@pytest.mark.parametrize("path", ["signup/", "email/", "confirm-email/", "phone/verify/", "login/code/", "password/set/", "inactive/"])
def test_the_library_s_other_doors_are_closed(path):
    assert Client().get(f"/accounts/{path}").status_code == 404
    assert sign_in(user()).get(f"/accounts/{path}").status_code == 404


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("\x00", "x"),
        ("a@b.lv\x00", "x"),
        ("a" * 10_000 + "@example.com", "x"),
        ("ann\u0131@example.com", "x"),
        ("a@b.lv", "x" * 100_000),
        ("a@b.lv", "\x00"),
    ],
)
def test_nothing_that_is_typed_breaks_the_page(email, password):
    assert attempt(email, password).status_code == 200


@pytest.mark.django_db
@pytest.mark.spec("ACC-05")
def test_a_try_that_waited_while_another_set_the_lock_is_refused():
    someone, now = user(), timezone.now()
    claims = [Claim(ThrottleKind.ACCOUNT, account_key(someone.email), user=someone)]
    assert [claim(claims, now=now).allowed for _try in range(5)] == [True] * 5
    assert not claim(claims, now=now - timedelta(seconds=2)).allowed
