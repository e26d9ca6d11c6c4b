"""Killed anywhere, told twice, late and at once: in the end it is as if nothing had happened (C4, C7)."""

import os
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.db import connection

from kyc.enums import CaseStatus, MessageStatus
from kyc.models import Case, ProviderMessage
from kyc.tasks import ask_about_case, poll_providers, start_case, sweep_messages, sweep_starts, work_on_message
from kyc.tests.factories import case
from kyc.tests.provider_fixtures import SECRET, actions, begun, deliver, later, shufti
from messaging.models import OutgoingMail

__all__ = ["shufti"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("KYC-05", "KYC-22")]


def doomed(job, ids, simulator):
    """How many processes died at the first, second … point; the last ones came to the end."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "backoffice.settings", "SHUFTI_URL": simulator.url, "SHUFTI_CLIENT_ID": "client", "SHUFTI_SECRETS": SECRET,
    }  # fmt: skip
    command = [sys.executable, "-m", "kyc.tests.doomed", job, *map(str, ids)]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True, timeout=200)
    statuses = [int(line) for line in done.stdout.split("\n") if line.lstrip("-").isdigit()]
    died = statuses.count(-9)
    assert statuses == [-9] * died + [0] * (len(ids) - died), done.stderr
    assert died >= 8
    assert 0 in statuses, "more points than rows: the last ones were not tried"


def sweep():
    for hours in (1, 2):
        with later(hours=hours):
            sweep_starts()
            sweep_messages()
            poll_providers()


def accepted_once(cases):
    for one in cases:
        one.refresh_from_db()
        assert (one.provider_result, one.status) == ("accepted", CaseStatus.AWAITING_DECISION)
        assert actions(one).count("kyc.result_arrived") == 1
    return True


def test_killed_at_every_point_of_a_start(shufti):
    """C4: one session at the provider, one event, one mail to the client."""
    cases = [case(provider="shufti") for _ in range(40)]
    doomed("start", [one.pk for one in cases], shufti)
    sweep()
    assert len(shufti.verifications) == len(cases)
    for one in cases:
        one.refresh_from_db()
        assert (one.status, one.url.startswith(shufti.url)) == (CaseStatus.WITH_PROVIDER, True)
        assert actions(one) == ["kyc.opened", "kyc.sent_to_provider"]
        assert OutgoingMail.objects.filter(about_reference=one.reference).count() == 1


def test_killed_at_every_point_of_a_message(shufti):
    """C4."""
    cases = [begun() for _ in range(40)]
    for one in cases:
        shufti.play(one.provider_reference, "accept")
        deliver(shufti.callbacks[-1])
    doomed("message", ProviderMessage.objects.order_by("id").values_list("id", flat=True), shufti)
    sweep()
    assert accepted_once(cases)
    assert set(ProviderMessage.objects.values_list("status", flat=True)) == {MessageStatus.DONE}


def test_killed_at_every_point_of_a_poll(shufti):
    """C4."""
    cases = [begun() for _ in range(30)]
    for one in cases:
        shufti.play(one.provider_reference, "accept")
    doomed("ask", [one.pk for one in cases], shufti)
    sweep()
    assert accepted_once(cases)


def test_the_same_message_many_times_at_once(shufti):
    """C7: start, callback and poll, each delivered many times beside its sweeper."""
    one = case(provider="shufti")
    together(12, lambda number: sweep_starts() if number % 4 == 0 else start_case(case_id=one.pk))
    assert len([request for request in shufti.requests if request.path == "/"]) == 1
    shufti.play(one.provider_reference, "accept")
    deliver(shufti.callbacks[-1])
    message = ProviderMessage.objects.get()
    jobs = [sweep_messages, poll_providers, lambda: work_on_message(message_id=message.pk), lambda: ask_about_case(case_id=one.pk)]
    together(12, lambda number: jobs[number % 4]())
    sweep()
    assert accepted_once([one])
    work_on_message(message_id=message.pk)  # days late
    work_on_message(message_id=10**9)
    assert accepted_once([Case.objects.get(pk=one.pk)])


def together(count, work):
    start, ended = threading.Barrier(count), []

    def run(number):
        start.wait()
        work(number)
        ended.append(number)
        connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == count
