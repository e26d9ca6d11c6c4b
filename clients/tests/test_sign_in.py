"""Clients sign in by the API; their tokens, passwords and own accounts (CLI-03, CLI-04, CLI-10, CLI-11)."""

import statistics
import threading
from datetime import timedelta
from time import perf_counter

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import SignInThrottle
from audit.models import AuditEvent, AuditPersonal
from clients.enums import ClientStatus, SessionEnd
from clients.models import AccessRequest, Client, ClientEvent, ClientSession, Credential, VerificationCode
from clients.services import deactivate_client, edit_client, passwords, reactivate_client, status, turn_client
from clients.services.passwords import LinkVoid, set_by_link
from clients.tests.accounts import ANNA, PASSWORD, answer_all, mailed_code, sign_in, texted_code, verified, with_password
from core.actors import SystemActor
from ledger.tests.factories import buy, make_asset
from messaging.models import OutgoingMail, OutgoingSms
from orders.tests.api import Channel
from orders.tests.factories import buyer, order
from organisations.api_keys import revoke
from wallets.tests.factories import client_wallet

ACTOR = SystemActor("test")


def try_in(channel, email, password, **headers):
    token, channel.token = channel.token, ""
    response = channel.http.post(
        "/api/v1/sessions",
        {"email": email, "password": password},
        content_type="application/json",
        headers={**channel.headers(), **headers},
    )
    channel.token = token
    return response


def said(response):
    return response.status_code, {**response.json(), "request_id": ""}


@pytest.mark.django_db
@pytest.mark.spec("CLI-11")
def test_a_token_is_shown_once_stored_hashed_and_opens_the_client_s_own_account():
    channel, anna = Channel(), with_password(email="anna@example.com")
    token = sign_in(channel, anna)
    session = ClientSession.objects.get()
    assert token.startswith(session.prefix)
    assert token[len(session.prefix) + 1 :] not in str(list(ClientSession.objects.values()))
    own = channel.get("/me").json()
    assert (own["reference"], own["email_verified"], own["phone_verified"]) == (anna.reference, True, True)
    assert Credential.objects.get().last_sign_in_at is not None
    event = AuditEvent.objects.get(action="clients.signed_in")
    assert (event.actor_type, event.actor_label) == ("client", anna.reference)


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "A6")
def test_every_refusal_of_a_sign_in_says_the_same():
    channel = Channel()
    now = timezone.now()
    with_password(email="right@example.com")
    for name in ("blocked", "deactivated"):
        with_password(email=f"{name}@example.com", status=name)
    with_password(email="created@example.com", status=ClientStatus.CREATED, email_verified_at=None)
    locked = with_password(email="locked@example.com", email_verified_at=now)
    for number in range(5):
        try_in(channel, locked.email, "wrong", **{"x-client-address": f"192.0.2.{number}"})
    answers = [
        said(try_in(channel, email, password, **{"x-client-address": f"198.51.100.{number}"}))
        for number, (email, password) in enumerate(
            [
                ("right@example.com", "wrong"),
                ("nobody@example.com", PASSWORD),
                ("blocked@example.com", PASSWORD),
                ("deactivated@example.com", PASSWORD),
                ("created@example.com", PASSWORD),
                ("locked@example.com", PASSWORD),
                ("", PASSWORD),
                ("not an address", "x"),
            ]
        )
    ]
    assert answers[0][0] == 401
    assert all(one == answers[0] for one in answers)


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "A6")
def test_refusals_take_the_same_time(settings):
    channel = Channel()
    settings.API_REQUESTS_PER_MINUTE = 10**6
    with_password(email="right@example.com")
    with_password(email="blocked@example.com", status=ClientStatus.BLOCKED)
    took = {"right@example.com": [], "nobody@example.com": [], "blocked@example.com": []}
    for number in range(25):
        for email, times in took.items():
            SignInThrottle.objects.all().delete()
            started = perf_counter()
            try_in(channel, email, "wrong password", **{"x-client-address": f"192.0.2.{number}"})
            times.append(perf_counter() - started)
    medians = [statistics.median(times) for times in took.values()]
    assert max(medians) < min(medians) * 1.25


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "ACC-05")
def test_five_wrong_tries_lock_an_account_for_a_quarter_of_an_hour_and_five_accounts_an_address():
    channel, anna, other = Channel(), with_password(email="anna@example.com"), with_password(email="other@example.com")
    start = timezone.now()
    with time_machine.travel(start) as clock:
        for _try in range(5):
            assert try_in(channel, anna.email, "wrong", **{"x-client-address": "192.0.2.7"}).status_code == 401
        assert try_in(channel, anna.email, PASSWORD, **{"x-client-address": "198.51.100.9"}).status_code == 401
        assert try_in(channel, other.email, PASSWORD, **{"x-client-address": "192.0.2.7"}).status_code == 201
        assert AuditEvent.objects.filter(action="clients.locked").count() == 1
        clock.shift(timedelta(minutes=15, seconds=1))
        assert try_in(channel, anna.email, PASSWORD, **{"x-client-address": "192.0.2.7"}).status_code == 201
        for number in range(5):
            try_in(channel, f"guess{number}@example.com", "wrong", **{"x-client-address": "203.0.113.5"})
        assert try_in(channel, other.email, PASSWORD, **{"x-client-address": "203.0.113.5"}).status_code == 401
        assert try_in(channel, other.email, PASSWORD, **{"x-client-address": "203.0.113.6"}).status_code == 201


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "A3")
def test_a_token_is_good_with_its_own_key_alone_and_dies_with_it():
    channel, anna = Channel(), with_password(email="anna@example.com")
    token = sign_in(channel, anna)
    for stranger in (Channel(), Channel(is_test=True)):
        stranger.token = token
        answer = stranger.get("/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "client_token_invalid")
    for wrong in ("", "x", token[:-1], token[:-1] + ("a" if token[-1] != "a" else "b"), token + "\x00", "cst_000000000000_" + "a" * 43):
        channel.token = wrong
        assert channel.get("/me").status_code in (400, 401)
    channel.token = token
    assert channel.get("/me").status_code == 200
    revoke(key=channel.key, actor=ACTOR, now=timezone.now())
    assert channel.get("/me").json()["code"] == "not_authenticated"


@pytest.mark.django_db
@pytest.mark.spec("CLI-11")
def test_a_session_ends_by_age_and_by_being_left_alone_to_the_second():
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        channel, anna = Channel(), with_password(email="anna@example.com")
        sign_in(channel, anna)
        clock.move_to(start + timedelta(hours=72) - timedelta(seconds=1))
        assert channel.get("/me").status_code == 200
        used = start + timedelta(hours=72) - timedelta(seconds=1)
        clock.move_to(used + timedelta(hours=72))
        assert channel.get("/me").status_code == 401
        sign_in(channel, anna)
        begun = used + timedelta(hours=72)
        for day in range(1, 30):
            clock.move_to(begun + timedelta(days=day))
            assert channel.get("/me").status_code == 200
        clock.move_to(begun + timedelta(days=30))
        assert channel.get("/me").status_code == 401


@pytest.mark.django_db
@pytest.mark.spec("CLI-04", "CLI-11")
def test_blocked_and_deactivated_clients_are_refused_at_the_next_call_and_frozen_ones_are_not():
    channel, anna = Channel(), with_password(email="anna@example.com")
    now = timezone.now()

    def state():
        return channel.get("/me").status_code, try_in(channel, anna.email, PASSWORD).status_code

    sign_in(channel, anna)
    turn_client(client=anna, turn=status.FREEZE, actor=ACTOR, now=now, reason="odd transfers")
    assert state() == (200, 201)
    turn_client(client=anna, turn=status.BLOCK, actor=ACTOR, now=now, reason="odd transfers")
    assert state() == (401, 401)
    ClientEvent.objects.create(client=anna, type="activated", at=now)
    turn_client(client=anna, turn=status.UNBLOCK, actor=ACTOR, now=now, reason="explained")
    assert state() == (401, 201)  # what was open before stays ended
    sign_in(channel, anna)
    deactivate_client(client=anna, actor=ACTOR, now=now)
    assert state() == (401, 401)
    reactivate_client(client=anna, actor=ACTOR, now=now)
    assert state() == (401, 201)
    told = list(OutgoingMail.objects.filter(to=anna.email).order_by("id").values_list("template", flat=True))
    assert told == ["clients.frozen", "clients.blocked", "clients.unblocked", "clients.deactivated", "clients.reactivated"]


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_another_phone_number_voids_its_verification_and_level_1_until_it_is_verified():
    channel = Channel()
    anna = verified(channel)
    sign_in(channel, anna)
    refused = channel.patch("/me", {"phone": "+371 20 000 009"})
    assert (refused.status_code, refused.json()["code"]) == (422, "password_needed")
    assert channel.patch("/me", {"phone": "+371 20 000 009", "password": "wrong one here"}).json()["code"] == "wrong_password"
    changed = channel.patch("/me", {"phone": "+371 20 000 009", "password": PASSWORD}).json()
    assert (changed["phone_verified"], changed["email_verified"], changed["verification_level"]) == (False, True, 0)
    assert OutgoingSms.objects.latest("id").to == "+37120000009"
    assert channel.post("/me/codes", {"channel": "phone"}, key=None).json()["code"] == "too_many_codes"
    assert channel.post("/me/codes", {"channel": "email"}, key=None).json()["code"] == "already_verified"
    assert channel.post("/me/verify", {"channel": "phone", "code": "x"}, key=None).json()["code"] == "code_invalid"
    again = channel.post("/me/verify", {"channel": "phone", "code": texted_code("+37120000009")}, key=None).json()
    assert (again["phone_verified"], again["verification_level"], again["status"]) == (True, 1, "active")
    assert ClientEvent.objects.filter(type="activated").count() == 1


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_another_e_mail_address_by_an_administrator_voids_it_and_a_higher_level_stays():
    channel, anna = Channel(), with_password(email="anna@example.com", verification_level=3)
    sign_in(channel, anna)
    edit_client(client=anna, actor=ACTOR, now=timezone.now(), email="anna.ozola@example.com")
    anna.refresh_from_db()
    assert (anna.email_verified_at, anna.verification_level) == (None, 3)
    assert OutgoingMail.objects.get(to="anna@example.com").template == "clients.email_changed"
    assert channel.get("/me").json()["email_verified"] is False
    code = mailed_code("anna.ozola@example.com")
    assert channel.post("/me/verify", {"channel": "email", "code": code}, key=None).json()["verification_level"] == 3


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "A3")
def test_the_client_changes_what_is_its_own_and_nothing_else():
    channel, anna = Channel(), with_password(email="anna@example.com")
    sign_in(channel, anna)
    more = {
        "verification_level": 5,
        "status": "blocked",
        "reference": "CLT-X",
        "type": "company",
        "is_test": True,
        "email_verified_at": "2020-01-01T00:00:00Z",
        "tier": 9,
    }
    answer = channel.patch("/me", {"first_name": "Anete", "language": "lv", **more})
    assert (answer.status_code, answer.json()["first_name"], answer.json()["language"]) == (200, "Anete", "lv")
    before, anna = anna, Client.objects.get()
    for field in ("verification_level", "status", "reference", "type", "is_test", "email_verified_at", "email", "phone"):
        assert getattr(anna, field) == getattr(before, field), field
    for path, body in (
        ("/me/password", {"password": PASSWORD, "new_password": "seven grey herons wade", **more}),
        ("/me/codes", {"channel": "email", **more}),
    ):
        channel.post(path, body, key=None)
    anna.refresh_from_db()
    assert (anna.status, anna.verification_level) == (before.status, before.verification_level)
    Client.objects.update(verification_level=2)
    assert channel.patch("/me", {"last_name": "Cita"}).json()["code"] == "identity_verified"


@pytest.mark.django_db
@pytest.mark.spec("CLI-11")
def test_the_client_lists_and_ends_its_own_sessions_and_no_other_s():
    channel, anna = Channel(), with_password(email="anna@example.com")
    other = with_password(email="other@example.com")
    sign_in(channel, other)
    foreign = ClientSession.objects.get().reference
    first = sign_in(channel, anna)
    second = sign_in(channel, anna)
    listed = channel.get("/me/sessions").json()["items"]
    assert [one["current"] for one in listed] == [True, False]
    assert channel.delete(f"/me/sessions/{foreign}").status_code == 404
    assert channel.delete(f"/me/sessions/{listed[1]['reference']}").json() == {"ended": 1}
    channel.token = first
    assert channel.get("/me").status_code == 401
    channel.token = second
    third = sign_in(channel, anna)
    assert channel.delete("/me/sessions").json() == {"ended": 1}
    assert channel.delete("/me/sessions/current").json() == {"ended": 1}
    assert channel.get("/me").status_code == 401
    assert third
    assert ClientSession.objects.get(reference=foreign).ended_at is None


@pytest.mark.django_db
@pytest.mark.spec("CLI-11")
def test_a_new_password_ends_the_other_sessions_and_keeps_this_one():
    channel, anna = Channel(), with_password(email="anna@example.com")
    old = sign_in(channel, anna)
    sign_in(channel, anna)
    for new, code in (("short", "unfit_password"), ("password1234", "unfit_password"), (PASSWORD, "unfit_password")):
        assert channel.post("/me/password", {"password": PASSWORD, "new_password": new}, key=None).json()["code"] == code
    assert channel.post("/me/password", {"password": "wrong", "new_password": "seven grey herons wade"}, key=None).status_code == 403
    assert channel.post("/me/password", {"password": PASSWORD, "new_password": "seven grey herons wade"}, key=None).status_code == 200
    assert channel.get("/me").status_code == 200
    channel.token = old
    assert channel.get("/me").status_code == 401
    assert ClientSession.objects.filter(end=SessionEnd.PASSWORD).count() == 1
    assert OutgoingMail.objects.get().template == "clients.password_changed"


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "CLI-03", "A6")
def test_a_forgotten_password_leads_by_mail_to_a_page_that_works_once_for_an_hour(settings):
    channel, anna = Channel(), with_password(email="anna@example.com", language="lv")
    old = sign_in(channel, anna)
    channel.token = ""
    known, unknown = (channel.post("/password-resets", {"email": email}, key=None) for email in ("anna@example.com", "nobody@example.com"))
    assert said(known) == said(unknown)
    answer_all()
    assert [request.data for request in AccessRequest.objects.all()] == [{}, {}]
    mail = OutgoingMail.objects.get()
    assert (mail.template, mail.language) == ("clients.password_reset", "lv")
    assert mail.context["url"].startswith(settings.BASE_URL)
    path = mail.context["url"].removeprefix(settings.BASE_URL.rstrip("/"))
    browser = Browser()
    page = browser.get(path)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "same-origin"  # the address is the secret; with "no-referrer" browsers hide the form's origin
    assert page["Cache-Control"].find("no-store") >= 0
    assert 'lang="lv"' in page.content.decode()
    new = "seven grey herons wade"
    assert browser.post(path, {"password1": new, "password2": "another"}).status_code == 422
    assert browser.post(path, {"password1": "short", "password2": "short"}).status_code == 422
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert browser.get(path).status_code == 410
    assert browser.post(path, {"password1": new, "password2": new}).status_code == 200
    assert browser.get(path).status_code == 410
    assert browser.post(path, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 410
    channel.token = old
    assert channel.get("/me").status_code == 401
    assert sign_in(channel, anna, new)


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("CLI-11", "C1")
def test_of_two_who_use_one_link_at_once_one_sets_the_password():
    anna = with_password(email="anna@example.com")
    token, gate, outcomes = passwords.LINKS.make_token(anna), threading.Barrier(2), []

    def use(number):
        gate.wait()
        try:
            set_by_link(reference=anna.reference, token=token, password=f"seven grey herons wade {number}", now=timezone.now())
            outcomes.append("set")
        except LinkVoid:
            outcomes.append("void")
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["set", "void"]


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "CLI-03")
def test_who_was_added_by_hand_gets_in_by_the_link_which_proves_the_address():
    channel, anna = Channel(), with_password(email="x@example.com")
    Credential.objects.all().delete()
    Client.objects.filter(pk=anna.pk).update(email_verified_at=None, phone_verified_at=None, status=ClientStatus.CREATED)
    anna.refresh_from_db()
    passwords.send_reset_mail(client=anna, actor=ACTOR, now=timezone.now())
    set_by_link(reference=anna.reference, token=passwords.LINKS.make_token(anna), password=PASSWORD, now=timezone.now())
    sign_in(channel, anna)
    own = channel.get("/me").json()
    assert (own["email_verified"], own["phone_verified"], own["status"]) == (True, False, "created")
    assert channel.post("/me/codes", {"channel": "phone"}, key=None).status_code == 202
    done = channel.post("/me/verify", {"channel": "phone", "code": texted_code("+37120000002")}, key=None).json()
    assert (done["status"], done["verification_level"]) == ("active", 1)


@pytest.mark.django_db
@pytest.mark.spec("CLI-11", "CLI-07")
def test_a_client_deletes_its_account_once_nothing_of_it_is_open():
    channel, anna = (
        Channel(),
        with_password(
            buyer(email="anna@example.com", phone="+37120000001", email_verified_at=timezone.now(), phone_verified_at=timezone.now())
        ),
    )
    sign_in(channel, anna)
    one = order(client=anna)
    assert channel.post("/me/deletion", {"password": "wrong"}, key=None).json()["code"] == "wrong_password"
    refused = channel.post("/me/deletion", {"password": PASSWORD}, key=None)
    assert (refused.status_code, refused.json()["code"], one.reference in refused.json()["detail"]) == (409, "account_in_use", True)
    assert channel.post(f"/orders/{one.reference}/cancel", {}).status_code == 200
    assert channel.post("/me/deletion", {"password": PASSWORD}, key=None).status_code == 200
    gone = Client.objects.get()
    assert (gone.status, gone.email, gone.phone, gone.deleted_at is not None) == (
        "deactivated", f"{gone.reference.lower()}@deleted.invalid", "", True,
    )  # fmt: skip
    assert channel.get("/me").status_code == 401
    assert try_in(channel, "anna@example.com", PASSWORD).status_code == 401
    assert (Credential.objects.count(), VerificationCode.objects.filter(closed_at__isnull=True).count()) == (0, 0)
    assert ClientEvent.objects.filter(type="deleted").count() == 1
    assert b"anna@" not in b"".join(bytes(event.payload) for event in AuditEvent.objects.all())
    assert AuditPersonal.objects.filter(event__action="clients.deleted", field="email", old="anna@example.com").exists()
    with pytest.raises(status.AccountDeleted):
        reactivate_client(client=gone, actor=ACTOR, now=timezone.now())
    again = verified(Channel(), email="anna@example.com")
    assert again.pk != gone.pk
    assert ANNA["email"] == again.email


@pytest.mark.django_db
@pytest.mark.spec("CLI-11")
def test_an_account_that_holds_assets_is_not_deleted():
    channel, anna = Channel(), with_password(email="anna@example.com")
    buy(make_asset(issued=10), client_wallet(anna), 5)
    sign_in(channel, anna)
    refused = channel.post("/me/deletion", {"password": PASSWORD}, key=None)
    assert (refused.status_code, refused.json()["code"]) == (409, "account_in_use")
    assert channel.get("/me").status_code == 200
