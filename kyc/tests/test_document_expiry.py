"""Documents that lapse: the client is told before, administrators after, each once, whatever happens to the job (KYC-10, L3)."""

import os
import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent
from backoffice.services.settings import change_settings
from clients.enums import ClientStatus
from clients.models import Client
from clients.tests.factories import client_of_type
from kyc.models import Document
from kyc.services.documents.expiry import watch_expiry
from kyc.services.documents.keeping import today
from kyc.tasks import watch_documents
from kyc.tests.documents import TESTS, approved
from messaging.models import Alert, OutgoingMail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("KYC-10")]


def in_days(number: int) -> date:
    return today(timezone.now()) + timedelta(days=number)


def test_clients_are_reminded_once_within_the_days_that_are_set():
    soon, edge = approved(kind="passport", expires_on=in_days(10)), approved(kind="id_card", expires_on=in_days(30))
    approved(kind="passport", expires_on=in_days(31 + 1))
    approved(expires_on=None)
    for _twice in range(2):
        watch_documents()
    mails = OutgoingMail.objects.order_by("id")
    assert [mail.about_reference for mail in mails] == [soon.reference, edge.reference]
    assert mails[0].context["document"] == "Passport"
    assert AuditEvent.objects.filter(action="kyc.document_reminded").count() == 2
    assert not Alert.objects.exists()
    change_settings(values={"kyc.document_reminder_days": 60}, actor=TESTS, now=timezone.now())
    assert watch_expiry(now=timezone.now()) == (1, 0)


@pytest.mark.parametrize(("language", "kind"), [("fr", "Passeport"), ("lv", "Pase")])
def test_the_reminder_is_in_the_clients_language(language, kind):
    from messaging.services.rendering import render  # noqa: PLC0415

    approved(kind="passport", expires_on=in_days(5), client=client_of_type(language=language))
    watch_documents()
    mail = OutgoingMail.objects.get()
    assert (mail.language, mail.context["document"]) == (language, kind)
    greeting = {"fr": "Bonjour", "lv": "Labdien"}[language]
    assert render(mail.template, mail.language, mail.context).text.startswith(greeting)


def test_what_has_lapsed_is_an_alert_that_a_newer_one_settles():
    client = client_of_type()
    old = approved(kind="passport", client=client, expires_on=in_days(-1))
    for _twice in range(2):
        watch_documents()
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject_reference) == ("kyc.document_lapsed", old.reference)
    assert not OutgoingMail.objects.exists(), "too late to remind"
    approved(kind="passport", client=client)
    alert.refresh_from_db()
    assert alert.settled_at is not None


def test_what_a_newer_one_replaces_and_who_is_gone_is_told_of_nothing():
    client = client_of_type()
    approved(kind="passport", client=client, expires_on=in_days(3))
    approved(kind="passport", client=client, expires_on=in_days(400))
    gone = client_of_type()
    approved(kind="passport", client=gone, expires_on=in_days(3))
    Client.objects.filter(pk=gone.pk).update(status=ClientStatus.DEACTIVATED)
    test = client_of_type(is_test=True)
    approved(kind="passport", client=test, expires_on=in_days(-3))
    watch_documents()
    assert not OutgoingMail.objects.exists()
    assert not Alert.objects.exists()


@pytest.mark.spec("L3")
def test_the_day_is_the_issuers_to_the_second():
    """In Riga 29 March 2026 has 23 hours; a document that is valid until that day lapses at its end there."""
    one = approved(kind="passport", expires_on=None)
    Document.objects.filter(pk=one.pk).update(expires_on=date(2026, 3, 29), reminded_at=timezone.now())
    last_second = datetime(2026, 3, 29, 20, 59, 59, tzinfo=UTC)  # 23:59:59 in summer time
    assert watch_expiry(now=last_second) == (0, 0)
    assert watch_expiry(now=last_second + timedelta(seconds=1)) == (0, 1)


def test_a_document_of_the_29th_of_february_lapses_on_the_1st_of_march():
    one = approved(kind="passport", expires_on=None)
    Document.objects.filter(pk=one.pk).update(expires_on=date(2028, 2, 29), reminded_at=timezone.now())
    with time_machine.travel(datetime(2028, 2, 29, 12, tzinfo=UTC), tick=False):
        assert watch_expiry(now=timezone.now()) == (0, 0)
    with time_machine.travel(datetime(2028, 3, 1, 12, tzinfo=UTC), tick=False):
        assert watch_expiry(now=timezone.now()) == (0, 1)


def test_beside_itself_each_is_told_of_once():
    for number in range(12):
        approved(kind="passport", expires_on=in_days(5 if number % 2 else -5))
    totals: list[tuple[int, int]] = []

    def run() -> None:
        try:
            totals.append(watch_expiry(now=timezone.now()))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tuple(map(sum, zip(*totals, strict=True))) == (6, 6)
    assert (OutgoingMail.objects.count(), Alert.objects.count()) == (6, 6)


DOOMED = """
import os, signal, django
django.setup()
from django.utils import timezone
from kyc.services.documents import expiry
expiry.BATCH = 2
told = expiry.tell
count = []
def die(*a, **k):
    told(*a, **k)
    count.append(1)
    if len(count) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
expiry.tell = die
expiry.watch_expiry(now=timezone.now())
"""


def test_killed_half_way_it_loses_nothing_and_does_nothing_twice():
    made = [approved(kind="passport", expires_on=in_days(5)) for _number in range(5)]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "backoffice.settings", "DATABASE_URL": database_url()}
    done = subprocess.run([sys.executable, "-c", DOOMED], cwd=django_settings.BASE_DIR, env=environment, check=False, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    assert OutgoingMail.objects.count() == 2, "the first batch stands, the second never was"
    watch_documents()
    assert sorted(OutgoingMail.objects.values_list("about_reference", flat=True)) == sorted(one.reference for one in made)


def database_url() -> str:
    from conftest import other_database  # noqa: PLC0415

    return other_database(os.environ["DATABASE_URL"], connection.settings_dict["NAME"])
