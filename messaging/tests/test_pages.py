"""The demo's mailbox and the list of alerts (NOT-03, NOT-04)."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from core.subjects import Subject
from messaging.enums import Right
from messaging.issuer.resources import AlertResource, MailResource
from messaging.models import Alert, OutgoingMail
from messaging.services import queue_mail, raise_alert, settle_alert
from messaging.tasks import send_mail

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser() -> Client:
    return sign_in(user(rights=[Right.SEE_MAIL, Right.SEE_ALERTS]))


def hello(name: str = "Anna") -> OutgoingMail:
    return queue_mail(
        template="tests.hello", to="anna@example.org", language="en", context={"name": name, "link": "https://example.org/SECRET"},
        subject=Subject("tests.thing", "7", "THG-7"), now=timezone.now(),
    )  # fmt: skip


@pytest.mark.spec("NOT-04")
def test_the_demos_mailbox_shows_what_was_sent(browser, settings, mail_files):
    settings.MAIL_KEEP_CONTENT = True
    settings.MAIL_TRANSPORT = {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    mail = hello()
    waiting = browser.get(f"/mail/{mail.reference}/").content.decode()
    assert "open https://example.org/SECRET" in waiting
    send_mail(mail_id=mail.pk)
    assert "Hello Anna" in browser.get("/mail/").content.decode()
    html = browser.get(f"/mail/{mail.reference}/").content.decode()
    assert "Hello Anna" in html
    assert "open https://example.org/SECRET" in html
    assert f'<iframe class="mail-frame" sandbox title="The mail as it looks" src="/mail/{mail.reference}/body/">' in html


@pytest.mark.spec("NOT-04")
def test_the_html_of_a_mail_can_do_nothing(browser, settings, mail_files):
    settings.MAIL_KEEP_CONTENT = True
    mail = hello('<script>alert(1)</script><img src=x onerror="alert(2)">')
    page = browser.get(f"/mail/{mail.reference}/")
    assert "<script>alert(1)" not in page.content.decode()
    body = browser.get(f"/mail/{mail.reference}/body/")
    assert "<script>" not in body.content.decode()
    policy = body.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "script-src" not in policy
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.spec("NOT-04")
def test_outside_the_demo_there_is_the_log_and_no_content(browser, mail_server, mail_files):
    mail = hello()
    for _before_and_after_sending in range(2):
        html = browser.get(f"/mail/{mail.reference}/").content.decode()
        assert "SECRET" not in html
        assert browser.get(f"/mail/{mail.reference}/body/").status_code == 404
        send_mail(mail_id=mail.pk)
    assert "Sent" in browser.get("/mail/").content.decode()


@pytest.mark.spec("NOT-04")
def test_mail_is_searched_by_address_state_kind_and_object(browser, mail_files, django_assert_max_num_queries):
    for number in range(30):
        hello(f"{number}")
    with django_assert_max_num_queries(6):
        page = browser.get("/mail/", {"to": "anna@example.org", "status": "queued", "template": "tests.hello", "about_reference": "thg-7"})
    assert len(page.context["slice"].rows) == 30
    assert len(browser.get("/mail/", {"status": "failed"}).context["slice"].rows) == 0


@pytest.mark.spec("NOT-03")
def test_an_alert_is_raised_once_while_open_and_again_after_it_was_settled(browser, caplog):
    about, now = Subject("tests.thing", "7", "THG-7"), timezone.now()
    for _twice in range(2):
        raise_alert(kind="tests.kind", subject=about, message="it <b>broke</b>\r\nagain", now=now)
    assert Alert.objects.count() == 1
    assert len([record for record in caplog.records if "tests.kind" in record.getMessage()]) == 1  # in the log once, too
    html = browser.get("/alerts/").content.decode()
    assert "it &lt;b&gt;broke&lt;/b&gt; again" in html
    assert settle_alert(kind="tests.kind", subject=about, note="mended", now=now)
    assert not settle_alert(kind="tests.kind", subject=about, note="mended", now=now)
    raise_alert(kind="tests.kind", subject=about, message="it broke", now=now)
    assert Alert.objects.count() == 2
    assert len(browser.get("/alerts/", {"open": "yes"}).context["slice"].rows) == 1


@pytest.mark.spec("NOT-03")
@pytest.mark.spec("NOT-04")
def test_without_the_right_there_is_nothing(mail_files):
    mail, stranger = hello(), sign_in(user(rights=[]))
    addresses = ["/mail/", f"/mail/{mail.reference}/", f"/mail/{mail.reference}/body/", "/alerts/"]
    assert [stranger.get(address).status_code for address in addresses] == [403, 404, 404, 403]


@pytest.mark.spec("EXP-X1")
def test_exports_hold_every_stored_field_but_no_content(mail_files):
    browser = sign_in(user(rights=[Right.SEE_MAIL, Right.SEE_ALERTS, "exports.make"]))
    mail = hello()
    raise_alert(kind="tests.kind", subject=mail, message="x", now=timezone.now())
    assert MailResource.unexplained() == AlertResource.unexplained() == []
    file = b"".join(browser.post("/mail/", {"export": "csv"}).streaming_content).decode()
    assert mail.reference in file
    assert "SECRET" not in file
    assert mail.reference in b"".join(browser.post("/alerts/", {"export": "csv"}).streaming_content).decode()
