"""Alerts: seen, taken on, assigned and settled by people, and told to those who subscribed (NOT-03)."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from core.subjects import Subject
from kit.models import BulkRun
from kit.tasks import run_bulk
from messaging.enums import Right
from messaging.models import Alert, AlertSight, Notification, OutgoingMail
from messaging.registry import alert_groups, register_alerts
from messaging.services import raise_alert, set_subscriptions, settle_alert, subscriptions_of
from messaging.services.subscriptions import GAP, UnknownGroup
from messaging.tasks import send_mail, tell_subscribers

pytestmark = [pytest.mark.django_db, pytest.mark.spec("NOT-03")]
SEES, SETTLES = [Right.SEE_ALERTS], [Right.SEE_ALERTS, Right.SETTLE_ALERTS]


def alert(number: int = 1, kind: str = "audit.chain_lag", now=None) -> Alert:
    raise_alert(kind=kind, subject=Subject("tests.thing", str(number), f"THG-{number}"), message="It broke.", now=now or timezone.now())
    return Alert.objects.latest("id")


def send(browser, address: str, **fields):
    page = browser.get(address).content.decode()
    key = page.split('name="operation_key" value="')[1].split('"')[0]
    return browser.post(address, {"operation_key": key, **fields})


def actions(about: Alert) -> list[str]:
    return list(AuditEvent.objects.filter(subject_reference=about.reference).order_by("id").values_list("action", flat=True))


def test_an_alert_is_seen_taken_on_and_settled_with_a_note_and_all_is_in_its_timeline():
    raised, person = alert(), user(rights=SETTLES)
    browser = sign_in(person)
    assert '<span class="side-count is-waiting">1</span>' in browser.get("/alerts/").content.decode()
    page = browser.get(f"/alerts/{raised.reference}/").content.decode()
    assert f'hx-post="/alerts/{raised.reference}/seen/"' in page
    assert AlertSight.objects.count() == 0, "a GET changes nothing"
    for _twice in range(2):
        assert browser.post(f"/alerts/{raised.reference}/seen/", headers={"HX-Request": "true"}).status_code == 204
    assert 'hx-trigger="load"' not in browser.get(f"/alerts/{raised.reference}/").content.decode().split('id="tab"')[1]
    assert send(browser, f"/alerts/{raised.reference}/take/").status_code == 302
    assert Alert.objects.get().assigned_to == person
    assert send(browser, f"/alerts/{raised.reference}/settle/", note="").status_code == 422
    assert send(browser, f"/alerts/{raised.reference}/settle/", note="Restarted it").status_code == 302
    settled = Alert.objects.get()
    assert (settled.status, settled.settled_by, settled.note) == ("settled", person, "Restarted it")
    assert actions(settled) == ["alerts.raised", "alerts.seen", "alerts.assigned", "alerts.settled"]
    assert "Restarted it" in browser.get(f"/alerts/{raised.reference}/").content.decode()
    assert 'side-count is-waiting">' not in browser.get("/alerts/").content.decode()
    send_again = browser.post(f"/alerts/{raised.reference}/settle/", {"operation_key": "x", "note": "Once more"})
    assert send_again.status_code == 409


def test_whom_an_alert_is_assigned_to_is_told_and_may_see_it():
    raised, giver, taker = alert(), sign_in(user(rights=[*SETTLES, "users.see"])), user(rights=SEES, language="fr")
    outsider = user(rights=[])
    address = f"/alerts/{raised.reference}/assign/"
    page = giver.get(address).content.decode()
    assert str(taker) in page
    assert str(outsider) not in page
    assert send(giver, address, to=outsider.pk).status_code == 422
    assert send(giver, address, to=taker.pk).status_code == 302
    told = Notification.objects.get()
    assert (told.user, told.url) == (taker, f"/alerts/{raised.reference}/")
    assert [row.reference for row in sign_in(taker).get("/alerts/", {"mine": "yes"}).context["slice"].rows] == [raised.reference]


def test_who_only_sees_alerts_settles_none():
    raised, browser = alert(), sign_in(user(rights=SEES))
    for action in ("take", "assign", "settle"):
        assert browser.get(f"/alerts/{raised.reference}/{action}/").status_code == 403
        assert browser.post(f"/alerts/{raised.reference}/{action}/").status_code == 403
    stranger = sign_in(user(rights=[]))
    for address in ("", "seen/", "settle/"):
        assert stranger.post(f"/alerts/{raised.reference}/{address}").status_code in (404, 405)


def test_what_settles_by_itself_says_so():
    raised = alert()
    settle_alert(kind=raised.kind, subject=Subject("tests.thing", "1", "THG-1"), note="Caught up.", now=timezone.now())
    page = sign_in(user(rights=SETTLES)).get(f"/alerts/{raised.reference}/").content.decode()
    assert "its cause has gone" in page
    assert "Settle alert" not in page
    assert actions(raised) == ["alerts.raised", "alerts.settled"]


@pytest.mark.spec("ACC-04")
def test_a_person_subscribes_to_groups_and_the_change_is_in_the_trail():
    person, now = user(rights=SEES), timezone.now()
    assert subscriptions_of(person) == frozenset()
    assert set(alert_groups()) >= {"system", "settlement", "ledger", "orders"}
    set_subscriptions(user=person, groups=["system", "orders"], actor=person, now=now)
    set_subscriptions(user=person, groups=["orders", "system"], actor=person, now=now)
    assert subscriptions_of(person) == {"system", "orders"}
    event = AuditEvent.objects.get(action="alerts.subscriptions_changed")
    assert event.changes == {"alert_groups": [[], ["orders", "system"]]}
    with pytest.raises(UnknownGroup):
        set_subscriptions(user=person, groups=["everything"], actor=person, now=now)


def test_subscribers_are_told_once_in_their_language_and_only_while_they_may_see_alerts():
    now = timezone.now()
    reader, without_right, other_group = user(rights=SEES, language="fr"), user(rights=[]), user(rights=SEES)
    for person, group in ((reader, "system"), (without_right, "system"), (other_group, "orders")):
        set_subscriptions(user=person, groups=[group], actor=person, now=now)
    raised = alert()
    for _twice in range(2):
        tell_subscribers()
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.template, mail.language) == (reader.email, "alerts.raised", "fr")
    assert mail.context["url"].endswith(f"/alerts/{raised.reference}/")
    assert Notification.objects.get().user == reader


def test_a_storm_is_one_mail_and_then_quiet_for_a_while():
    reader, now = user(rights=SEES), timezone.now()
    set_subscriptions(user=reader, groups=["system"], actor=reader, now=now)
    for number in range(40):
        alert(number)
    tell_subscribers()
    mail = OutgoingMail.objects.get()
    assert (mail.template, mail.context["number"]) == ("alerts.many", "40")
    assert len(mail.context["lines"].splitlines()) == 21
    send_mail(mail_id=mail.pk)
    alert(100)
    tell_subscribers()
    assert OutgoingMail.objects.count() == 1, "not before the gap is over"
    Alert.objects.filter(told_at__isnull=False).update(told_at=now - GAP - timedelta(seconds=1))
    tell_subscribers()
    assert OutgoingMail.objects.count() == 2


def test_what_was_settled_before_its_turn_is_told_to_nobody():
    reader, now = user(rights=SEES), timezone.now()
    set_subscriptions(user=reader, groups=["system"], actor=reader, now=now)
    raised = alert()
    settle_alert(kind=raised.kind, subject=Subject("tests.thing", "1"), note="", now=now)
    tell_subscribers()
    assert OutgoingMail.objects.count() == 0


def test_the_list_stays_within_its_statements(django_assert_max_num_queries):
    for number in range(60):
        alert(number)
    browser = sign_in(user())
    with django_assert_max_num_queries(6):
        page = browser.get("/alerts/", {"open": "yes", "kind": "audit.chain_lag", "mine": "no"})
    assert len(page.context["slice"].rows) == 50


def test_a_kind_without_a_known_group_is_a_mistake_in_the_code():
    with pytest.raises(ImproperlyConfigured):
        register_alerts({"tests.kind": "x"}, group="nowhere")


@pytest.mark.spec("UIX-08")
def test_many_alerts_are_settled_with_one_note_and_those_that_are_settled_stay_so():
    raised, person = [alert(number) for number in range(3)], user(rights=SETTLES)
    settle_alert(kind=raised[0].kind, subject=Subject("tests.thing", "0"), note="Gone.", now=timezone.now())
    where = "/alerts/?bulk=settle&all=1&kind=audit.chain_lag"
    browser = sign_in(person)
    page = browser.get(where).content.decode()
    assert "<strong>1</strong> are settled already" in page
    send(browser, where, note="Restarted all of them")
    run = BulkRun.objects.get()
    run_bulk(run.pk)
    assert list(Alert.objects.order_by("id").values_list("note", flat=True)) == ["Gone.", *["Restarted all of them"] * 2]
    assert run.rows.get(outcome="refused").message == "This alert is settled."
    assert sign_in(user(rights=SEES)).post(where).status_code == 403
