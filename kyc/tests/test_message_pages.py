"""Provider messages in the browser: found, seen with a trace, handled again (KYC-20, KYC-22, AUD-06; U6)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django.utils.html import escape

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from kyc.enums import MessageStatus, Right
from kyc.models import ProviderMessage
from kyc.tasks import sweep_messages
from kyc.tests.messages import provider_message
from kyc.tests.provider_fixtures import begun, deliver, deliver_body, shufti

__all__ = ["shufti"]
KEY = re.compile(r'name="operation_key" value="([^"]+)"')


@pytest.fixture
def browser():
    return sign_in(user(rights=None))


def listed(browser, **query):
    answer = browser.get("/kyc/messages/", query)
    assert answer.status_code == 200
    return re.findall(r"/kyc/messages/(MSG-[0-9A-Z]{10})/", answer.content.decode())


def reads(message):
    return AuditEvent.objects.filter(action="kyc.message_read", subject_reference=message.reference).count()


@pytest.mark.django_db
@pytest.mark.spec("KYC-20", "KYC-22")
def test_every_criterion_finds_its_messages(browser, shufti):
    one = begun()
    shufti.play(one.provider_reference, "accept")
    deliver(shufti.callbacks[-1])
    deliver_body(b'{"reference": "somebodys", "event": "verification.smiled"}')
    deliver_body(b"{}", {"Signature": "0" * 64})
    sweep_messages()
    handled = ProviderMessage.objects.get(status=MessageStatus.DONE)
    ignored = ProviderMessage.objects.get(status=MessageStatus.IGNORED)
    refused = ProviderMessage.objects.get(status=MessageStatus.REFUSED)
    assert set(listed(browser)) == {handled.reference, ignored.reference, refused.reference}
    for query, found in {
        ("case", one.reference): handled, ("provider_reference", one.provider_reference): handled, ("event", "verification.smiled"): ignored,
        ("status", "refused"): refused, ("reference", ignored.reference.lower()): ignored,
    }.items():  # fmt: skip
        assert listed(browser, **dict([query])) == [found.reference], query
    assert listed(browser, provider="sumsub") == []
    tab = browser.get(f"/kyc/cases/{one.reference}/?tab=messages").content.decode()
    assert handled.reference in tab
    assert ignored.reference not in tab


@pytest.mark.django_db
@pytest.mark.spec("KYC-20", "AUD-06")
def test_the_content_is_seen_with_a_trace_and_is_text(browser):
    message = provider_message(
        event="<script>alert(1)</script>", verification_data={"document": {"name": "Jāna </pre><img src=x onerror=alert(1)>"}}
    )
    sweep_messages()
    page = browser.get(f"/kyc/messages/{message.reference}/").content.decode()
    assert "Jāna" not in page
    assert reads(message) == 0
    page = browser.get(f"/kyc/messages/{message.reference}/?tab=content").content.decode()
    assert escape("Jāna </pre><img") in page
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert reads(message) == 1
    assert "<script>alert(1)" not in browser.get("/kyc/messages/").content.decode()
    assert browser.get("/kyc/messages/MSG-00000000/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"[" * 5000, b"x" * 200_000])
def test_any_content_has_a_page(browser, body):
    deliver_body(body, {"Signature": "0" * 64})
    message = ProviderMessage.objects.get()
    assert browser.get(f"/kyc/messages/{message.reference}/?tab=content").status_code == 200


@pytest.mark.django_db
@pytest.mark.spec("KYC-22")
def test_a_message_is_handled_again_by_hand_once(browser, shufti):
    """C1: the form sent twice has one effect."""
    message = provider_message()
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=True):
        sweep_messages()
    message.refresh_from_db()
    assert message.status == MessageStatus.UNMATCHED
    assert "Handle again" in browser.get(f"/kyc/messages/{message.reference}/").content.decode()
    url = f"/kyc/messages/{message.reference}/repeat/"
    key = KEY.search(browser.get(url).content.decode())[1]
    for _time in range(2):
        assert browser.post(url, {"operation_key": key}).status_code in (200, 302)
    message.refresh_from_db()
    assert message.status == MessageStatus.RECEIVED
    assert AuditEvent.objects.filter(action="kyc.message_repeated", subject_reference=message.reference).count() == 1
    assert "Handle again" not in browser.get(f"/kyc/messages/{message.reference}/").content.decode()


@pytest.mark.django_db
@pytest.mark.spec("KYC-20")
def test_who_may_see_and_who_may_act():
    message = provider_message()
    seer, nobody = sign_in(user(rights=[Right.KYC_SEE])), sign_in(user(rights=[]))
    assert nobody.get("/kyc/messages/").status_code == 403
    assert seer.get(f"/kyc/messages/{message.reference}/").status_code == 200
    assert seer.get(f"/kyc/messages/{message.reference}/repeat/").status_code == 403
