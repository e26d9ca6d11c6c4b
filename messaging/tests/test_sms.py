"""SMS: written with its reason, sent once after it, whatever the provider or the worker does (CLI-10, C9, C11)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.subjects import Subject
from messaging.enums import MailStatus
from messaging.models import Alert, OutgoingSms
from messaging.services.leases import LEASE
from messaging.services.sms import BACK_OFF, queue_sms, send_sms, sweep_sms
from simulators.sms import Sms

ABOUT = Subject("clients.client", "1", "CLT-TEST")


@pytest.fixture
def provider(settings: Any) -> Iterator[Sms]:
    with Sms(key="secret") as simulator:
        settings.SMS_URL, settings.SMS_KEY, settings.SMS_SENDER, settings.SMS_TIMEOUT = simulator.url, "secret", "Amber", 2
        yield simulator


def queued(text="123456 is your code") -> OutgoingSms:
    with transaction.atomic():
        return queue_sms(to="+37120000001", text=text, subject=ABOUT, now=timezone.now())


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_a_message_is_sent_once_and_its_text_forgotten(provider):
    message = queued()
    assert [send_sms(message.pk, now=timezone.now()), send_sms(message.pk, now=timezone.now())] == [True, False]
    message.refresh_from_db()
    assert (message.status, message.text, message.provider_id) == (MailStatus.SENT, "", provider.messages[0].id)
    assert [(one.to, one.sender, one.text) for one in provider.messages] == [("+37120000001", "Amber", "123456 is your code")]


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "C9")
@pytest.mark.parametrize("fault", ["500", "429", "401", "html", "empty", "wrong-types", "redirect", "cut", "lost", "silent"])
def test_whatever_the_provider_does_it_is_sent_at_the_next_try_and_once(provider, fault):
    message = queued()
    provider.faults.append(fault)
    first = send_sms(message.pk, now=timezone.now())
    message.refresh_from_db()
    if not first:
        assert (message.status, bool(message.text), bool(message.result)) == (MailStatus.QUEUED, True, True)
        assert sweep_sms(now=timezone.now() + BACK_OFF[0] + timedelta(seconds=11)) == 1
    message.refresh_from_db()
    assert (message.status, len(provider.messages)) == (MailStatus.SENT, 1)


@pytest.mark.django_db
@pytest.mark.spec("CLI-10", "C11")
def test_a_worker_that_dies_while_it_sends_loses_nothing_and_sends_nothing_twice(provider):
    """Killed after the provider took it and before that was noted: the row is as it was when it was claimed."""
    message = queued()
    assert send_sms(message.pk, now=timezone.now())
    OutgoingSms.objects.filter(pk=message.pk).update(
        status=MailStatus.SENDING, lease_until=timezone.now() + LEASE, text="123456 is your code", provider_id="", sent_at=None
    )
    assert not send_sms(message.pk, now=timezone.now())
    assert sweep_sms(now=timezone.now() + LEASE + timedelta(seconds=1)) == 1
    assert len(provider.messages) == 1


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_a_number_that_can_not_be_is_given_up_with_an_alert(provider):
    message = queued()
    OutgoingSms.objects.filter(pk=message.pk).update(to="+0")
    assert not send_sms(message.pk, now=timezone.now())
    message.refresh_from_db()
    assert (message.status, message.text) == (MailStatus.FAILED, "")
    assert Alert.objects.get().kind == "messaging.sms_failed"


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_without_a_provider_it_is_tried_until_the_code_is_dead_and_an_alert_says_so(settings):
    settings.SMS_URL = ""
    message, now = queued(), timezone.now()
    for _try in range(len(BACK_OFF) + 1):
        now += timedelta(minutes=5)
        OutgoingSms.objects.filter(pk=message.pk, status=MailStatus.QUEUED).update(due_at=now)
        send_sms(message.pk, now=now)
    message.refresh_from_db()
    assert message.status == MailStatus.FAILED
    assert "SMS_URL" in Alert.objects.get().message


@pytest.mark.django_db
@pytest.mark.spec("CLI-10")
def test_the_provider_s_page_shows_what_was_sent(provider):
    assert "Nothing was sent yet" in provider.overview()
    send_sms(queued("<b>654321</b>").pk, now=timezone.now())
    assert "&lt;b&gt;654321&lt;/b&gt;" in provider.overview()
