"""The bell: who is told what, sees it, and takes it as read (NOT-02)."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.tests.factories import sign_in, user
from core.subjects import Subject
from messaging.issuer.notifications import NotificationResource
from messaging.models import Notification
from messaging.services import notify
from messaging.services.notifications import KEPT, forget_old

pytestmark = [pytest.mark.django_db, pytest.mark.spec("NOT-02")]
KIND = "jobs.ended"


def tell(person, message="It is done.", url="/exports/", **more) -> Notification:
    notify(user=person, kind=KIND, message=message, url=url, now=more.pop("now", timezone.now()), **more)
    return Notification.objects.latest("id")


def number_in_bell(browser: Client) -> str:
    page = browser.get("/notifications/count/").content.decode()
    return page.split('aria-hidden="true">')[1].split("<")[0] if "bell-number" in page else ""


@pytest.mark.parametrize("face", ["issuer", "merchant"])
def test_the_bell_counts_what_is_unread_and_opening_an_entry_reads_it_and_leads_on(face):
    person = user(face, rights=[])
    browser = sign_in(person)
    assert number_in_bell(browser) == ""
    first, _second = tell(person), tell(person, "<b>Another</b>\r\none")
    home = "/" if face == "issuer" else "/merchant/"
    assert "2 unread" in browser.get(home).content.decode()
    menu = browser.get("/notifications/recent/").content.decode()
    assert "&lt;b&gt;Another&lt;/b&gt; one" in menu
    opened = browser.post(f"/notifications/{first.reference}/open/")
    assert (opened.status_code, opened["Location"]) == (302, "/exports/")
    assert number_in_bell(browser) == "1"
    read_at = Notification.objects.get(pk=first.pk).read_at
    browser.post(f"/notifications/{first.reference}/open/")
    assert Notification.objects.get(pk=first.pk).read_at == read_at


def test_all_are_read_at_once_and_nobody_elses():
    person, other = user(rights=[]), user(rights=[])
    for _number in range(3):
        tell(person)
    tell(other)
    browser = sign_in(person)
    assert "Mark all as read" in browser.get("/notifications/").content.decode()
    page = browser.get("/notifications/read/").content.decode()
    assert "3 notifications are marked as read." in page
    browser.post("/notifications/read/", {"operation_key": page.split('name="operation_key" value="')[1].split('"')[0]})
    assert number_in_bell(browser) == ""
    assert number_in_bell(sign_in(other)) == "1"


@pytest.mark.spec("USR-04")
def test_nobody_sees_or_opens_another_persons():
    person, stranger = user(), sign_in(user())
    theirs = tell(person, "For Anna alone")
    assert stranger.post(f"/notifications/{theirs.reference}/open/").status_code == 404
    for address in ("/notifications/", "/notifications/recent/"):
        assert "For Anna alone" not in stranger.get(address).content.decode()
    exported = b"".join(stranger.post("/notifications/", {"export": "csv-all"}).streaming_content).decode()
    assert "For Anna alone" not in exported
    assert Notification.objects.get().read_at is None


def test_the_count_stops_at_99_and_costs_no_statement_of_its_own(django_assert_num_queries):
    person = user(rights=[])
    browser = sign_in(person)
    with django_assert_num_queries(2):  # the session, the person
        assert number_in_bell(browser) == ""
    for _number in range(101):
        tell(person)
    with django_assert_num_queries(2):
        assert number_in_bell(browser) == "99+"


def test_the_list_is_searched_and_stays_within_its_statements(django_assert_max_num_queries):
    person = user()
    for number in range(60):
        tell(person, subject=Subject("tests.thing", str(number), f"THG-{number}"))
    browser = sign_in(person)
    with django_assert_max_num_queries(6):
        page = browser.get("/notifications/", {"unread": "yes", "kind": KIND})
    assert len(page.context["slice"].rows) == 50
    assert len(browser.get("/notifications/", {"subject_reference": "thg-7"}).context["slice"].rows) == 1
    assert NotificationResource.unexplained() == []


def test_a_message_is_in_the_language_of_its_reader():
    assert tell(user(language="fr"), _("Notifications")).message == "Notifications"
    assert tell(user(), "x" * 900).message == "x" * 500


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
@pytest.mark.spec("UIX-06")
def test_an_entry_leads_nowhere_but_to_this_site(url):
    with pytest.raises(ImproperlyConfigured):
        tell(user(), url=url)


def test_an_unknown_kind_is_a_mistake_in_the_code():
    with pytest.raises(ImproperlyConfigured):
        notify(user=user(), kind="tests.unknown", message="x", now=timezone.now())


def test_old_ones_are_forgotten():
    person, now = user(), timezone.now()
    tell(person, now=now - KEPT - timedelta(days=1))
    kept = tell(person, now=now - KEPT + timedelta(days=1))
    assert forget_old(now=now) == 1
    assert Notification.objects.get() == kept
