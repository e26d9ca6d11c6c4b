"""Exports that make themselves: when, once, with whose rights, to whom (EXP-X5)."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.enums import Right as UserRight
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from core import instance
from kit.enums import JobStatus, PauseReason, Right, ScheduleStatus
from kit.exports import schedules, service
from kit.models import Export, ScheduledExport
from kit.tasks import make_export, make_scheduled
from messaging.models import Notification, OutgoingMail
from organisations.models import Organisation

pytestmark = pytest.mark.spec("EXP-X5")
RIGHTS = [UserRight.USERS_SEE, Right.EXPORTS_MAKE]
LIST = "accounts.issuer.views.UserList"
NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def owner(db):
    return user(rights=RIGHTS)


def schedule(owner, now=NOW, **fields) -> ScheduledExport:
    given = {"name": "People", "format": "csv", "columns": [], "cadence": "daily", "weekday": None, "month_day": None, "hour": 7}
    return schedules.create_schedule(list_path=LIST, query="", actor=owner, now=now, **given | fields)


def overdue(made: ScheduledExport) -> ScheduledExport:
    ScheduledExport.objects.filter(pk=made.pk).update(next_due_at=timezone.now() - timedelta(minutes=1))
    return made


def riga(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=instance.time_zone())


@pytest.mark.parametrize(
    ("fields", "after", "expected"),
    [
        ({"cadence": "daily", "hour": 7}, "2026-11-25T06:59", "2026-11-25T07:00"),
        ({"cadence": "daily", "hour": 7}, "2026-11-25T07:00", "2026-11-26T07:00"),
        ({"cadence": "weekly", "weekday": 1, "hour": 7}, "2026-11-25T12:00", "2026-11-30T07:00"),
        ({"cadence": "monthly", "month_day": 31, "hour": 7}, "2026-11-25T12:00", "2026-11-30T07:00"),
        ({"cadence": "monthly", "month_day": 31, "hour": 7}, "2027-02-01T12:00", "2027-02-28T07:00"),
        ({"cadence": "daily", "hour": 7}, "2027-03-27T08:00", "2027-03-28T07:00"),  # the clock goes forward that night
    ],
)
def test_its_times_are_those_of_the_instances_clock(fields, after, expected):
    made = ScheduledExport(**fields)
    assert schedules.due_after(made, riga(after)) == riga(expected)


def test_an_hour_that_is_left_out_or_comes_twice_is_one_time():
    made = ScheduledExport(cadence="daily", hour=3)
    left_out = schedules.due_after(made, riga("2027-03-27T12:00"))
    assert left_out == datetime(2027, 3, 28, 1, tzinfo=UTC)  # 04:00 by the clock that has leapt over 03:00
    assert schedules.due_after(made, left_out) == riga("2027-03-29T03:00")
    first = schedules.due_after(made, riga("2026-10-24T12:00"))
    assert first == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert schedules.due_after(made, first) == riga("2026-10-26T03:00")


@pytest.mark.django_db
def test_a_due_one_is_made_mailed_and_downloaded_by_link(owner):
    colleague, stranger = user(rights=RIGHTS, language="lv"), user(rights=[Right.EXPORTS_MAKE])
    made = overdue(schedule(owner, recipients=[colleague]))
    make_scheduled()
    export = Export.objects.get()
    assert export.user == owner
    make_export(export.pk)
    export.refresh_from_db()
    assert export.status == JobStatus.DONE
    mails = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert set(mails) == {owner.email, colleague.email}
    assert f"/exports/{export.reference}/" in mails[owner.email].context["url"]
    assert mails[colleague.email].language == "lv"
    assert fetched(sign_in(colleague), export) == 200
    assert export.reference in sign_in(colleague).get("/exports/").content.decode()
    assert fetched(sign_in(stranger), export) == 404
    made.refresh_from_db()
    assert made.next_due_at > timezone.now()
    make_scheduled()
    assert (Export.objects.count(), OutgoingMail.objects.count()) == (1, 2)
    assert AuditEvent.objects.get(action="exports.mailed").details["to"] == [owner.reference, colleague.reference]


@pytest.mark.django_db
def test_what_was_missed_is_made_once(owner):
    made = schedule(owner)
    ScheduledExport.objects.filter(pk=made.pk).update(next_due_at=timezone.now() - timedelta(days=5))
    assert schedules.make_due(now=timezone.now()) == 1
    assert schedules.make_due(now=timezone.now()) == 0
    assert Export.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_schedulers_side_by_side_make_each_once():
    owner = user(rights=RIGHTS)
    for _number in range(8):
        overdue(schedule(owner))
    now, barrier, made = timezone.now(), threading.Barrier(4), []

    def work() -> None:
        barrier.wait()
        made.append(schedules.make_due(now=now))
        connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    schedules.make_due(now=now)  # what a lock hid from all of them
    assert Export.objects.count() == 8
    assert Export.objects.values("schedule").distinct().count() == 8


@pytest.mark.django_db(transaction=True)
def test_two_followers_mail_once():
    owner = user(rights=RIGHTS)
    overdue(schedule(owner))
    schedules.make_due(now=timezone.now())
    service.run_export(export_id=Export.objects.get().pk, now=timezone.now())
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        schedules.follow(now=timezone.now())
        connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OutgoingMail.objects.count() == 1


@pytest.mark.django_db
def test_three_failures_in_a_row_pause_it_and_tell_the_owner(owner, monkeypatch):
    made = schedule(owner)
    monkeypatch.setattr(service, "make_file", lambda export: 1 / 0)
    for number in range(3):
        overdue(made)
        schedules.make_due(now=timezone.now())
        export = Export.objects.latest("id")
        for _attempt in range(3):
            Export.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
            make_export(export.pk)
        made.refresh_from_db()
        assert made.failures == number + 1
    assert (made.status, made.pause_reason) == (ScheduleStatus.PAUSED, PauseReason.ERRORS)
    assert Notification.objects.filter(user=owner, kind="schedules.paused").count() == 1
    assert OutgoingMail.objects.get(template="kit.schedule_paused").to == owner.email


@pytest.mark.django_db
@pytest.mark.parametrize(("lost", "reason"), [("right", PauseReason.RIGHT_LOST), ("account", PauseReason.OWNER_INACTIVE)])
def test_it_runs_with_the_owners_rights_of_that_time(owner, lost, reason):
    made = overdue(schedule(owner))
    if lost == "right":
        owner.profiles.update(rights=[Right.EXPORTS_MAKE])
    else:
        type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    assert schedules.make_due(now=timezone.now()) == 0
    made.refresh_from_db()
    assert (made.status, made.pause_reason) == (ScheduleStatus.PAUSED, reason)
    assert not Export.objects.exists()


@pytest.mark.django_db
def test_a_colleague_who_may_see_less_gets_no_link_and_no_file(owner):
    organisation = Organisation.objects.create(name="Café", created_at=timezone.now())
    confined, former = user(rights=RIGHTS, organisations=[organisation]), user(rights=RIGHTS)
    overdue(schedule(owner, recipients=[confined, former]))
    former.profiles.update(rights=[])
    schedules.make_due(now=timezone.now())
    export = Export.objects.get()
    make_export(export.pk)
    assert [mail.to for mail in OutgoingMail.objects.all()] == [owner.email]
    refused = sign_in(confined).get(f"/exports/{export.reference}/file/")
    assert refused.status_code == 403
    assert "organisations that you may not see" in refused.content.decode()


@pytest.mark.django_db
def test_a_file_is_refused_once_its_maker_sees_less():
    one, other = (Organisation.objects.create(name=name, created_at=timezone.now()) for name in ("One", "Other"))
    person = user(rights=RIGHTS, organisations=[one, other])
    assert b"".join(sign_in(person).post("/users/", {"export": "csv"}).streaming_content)
    export = Export.objects.get()
    assert fetched(sign_in(person), export) == 200
    person.memberships.get(organisation=other).delete()
    assert fetched(sign_in(person), export) == 403
    Export.objects.update(finished_at=timezone.now() - timedelta(days=8))
    page = sign_in(person).get(f"/exports/{export.reference}/").content.decode()
    assert "week is over" in page


def fetched(browser, export: Export) -> int:
    """The answer to a download, read to its end."""
    answer = browser.get(f"/exports/{export.reference}/file/")
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return answer.status_code


def send(browser, url: str, **fields):
    page = browser.get(url)
    assert page.status_code == 200, page.content
    key = re.search(r'name="operation_key" value="([^"]+)"', page.content.decode())[1]
    return browser.post(url.partition("?")[0], fields | {"operation_key": key})


FORM = {"source": "/users/?q=bērz", "name": "Bērziņi", "cadence": "weekly", "weekday": "3", "hour": "6", "format": "xlsx"}


@pytest.mark.django_db
def test_from_a_list_through_its_life_on_pages(owner):
    browser = sign_in(owner)
    colleague = user(rights=RIGHTS)
    assert "/exports/schedules/new/?source=%2Fusers%2F%3Fq%3Db" in browser.get("/users/?q=b%C4%93rz").content.decode()
    dialog = "/exports/schedules/new/?source=%2Fusers%2F%3Fq%3Db%C4%93rz"
    assert send(browser, dialog, **FORM, recipients=[colleague.pk], columns=["reference", "email"]).status_code == 302
    made = ScheduledExport.objects.get()
    assert (made.list_path, made.title, made.weekday, made.columns) == (LIST, "Users", 3, ["reference", "email"])
    page = f"/exports/schedules/{made.reference}/"
    assert "Every week on Wednesday at 06:00" in browser.get(page).content.decode()
    assert "bērz" in browser.get(page).content.decode()
    assert made.name in browser.get("/exports/schedules/").content.decode()
    assert sign_in(colleague).get(page).status_code == 404
    wanted = user(rights=[], last_name="Bērziņa")
    assert send(browser, f"{page}run/").status_code == 302
    export = Export.objects.get()
    make_export(export.pk)
    export.refresh_from_db()
    assert [name for name, _kind in export.statement["columns"]] == ["reference", "email"]
    assert export.rows_done == 1
    assert wanted.reference
    assert export.reference in browser.get(f"{page}?tab=made").content.decode()
    send(browser, f"{page}pause/")
    assert "Resume" in browser.get(page).content.decode()
    send(browser, f"{page}resume/")
    send(browser, f"{page}edit/", **FORM | {"cadence": "monthly", "month_day": "31", "name": "All"})
    made.refresh_from_db()
    assert (made.cadence, made.month_day, made.weekday, made.name, made.status) == ("monthly", 31, None, "All", "active")
    assert not made.recipients.exists()
    send(browser, f"{page}delete/")
    assert not ScheduledExport.objects.exists()
    told = list(AuditEvent.objects.filter(action__startswith="schedules.").order_by("id").values_list("action", flat=True))
    assert [action.removeprefix("schedules.") for action in told] == ["created", "run", "paused", "resumed", "edited", "deleted"]
    assert fetched(browser, export) == 200


@pytest.mark.django_db
@pytest.mark.parametrize("source", ["", "/", "/nowhere/", "//evil.example/users/", "/users/1", "/exports/verify/", "x" * 5000])
def test_only_a_list_can_be_scheduled(owner, source):
    assert sign_in(owner).get("/exports/schedules/new/", {"source": source}).status_code == 400


@pytest.mark.django_db
def test_bad_input_is_said_at_its_field_and_makes_nothing(owner):
    browser = sign_in(owner)
    for wrong in ({"weekday": ""}, {"weekday": "9"}, {"hour": "24"}, {"name": ""}, {"columns": ["password"]}, {"recipients": [owner.pk]}):
        answer = send(browser, "/exports/schedules/new/?source=/users/", **FORM | wrong)
        assert answer.status_code == 422, wrong
    assert sign_in(owner).get("/exports/schedules/new/", {"source": "/clients/"}).status_code == 403
    assert not ScheduledExport.objects.exists()
