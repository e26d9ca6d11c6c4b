"""Every mail that any app has registered, and those of sign-in, as they really go out (NOT-01, ACC-05)."""

import pytest
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.test import Client

from accounts.tests.factories import user
from messaging import registry
from messaging.models import OutgoingMail
from messaging.registry import MailTemplate, known_alerts, known_mails
from messaging.services.rendering import render
from messaging.tasks import send_mail

pytestmark = pytest.mark.spec("NOT-01")


@pytest.mark.django_db
@pytest.mark.parametrize("language", [code for code, _name in django_settings.LANGUAGES])
def test_every_registered_mail_renders_with_its_examples(language):
    for code, template in known_mails().items():
        parts = render(code, language, template.variables)
        assert parts.subject, code
        assert parts.subject.isprintable(), code
        assert parts.text.strip(), code
        assert "</html>" in parts.html, code


@pytest.mark.spec("NOT-03")
def test_alerts_have_words():
    assert {kind.split(".")[0] for kind in known_alerts()} >= {"audit", "chain", "ledger", "messaging", "orders"}
    assert all(str(label) for label in known_alerts().values())


def test_a_mail_without_its_files_fails_the_check(monkeypatch):
    assert [issue for issue in run_checks() if issue.id == "messaging.E001"] == []
    monkeypatch.setitem(registry._mails, "tests.nowhere", MailTemplate("Nowhere"))
    missing = [issue.msg for issue in run_checks() if issue.id == "messaging.E001"]
    assert len(missing) == 3 * len(django_settings.LANGUAGES)
    assert all("tests.nowhere" in message for message in missing)


@pytest.mark.django_db(transaction=True)
def test_a_password_reset_goes_through_the_outbox(mail_server, settings):
    settings.EMAIL_BACKEND = "messaging.backends.OutboxBackend"  # the settings' own, which the test runner puts aside
    person = user(rights=[], email="anna@example.org")
    assert Client().post("/accounts/password/reset/", {"email": person.email}).status_code == 302
    mail = OutgoingMail.objects.get()
    assert mail_server.received == [], "not in the request"
    send_mail(mail_id=mail.pk)
    (received,) = mail_server.received
    assert received["To"] == "anna@example.org"
    assert "/accounts/password/reset/key/" in received.get_body(["plain"]).get_content()
    mail.refresh_from_db()
    assert "/key/" not in f"{mail.text}{mail.html}{mail.context}"
