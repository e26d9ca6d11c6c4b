"""Mail leaves after its reason has committed, once, in the person's language, and can't be made to say more (NOT-01)."""

import smtplib
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.subjects import Subject
from messaging.enums import MailStatus
from messaging.models import Alert, MailAttempt, OutgoingMail
from messaging.services import queue_mail, sending
from messaging.services.outbox import is_address, one_line
from messaging.tasks import send_mail, sweep_mail

ABOUT = Subject("tests.thing", "7", "THG-7")
pytestmark = [pytest.mark.spec("NOT-01")]


def hello(*, to: str = "anna@example.org", language: str = "en", name: str = "Anna", now: datetime | None = None) -> OutgoingMail:
    context = {"name": name, "link": "https://example.org/once/SECRET"}
    return queue_mail(template="tests.hello", to=to, language=language, context=context, subject=ABOUT, now=now or timezone.now())


def due(mail: OutgoingMail) -> None:
    """As if its time had come."""
    past = timezone.now() - timedelta(minutes=1)
    OutgoingMail.objects.filter(pk=mail.pk).update(due_at=past, lease_until=past if mail.status == MailStatus.SENDING else None)


@pytest.mark.django_db(transaction=True)
def test_a_mail_leaves_with_its_parts_and_then_only_the_log_remains(mail_server, mail_files):
    mail = hello()
    send_mail(mail_id=mail.pk)
    (received,) = mail_server.received
    assert (received["To"], received["Subject"], received["Message-ID"]) == ("anna@example.org", "Hello Anna", mail.message_id)
    assert "open https://example.org/once/SECRET" in received.get_body(["plain"]).get_content()
    assert '<a href="https://example.org/once/SECRET">' in received.get_body(["html"]).get_content()
    mail.refresh_from_db()
    assert (mail.status, mail.subject_line, mail.about_reference) == (MailStatus.SENT, "Hello Anna", "THG-7")
    assert "SECRET" not in f"{mail.text}{mail.html}{mail.context}", "a sent one-time link must not stay in the database"
    assert list(mail.tries.values_list("number", "sent")) == [(1, True)]


@pytest.mark.django_db(transaction=True)
def test_no_mail_without_its_reason(mail_server, mail_files):
    @transaction.atomic
    def business_that_fails() -> None:
        hello()
        raise RuntimeError("after its mail")

    with pytest.raises(RuntimeError):
        business_that_fails()
    sweep_mail()
    assert not OutgoingMail.objects.exists()
    assert mail_server.received == []


@pytest.mark.django_db(transaction=True)
def test_a_message_is_sent_to_the_worker_after_commit_only(mail_server, mail_files):
    from backoffice.celery import app  # noqa: PLC0415

    def waiting() -> int:
        with app.connection_for_read() as broker:
            return broker.default_channel.client.llen(django_settings.CELERY_TASK_DEFAULT_QUEUE)

    before = waiting()
    with transaction.atomic():
        hello()
        assert waiting() == before
    assert waiting() == before + 1


@pytest.mark.parametrize(
    ("language", "subject", "html"), [("lv", "Sveiki, Anna", "Dear"), ("fr", "Hello Anna", "Dear"), ("en-gb", "Hello Anna", "Dear")]
)
@pytest.mark.django_db(transaction=True)
def test_the_persons_language_and_english_where_it_is_missing(mail_server, mail_files, language, subject, html):
    send_mail(mail_id=hello(language=language).pk)
    assert mail_server.received[0]["Subject"] == subject
    assert html in mail_server.received[0].get_body(["html"]).get_content()


@pytest.mark.django_db(transaction=True)
def test_fifty_copies_of_the_task_send_once(mail_server, mail_files):
    mail_server.stall_before = 0.3
    mail = hello()
    threads = [threading.Thread(target=_send_in_own_connection, args=[mail.pk]) for _copy in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_mail(mail_id=mail.pk)
    sweep_mail()
    assert len(mail_server.received) == 1
    assert MailAttempt.objects.count() == 1


def _send_in_own_connection(mail_id: int) -> None:
    try:
        send_mail(mail_id=mail_id)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_down_costs_time_only(settings, mail_files):
    settings.MAIL_TRANSPORT = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 9}
    mail = hello()
    waits = []
    for _try in range(len(sending.BACK_OFF) + 1):
        send_mail(mail_id=mail.pk)
        mail.refresh_from_db()
        waits.append(mail.due_at - timezone.now())
        send_mail(mail_id=mail.pk)  # not due yet: nothing happens
        due(mail)
    assert (mail.status, mail.attempts) == (MailStatus.FAILED, len(sending.BACK_OFF) + 1)
    for waited, told in zip(waits, sending.BACK_OFF, strict=False):
        assert told - timedelta(seconds=5) < waited <= told
    assert Alert.objects.get().kind == "messaging.mail_failed"
    assert "refused" in MailAttempt.objects.order_by("-number")[0].answer


@pytest.mark.django_db(transaction=True)
def test_it_arrives_once_the_server_is_back(mail_server, mail_files):
    mail_server.answer = "451 later"
    mail = hello()
    send_mail(mail_id=mail.pk)
    mail.refresh_from_db()
    assert (mail.status, mail.result) == (MailStatus.QUEUED, "451 later")
    mail_server.answer = ""
    due(mail)
    sweep_mail()
    assert len(mail_server.received) == 1
    assert list(mail.tries.order_by("number").values_list("sent", "answer")) == [(False, "451 later"), (True, "")]


@pytest.mark.parametrize(("refuse", "answer"), [("550 no such person", ""), ("", "554 not from you")])
@pytest.mark.django_db(transaction=True)
def test_a_no_for_good_is_not_asked_again(mail_server, mail_files, refuse, answer):
    mail_server.refuse, mail_server.answer = refuse, answer
    mail = hello()
    send_mail(mail_id=mail.pk)
    mail.refresh_from_db()
    assert (mail.status, mail.result, mail.attempts) == (MailStatus.FAILED, refuse or answer, 1)


@pytest.mark.django_db(transaction=True)
def test_a_lost_message_is_found_by_the_sweeper(mail_server, mail_files):
    mail = hello()
    due(mail)
    sweep_mail()
    assert len(mail_server.received) == 1


@pytest.mark.parametrize(
    "to", ["a@example.org\r\nBcc: b@example.org", "a@example.org,b@example.org", "A <a@example.org>", "", "no address"]
)
@pytest.mark.django_db(transaction=True)
def test_an_address_that_cant_be_one_is_kept_as_failed_and_undoes_nothing(mail_server, mail_files, to):
    with transaction.atomic():
        mail = hello(to=to)
    send_mail(mail_id=mail.pk)
    due(mail)
    sweep_mail()
    mail.refresh_from_db()
    assert mail.status == MailStatus.FAILED
    assert "\n" not in mail.to
    assert mail_server.received == []


@pytest.mark.django_db(transaction=True)
def test_line_ends_in_a_name_make_no_header(mail_server, mail_files):
    send_mail(mail_id=hello(name="Anna\r\nBcc: all@example.org\n\n<b>x</b>").pk)
    (received,) = mail_server.received
    assert received["Bcc"] is None
    assert received["Subject"] == "Hello Anna Bcc: all@example.org <b>x</b>"
    assert "&lt;b&gt;x&lt;/b&gt;" in received.get_body(["html"]).get_content()


@pytest.mark.django_db
def test_the_database_refuses_a_header_with_a_line_end():
    now = timezone.now()
    row = {"context": {}, "due_at": now, "created_at": now, "message_id": "<x>"}
    with pytest.raises(IntegrityError, match="mail_header_one_line"):
        OutgoingMail.objects.create(to="a@example.org\nBcc: b@example.org", **row)


@given(text=st.text())
def test_a_header_is_one_line_whatever_it_was(text):
    line = one_line(text)
    assert line.isprintable()
    assert line == line.strip()
    assert not is_address(text) or "@" in text


@given(name=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.django_db(transaction=True)
def test_any_name_arrives_without_adding_a_recipient(mail_server, mail_files, name):
    mail_server.received.clear()
    assert sending.send(hello(name=name).pk, now=timezone.now())
    (received,) = mail_server.received
    assert {header.lower() for header in received.keys()} <= {  # noqa: SIM118  (a message is no mapping)
        "content-type", "mime-version", "subject", "from", "to", "date", "message-id", "auto-submitted", "x-peer", "x-mailfrom", "x-rcptto",
    }  # fmt: skip
    assert received["To"] == "anna@example.org"


@pytest.mark.django_db
def test_mistakes_in_the_code_are_said_at_once(mail_files):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ImproperlyConfigured, match="link"):
        queue_mail(template="tests.hello", to="a@example.org", language="en", context={"name": "Anna"}, now=now)
    with pytest.raises(ImproperlyConfigured, match="not registered"):
        queue_mail(template="nobody.knows", to="a@example.org", language="en", context={}, now=now)


@pytest.mark.django_db(transaction=True)
def test_what_django_or_a_library_sends_goes_through_the_outbox(mail_server, settings):
    settings.EMAIL_BACKEND = "messaging.backends.OutboxBackend"  # the settings' own, which the test runner puts aside
    message = EmailMultiAlternatives("Reset\nBcc: x", "text", "ignored@example.org", ["a@example.org"], cc=["b@example.org"])
    message.attach_alternative("<p>html</p>", "text/html")
    assert message.send() == 1
    assert mail_server.received == [], "not in the request"
    for mail in OutgoingMail.objects.all():
        send_mail(mail_id=mail.pk)
    assert sorted(received["To"] for received in mail_server.received) == ["a@example.org", "b@example.org"]
    assert {received["Subject"] for received in mail_server.received} == {"Reset Bcc: x"}
    assert not OutgoingMail.objects.exclude(text="", html="").exists()
    with pytest.raises(ValueError, match="attachments"):
        EmailMessage("s", "t", to=["a@example.org"], attachments=[("a.txt", "x", "text/plain")]).send()


def test_final_and_passing_refusals_are_told_apart():
    assert sending._is_final(smtplib.SMTPDataError(554, b"no"))
    assert not sending._is_final(smtplib.SMTPDataError(451, b"later"))
    assert not sending._is_final(smtplib.SMTPAuthenticationError(535, b"wrong password"))
    assert not sending._is_final(smtplib.SMTPRecipientsRefused({"a": (550, b"no"), "b": (451, b"later")}))
