"""Sign-up by the API: codes by mail and SMS, Active at level 1 when both are verified (CLI-10)."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent
from clients.models import AccessRequest, Client, ClientEvent, ClientSession, VerificationCode
from clients.services import sign_ups
from clients.services.codes import HOLDS, CodeInvalid
from clients.tests.accounts import ANNA, PASSWORD, answer_all, mailed_code, sign_in, signed_up, texted_code, verified, with_password
from messaging.models import OutgoingMail, OutgoingSms
from orders.tests.api import Channel
from wallets.models import Wallet

WRONG = "x"


def enter(channel, sign_up, way, code):
    return channel.post("/sign-ups/verify", {"sign_up": sign_up, "channel": way, "code": code}, key=None)


def other_than(code):
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "CLI-07")
def test_both_codes_make_a_client_active_at_level_1_and_its_activation_is_counted():
    channel = Channel()
    sign_up = signed_up(channel)
    anna = Client.objects.get()
    assert (anna.status, anna.verification_level, Wallet.objects.filter(client=anna).count()) == ("created", 0, 1)
    first = enter(channel, sign_up, "email", mailed_code())
    assert first.json() == {"email_verified": True, "phone_verified": False, "status": "created"}
    second = enter(channel, sign_up, "phone", texted_code())
    assert second.json() == {"email_verified": True, "phone_verified": True, "status": "active"}
    anna.refresh_from_db()
    assert (anna.status, anna.verification_level) == ("active", 1)
    assert list(ClientEvent.objects.order_by("id").values_list("type", flat=True)) == ["signed_up", "activated"]
    assert AuditEvent.objects.get(action="clients.created").actor_label == channel.key.reference
    again = enter(channel, sign_up, "phone", texted_code())
    assert (again.status_code, again.json()["code"]) == (422, "code_invalid")


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_a_company_signs_up_and_nothing_that_was_sent_stays_in_the_request():
    verified(
        Channel(), type="company", first_name="", last_name="", company_name="SIA Ūdensroze", registration_number="40003000009",
        email="info@udensroze.example",
    )  # fmt: skip
    assert Client.objects.get().company_name == "SIA Ūdensroze"
    request = AccessRequest.objects.get()
    assert (request.data, request.answered_at is not None) == ({}, True)
    stored = str([list(VerificationCode.objects.values()), list(AccessRequest.objects.values())])
    assert mailed_code("info@udensroze.example") not in stored
    assert PASSWORD not in stored


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "A6")
def test_an_address_that_is_known_gets_the_same_answers_and_its_owner_a_mail():
    channel, known = Channel(), with_password(email="anna@example.com")
    before = Client.objects.values().get()
    new = channel.post("/sign-ups", ANNA | {"email": "new@example.com"}, key=None)
    taken = channel.post("/sign-ups", ANNA, key=None)
    assert new.status_code == taken.status_code == 202
    assert new.json().keys() == taken.json().keys()
    answer_all()
    assert Client.objects.filter(pk=known.pk).values().get() == before
    mail = OutgoingMail.objects.get(to="anna@example.com")
    assert (mail.template, "/clients/password/" in mail.context["url"]) == ("clients.address_known", True)
    tries = {}
    for name, response in (("new", new), ("taken", taken)):
        answers = [enter(channel, response.json()["sign_up"], way, WRONG) for way in ("email", "phone") for _try in range(6)]
        answers.append(channel.post("/sign-ups/codes", {"sign_up": response.json()["sign_up"], "channel": "email"}, key=None))
        tries[name] = [(one.status_code, {**one.json(), "request_id": ""}) for one in answers]
    assert tries["new"] == tries["taken"]


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "A6")
def test_tries_at_a_known_and_an_unknown_address_cost_the_same_statements():
    channel = Channel()
    with_password(email="anna@example.com")
    new, taken = signed_up(channel, email="new@example.com"), signed_up(channel)
    counts = []
    for sign_up in (new, taken):
        with _Count() as counted:
            enter(channel, sign_up, "email", WRONG)
        counts.append(counted.number)
    assert counts[0] == counts[1]


class _Count:
    def __enter__(self):
        self.number = 0
        self.watch = connection.execute_wrapper(self._seen)
        self.watch.__enter__()
        return self

    def _seen(self, execute, sql, params, many, context):
        self.number += 1
        return execute(sql, params, many, context)

    def __exit__(self, *error):
        self.watch.__exit__(*error)


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
@pytest.mark.parametrize(("later", "status"), [(HOLDS - timedelta(seconds=1), 200), (HOLDS, 422)])
def test_a_code_holds_for_ten_minutes_to_the_second(later, status):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        channel = Channel()
        sign_up = signed_up(channel)
    with time_machine.travel(now + later, tick=False):
        assert enter(channel, sign_up, "email", mailed_code()).status_code == status


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
@pytest.mark.parametrize(("wrong", "status"), [(4, 200), (5, 422)])
def test_a_code_has_five_tries_of_which_the_right_one_is_one(wrong, status):
    channel = Channel()
    sign_up, code = signed_up(channel), mailed_code()
    for _try in range(wrong):
        assert enter(channel, sign_up, "email", other_than(code)).status_code == 422
    assert enter(channel, sign_up, "email", code).status_code == status


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_another_code_takes_the_first_one_s_place_at_most_once_a_minute_and_five_times_an_hour():
    now = timezone.now()
    with time_machine.travel(now) as clock:
        channel = Channel()
        sign_up, first = signed_up(channel), mailed_code()

        def again():
            assert channel.post("/sign-ups/codes", {"sign_up": sign_up, "channel": "email"}, key=None).json() == {"taken": True}
            answer_all()
            return OutgoingMail.objects.filter(template="clients.code").count()

        assert again() == 1
        clock.shift(timedelta(seconds=61))
        assert again() == 2
        if mailed_code() != first:
            assert enter(channel, sign_up, "email", first).status_code == 422
        assert [again() for _round in range(6) if clock.shift(timedelta(seconds=61)) is None][-1] == 5
        clock.shift(timedelta(hours=1))
        assert again() == 6
        assert enter(channel, sign_up, "email", mailed_code()).status_code == 200
        assert OutgoingSms.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "A3")
def test_an_unverified_address_is_not_kept_from_its_owner_and_nobody_verifies_another_s_sign_up():
    """An attacker signs up with somebody's address first, or again in between: a code fits the sign-up that it was sent for."""
    channel = Channel()
    attack = signed_up(channel, password="a burglar likes ladders", phone="+371 20 000 666")
    attackers = mailed_code()
    own = signed_up(channel)
    if attackers != mailed_code():
        assert enter(channel, own, "email", attackers).status_code == 422
    assert enter(channel, attack, "email", mailed_code()).status_code == 422
    assert enter(channel, attack, "phone", texted_code("+37120000666")).status_code == 422
    assert enter(channel, own, "email", mailed_code()).status_code == 200
    assert enter(channel, own, "phone", texted_code()).status_code == 200
    anna = Client.objects.get()
    assert anna.phone == "+37120000001"
    assert channel.post("/sessions", {"email": anna.email, "password": "a burglar likes ladders"}, key=None).status_code == 401
    sign_in(channel, anna)
    late = signed_up(channel, password="a burglar likes ladders")  # now it is the owner's for good
    assert enter(channel, late, "email", mailed_code()).status_code == 422


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "tooshort9"}, "password"),
        ({"password": "password12345"}, "password"),
        ({"password": "annaozola1"}, "password"),
        ({"phone": "20000001"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"email": "anna@"}, "email"),
        ({"first_name": ""}, "first_name"),
        ({"company_name": "SIA"}, "company_name"),
        ({"language": "xx"}, "language"),
    ],
)
def test_bad_data_is_said_at_once_and_leaves_nothing(changes, field):
    response = Channel().post("/sign-ups", ANNA | changes, key=None)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)
    assert not AccessRequest.objects.exists()


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "A3")
def test_nothing_else_can_be_set_by_signing_up():
    more = {
        "verification_level": 5,
        "status": "active",
        "is_test": True,
        "email_verified_at": "2026-01-01T00:00:00Z",
        "tier": 3,
        "reference": "CLT-X",
    }
    signed_up(Channel(), **more)
    anna = Client.objects.get()
    assert (anna.verification_level, anna.status, anna.is_test, anna.email_verified_at) == (0, "created", False, None)


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "API-05")
def test_a_test_client_beside_a_live_one_gets_no_mail_and_known_codes():
    verified(Channel())
    sent = OutgoingMail.objects.count(), OutgoingSms.objects.count()
    channel = Channel(is_test=True)
    sign_up = signed_up(channel)
    assert (OutgoingMail.objects.count(), OutgoingSms.objects.count()) == sent
    for way in ("email", "phone"):
        assert enter(channel, sign_up, way, "000000").status_code == 200
    tester = Client.objects.get(is_test=True)
    assert (tester.status, tester.verification_level) == ("active", 1)
    sign_in(channel, tester)
    assert channel.get("/me").json()["reference"] == tester.reference


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_a_key_without_the_scope_signs_nobody_up():
    assert Channel("clients.edit").post("/sign-ups", ANNA, key=None).status_code == 403


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "C9")
def test_a_request_whose_message_or_worker_was_lost_is_answered_once_by_the_sweeper():
    channel = Channel()
    channel.post("/sign-ups", ANNA, key=None)
    later = timezone.now() + timedelta(seconds=6)
    assert [sign_ups.sweep(now=later), sign_ups.sweep(now=later)] == [1, 0]
    assert not sign_ups.answer(AccessRequest.objects.get().pk, now=later)
    assert (Client.objects.count(), OutgoingMail.objects.count(), OutgoingSms.objects.count()) == (1, 1, 1)


def in_parallel(count, work):
    gate, outcomes = threading.Barrier(count), []

    def run(number):
        gate.wait()
        try:
            outcomes.append(work(number))
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("CLI-10", "C1")
def test_many_tries_at_once_are_not_more_than_five():
    channel = Channel()
    sign_up = signed_up(channel)
    wrong = other_than(mailed_code())
    outcomes = in_parallel(12, lambda number: sign_ups.verify(sign_up=sign_up, channel="email", code=wrong, now=timezone.now()))
    assert all(isinstance(one, CodeInvalid) for one in outcomes)
    assert VerificationCode.objects.get(channel="email").tries == 5
    assert enter(channel, sign_up, "email", mailed_code()).status_code == 422


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("CLI-10", "C1", "C2")
def test_sign_ups_with_one_address_at_once_make_one_client_of_which_one_can_be_verified():
    channel = Channel()
    texts = [channel.post("/sign-ups", ANNA, key=None).json()["sign_up"] for _sending in range(4)]
    ids = list(AccessRequest.objects.values_list("pk", flat=True))
    outcomes = in_parallel(8, lambda number: sign_ups.answer(ids[number % 4], now=timezone.now()))
    assert sorted(outcomes) == [False] * 4 + [True] * 4
    assert Client.objects.count() == 1
    assert VerificationCode.objects.filter(closed_at__isnull=True).count() == 2
    code = mailed_code()
    fitting = [text for text in texts if enter(channel, text, "email", code).status_code == 200]
    assert len(fitting) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("CLI-10", "C1")
def test_one_code_entered_many_times_at_once_activates_once():
    channel = Channel()
    sign_up = signed_up(channel)
    assert enter(channel, sign_up, "email", mailed_code()).status_code == 200
    code = texted_code()
    outcomes = in_parallel(5, lambda number: sign_ups.verify(sign_up=sign_up, channel="phone", code=code, now=timezone.now()))
    assert sum(isinstance(one, Client) for one in outcomes) == 1
    assert ClientEvent.objects.filter(type="activated").count() == 1
    assert ClientSession.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.spec("CLI-01", "API-01")
def test_the_channel_finds_a_client_by_its_address_in_any_case():
    anna = with_password(email="anna@example.com")
    with_password(email="other@example.com")
    found = Channel().get("/clients", email="Anna@Example.com").json()["items"]
    assert [one["reference"] for one in found] == [anna.reference]
