"""Exports by whoever may: at once, in the background, cancelled, and after a worker's death (EXP-X1, EXP-X2, UIX-05)."""

import csv
import io
import multiprocessing
import os
import signal
import time
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.enums import Right as UserRight
from accounts.models import User
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from kit import jobs
from kit.enums import JobStatus, Right
from kit.exports import service
from kit.models import Export
from kit.tasks import make_export, sweep_jobs
from organisations.models import Organisation

pytestmark = [pytest.mark.urls("kit.tests.pages"), pytest.mark.spec("EXP-X2")]
RIGHTS = [UserRight.USERS_SEE, Right.EXPORTS_MAKE]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def background(monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 0)


def body(response) -> list[dict]:
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline="")))


def actions() -> list[str]:
    return list(AuditEvent.objects.filter(action__startswith="exports.").order_by("id").values_list("action", flat=True))


@pytest.mark.django_db
@pytest.mark.spec("EXP-X1")
def test_a_small_export_is_what_the_criteria_match_and_is_in_the_trail():
    browser = sign_in(user(rights=RIGHTS))
    wanted = user(rights=[], last_name="Bērziņa")
    assert [row["reference"] for row in body(browser.post("/users/?q=bērz", {"export": "csv"}))] == [wanted.reference]
    every = body(browser.post("/users/?q=bērz", {"export": "csv-all"}))
    assert {row["reference"] for row in every} == set(User.objects.values_list("reference", flat=True))
    assert actions() == ["exports.made", "exports.made"]
    event = AuditEvent.objects.filter(action="exports.made").first()
    assert event.details["filter"] == ["q"]
    assert "bērz" not in str(event.body)


@pytest.mark.django_db
def test_rights_and_row_scope_hold():
    organisation = Organisation.objects.create(name="Café", created_at=timezone.now())
    own = user("merchant", organisations=[organisation])
    user("merchant")
    confined = user(rights=RIGHTS, organisations=[organisation])
    assert {row["reference"] for row in body(sign_in(confined).post("/users/", {"export": "csv-all"}))} == {
        own.reference,
        confined.reference,
    }
    assert sign_in(user(rights=[UserRight.USERS_SEE])).post("/users/", {"export": "csv"}).status_code == 403
    assert sign_in(user(rights=[Right.EXPORTS_MAKE])).post("/users/", {"export": "csv"}).status_code == 403
    assert "Excel" not in sign_in(user(rights=[UserRight.USERS_SEE])).get("/users/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["", "exe", "xlsx-some", "xlsx-all-all", "x" * 10_000])
def test_an_unknown_form_is_refused(asked):
    assert sign_in(user(rights=RIGHTS)).post("/users/", {"export": asked}).status_code == 400


@pytest.mark.django_db
def test_a_large_one_is_made_in_the_background_and_downloaded(background):
    person = user(rights=RIGHTS)
    browser = sign_in(person)
    landed = browser.post("/users/?sort=created_at", {"export": "csv"})
    export = Export.objects.get()
    assert landed["Location"] == f"/exports/{export.reference}/"
    assert "Waits for a worker" in browser.get(landed["Location"]).content.decode()
    make_export(export.pk)
    assert "Download" in browser.get(landed["Location"]).content.decode()
    told = person.notifications.get()
    assert "is ready to be downloaded" in told.message
    assert told.url == landed["Location"]
    file = browser.get(f"{landed['Location']}file/")
    assert file["Content-Disposition"].startswith('attachment; filename="userlist-')
    assert [row["reference"] for row in body(file)] == [person.reference]
    assert actions() == ["exports.requested", "exports.made", "exports.downloaded"]
    make_export(export.pk)  # sent twice
    assert actions().count("exports.made") == 1


@pytest.mark.django_db
def test_a_file_is_its_persons_alone_and_needs_the_right_still(background):
    person = user(rights=RIGHTS)
    browser = sign_in(person)
    browser.post("/users/", {"export": "xlsx"})
    export = Export.objects.get()
    make_export(export.pk)
    stranger = sign_in(user(rights=RIGHTS))
    assert stranger.get(f"/exports/{export.reference}/").status_code == 404
    assert stranger.get(f"/exports/{export.reference}/file/").status_code == 404
    assert stranger.get(f"/exports/{export.reference}/cancel/").status_code == 404
    profile = person.profiles.get()
    profile.rights = [Right.EXPORTS_MAKE]
    profile.save()
    assert browser.get(f"/exports/{export.reference}/file/").status_code == 403


@pytest.mark.django_db
def test_a_right_lost_while_it_waits_makes_no_file(background):
    person = user(rights=RIGHTS)
    sign_in(person).post("/users/", {"export": "xlsx"})
    person.profiles.get().delete()
    export = Export.objects.get()
    for _attempt in range(jobs.ATTEMPTS):
        Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        make_export(export.pk)
    export.refresh_from_db()
    assert export.status == JobStatus.FAILED
    assert export.error_reference
    assert export.error_reference in person.notifications.get().message
    assert not service.path_of(export).exists()


def start_slow_export(rows: int = 200) -> tuple[Export, multiprocessing.Process, object]:
    person = user(rights=RIGHTS)
    for _row in range(rows - 1):
        User.objects.create(email=f"{_row}@slow.example", first_name="S", last_name="L", face="issuer", created_at=timezone.now())
    browser = sign_in(person)
    browser.post("/things/", {"export": "csv"})
    export = Export.objects.get()
    connections.close_all()
    worker = multiprocessing.get_context("fork").Process(target=make_export, args=(export.pk,))
    worker.start()
    deadline = time.monotonic() + 20
    while Export.objects.get().rows_done == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    return Export.objects.get(), worker, browser


@pytest.mark.spec("UIX-05")
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_is_followed_by_another_and_nothing_comes_twice(background, tmp_path):
    export, worker, browser = start_slow_export()
    assert 0 < export.rows_done < 200
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    assert service.run_export(export_id=export.pk, now=timezone.now()) is False  # its lease is not over
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert list(jobs.lost(Export, now=timezone.now())) == [export]
    sweep_jobs()
    make_export(export.pk)
    rows = body(browser.get(f"/exports/{export.reference}/file/"))
    assert [row["reference"] for row in rows] == list(User.objects.order_by("id").values_list("reference", flat=True))
    assert actions().count("exports.made") == 1


@pytest.mark.spec("UIX-05")
@pytest.mark.django_db(transaction=True)
def test_cancelling_stops_the_worker_and_leaves_no_file(background, tmp_path):
    export, worker, browser = start_slow_export(300)
    page = browser.get(f"/exports/{export.reference}/cancel/").content.decode()
    key = page.split('name="operation_key" value="')[1].split('"')[0]
    assert browser.post(f"/exports/{export.reference}/cancel/", {"operation_key": key}).status_code == 302
    worker.join(10)
    assert worker.exitcode == 0
    export.refresh_from_db()
    assert export.status == JobStatus.CANCELLED
    assert list((tmp_path / "exports").iterdir()) == []
    assert actions() == ["exports.requested", "exports.cancelled"]
    connection.close()
