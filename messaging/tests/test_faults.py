"""Workers are killed and brokers are gone; a mail still arrives, and twice only where SMTP can't help it (C4, C6, C7)."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.utils import timezone

from messaging.enums import MailStatus
from messaging.models import OutgoingMail
from messaging.services import leases, sending
from messaging.services.outbox import put
from messaging.tasks import sweep_mail

pytestmark = [pytest.mark.spec("NOT-01"), pytest.mark.django_db(transaction=True)]

RUN = "import django; django.setup(); "


def process(code: str, **environment: str) -> subprocess.Popen:
    """A process of its own, as a worker or a web server is one."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN + code],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "backoffice.settings", "HASHED_STATIC": "false"} | environment,
    )


def written() -> OutgoingMail:
    return put(OutgoingMail(to="anna@example.org", subject_line="Hello", text="text"), subject=None, now=timezone.now())


def kill_while_sending(mail: OutgoingMail, server) -> None:
    worker = process(f"from messaging.tasks import send_mail; send_mail(mail_id={mail.pk})", MAIL_URL=f"smtp://127.0.0.1:{server.port}")
    deadline = time.monotonic() + 30
    while not server.conversations and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.conversations == 1, "the worker got as far as the content"
    time.sleep(0.1)
    worker.kill()
    worker.wait()
    mail.refresh_from_db()
    assert mail.status == MailStatus.SENDING


def after_its_lease(mail: OutgoingMail) -> None:
    sweep_mail()
    mail.refresh_from_db()
    assert mail.status == MailStatus.SENDING, "while the lease runs nobody else takes it"
    OutgoingMail.objects.update(lease_until=timezone.now())
    sweep_mail()
    sweep_mail()
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (MailStatus.SENT, 2)


def test_killed_before_the_server_took_it_the_mail_arrives_once(mail_server):
    mail_server.stall_before = 60
    mail = written()
    kill_while_sending(mail, mail_server)
    mail_server.stall_before = 0
    after_its_lease(mail)
    assert len(mail_server.received) == 1


def test_killed_after_the_server_took_it_the_second_mail_is_recognised_by_its_id(mail_server):
    """What SMTP leaves open: nobody can know whether the server took it. It never happens more than once a kill."""
    mail_server.stall_after = 60
    mail = written()
    kill_while_sending(mail, mail_server)
    mail_server.stall_after = 0
    after_its_lease(mail)
    assert [received["Message-ID"] for received in mail_server.received] == [mail.message_id] * 2


def test_without_a_broker_the_mail_is_written_and_the_sweeper_sends_it(mail_server):
    code = (
        "from django.utils import timezone; from messaging.models import OutgoingMail; from messaging.services.outbox import put;"
        " put(OutgoingMail(to='anna@example.org', subject_line='Hello', text='text'), subject=None, now=timezone.now())"
    )
    started = time.monotonic()
    assert process(code, REDIS_URL="redis+socket:///nowhere/valkey.sock").wait() == 0
    assert time.monotonic() - started < 20
    OutgoingMail.objects.update(due_at=timezone.now() - leases.PATIENCE)
    sweep_mail()
    assert len(mail_server.received) == 1


def test_a_task_for_a_mail_that_is_gone_or_done_does_nothing(mail_server):
    mail = written()
    assert sending.send(mail.pk, now=timezone.now())
    assert not sending.send(mail.pk, now=timezone.now())
    assert not sending.send(mail.pk + 1000, now=timezone.now())
    assert len(mail_server.received) == 1
