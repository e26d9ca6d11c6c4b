"""Bulk actions: previewed, fixed when confirmed, done once for each row, whatever happens to the workers (UIX-08, UIX-05)."""

import csv
import io
import multiprocessing
import os
import signal
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.enums import Right
from accounts.models import User
from accounts.tests.factories import sign_in, user
from audit.models import AuditEvent
from kit import jobs
from kit.bulk import service
from kit.enums import BulkOutcome, JobStatus
from kit.enums import Right as KitRight
from kit.models import BulkRow, BulkRun
from kit.tasks import run_bulk, sweep_jobs
from organisations.models import Organisation

pytestmark = [pytest.mark.urls("kit.tests.pages"), pytest.mark.spec("UIX-08")]
RIGHTS = [Right.USERS_SEE, Right.USERS_EDIT]
BOTH = pytest.mark.parametrize("code", ["mark", "mark-together"])


def people(number: int, phone: str = "", **fields) -> list[User]:
    """Rows to mark, straight in the table."""
    start = User.objects.count()
    return User.objects.bulk_create(
        User(email=f"row{start + one}@rows.example", first_name="R", last_name="Row", face="issuer", phone=phone, created_at=timezone.now(), **fields)
        for one in range(number)
    )  # fmt: skip


def address(code: str, rows=(), **query) -> str:
    return "/people/?" + urlencode({"bulk": code, "row": [row.reference for row in rows], **query}, doseq=True)


def dialog(browser, where: str) -> tuple[str, str]:
    """The dialog's page and its operation key."""
    page = browser.get(where).content.decode()
    return page, page.split('name="operation_key" value="')[1].split('"')[0]


def confirm(browser, where: str, key: str = ""):
    return browser.post(where, {"operation_key": key or dialog(browser, where)[1], "mark": "x"})


def outcomes(run: BulkRun) -> dict[str, int]:
    found: dict[str, int] = {}
    for outcome in run.rows.values_list("outcome", flat=True):
        found[outcome] = found.get(outcome, 0) + 1
    return found


def marks() -> list[str]:
    return sorted(User.objects.filter(last_name="Row").values_list("phone", flat=True))


def started(code: str, number: int, monkeypatch, browser=None) -> tuple[BulkRun, multiprocessing.Process]:
    """A run of `number` rows whose worker is in the midst of it."""
    monkeypatch.setattr(service, "CHUNK", 5)
    monkeypatch.setattr(service, "ROWS", 5)
    confirm(browser or sign_in(user(rights=RIGHTS)), address(code, people(number)))
    run = BulkRun.objects.get()
    connections.close_all()
    worker = multiprocessing.get_context("fork").Process(target=run_bulk, args=(run.pk,))
    worker.start()
    deadline = time.monotonic() + 20
    while BulkRun.objects.get().rows_done == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    return BulkRun.objects.get(), worker


@pytest.mark.django_db
@BOTH
def test_ticked_rows_are_previewed_confirmed_and_done_with_an_outcome_each(code):
    able, taken, poison = people(3), people(2, "taken"), people(1, "poison")
    person = user(rights=[*RIGHTS, KitRight.EXPORTS_MAKE])
    browser, where = sign_in(person), address(code, [*able, *taken, *poison])
    page, key = dialog(browser, where)
    assert "Each gets a mark." in page
    assert "<strong>3</strong> rows will be changed" in page
    assert "<strong>2</strong> have a number" in page
    assert "<strong>1</strong> can&#x27;t be changed now" in page
    assert BulkRun.objects.count() == 0, "a GET changes nothing"
    assert browser.post(where, {"operation_key": key, "mark": ""}).status_code == 422
    landed = confirm(browser, where, key)
    run = BulkRun.objects.get()
    assert landed["Location"] == f"/bulk/{run.reference}/"
    page = browser.get(landed["Location"]).content.decode()
    assert "Waits for a worker" in page
    assert "Cancel bulk action" in page
    run_bulk(run.pk)
    run_bulk(run.pk)  # sent twice
    run.refresh_from_db()
    assert (run.status, run.rows_done, run.changed, run.refused, run.failed) == (JobStatus.DONE, 6, 3, 2, 1)
    assert outcomes(run) == {"changed": 3, "refused": 2, "failed": 1}
    assert marks() == ["poison", "taken", "taken", "x", "x", "x"]
    assert browser.get(landed["Location"], headers={"HX-Request": "true", "HX-Target": "tab"})["HX-Refresh"] == "true"
    told = person.notifications.get()
    assert (told.url, told.message) == (landed["Location"], "“Mark people”: 3 of 6 rows are done.")
    actions = AuditEvent.objects.filter(action__startswith="bulk.").order_by("id")
    assert [(event.action, event.details["rows"]) for event in actions] == [("bulk.requested", 6), ("bulk.ended", 6)]
    rows = browser.get("/bulk/rows/", {"run": run.reference, "outcome": ["refused", "failed"]})
    assert len(rows.context["slice"].rows) == 3
    assert "Somebody has this number." in rows.content.decode()
    file = b"".join(browser.post(f"/bulk/rows/?run={run.reference}", {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert {row["outcome"] for row in csv.DictReader(io.StringIO(file, newline=""))} >= {"changed", "refused", "failed"}


@pytest.mark.django_db
@BOTH
def test_all_that_match_is_fixed_when_it_is_confirmed(code):
    wanted, others = people(4), people(2)
    User.objects.filter(pk__in=[one.pk for one in others]).update(last_name="Other")
    browser = sign_in(user(rights=RIGHTS))
    where = address(code, all="1", last_name="Row", row=["ignored"])
    assert "<strong>4</strong> rows will be changed" in dialog(browser, where)[0]
    confirm(browser, where)
    people(3)  # match as well, too late
    User.objects.filter(pk=wanted[0].pk).update(last_name="Else")  # doesn't match any more, and is done all the same
    run = BulkRun.objects.get()
    run_bulk(run.pk)
    assert outcomes(run) == {"changed": 4}
    assert set(run.rows.values_list("object_id", flat=True)) == {one.pk for one in wanted}


@pytest.mark.django_db
@pytest.mark.spec("UIX-03")
def test_a_confirmation_sent_twice_makes_one_run_and_other_rows_need_another_form():
    rows = people(3)
    browser, where = sign_in(user(rights=RIGHTS)), address("mark", rows[:2])
    _page, key = dialog(browser, where)
    first, second = confirm(browser, where, key), confirm(browser, where, key)
    assert first["Location"] == second["Location"]
    assert BulkRun.objects.count() == 1
    assert confirm(browser, address("mark", rows), key).status_code == 409
    assert BulkRow.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.spec("USR-04")
@BOTH
def test_rows_out_of_sight_can_not_be_named_nor_kept(code):
    organisation = Organisation.objects.create(name="Café", created_at=timezone.now())
    own, lost = user("merchant", organisations=[organisation]), user("merchant", organisations=[organisation])
    foreign = user("merchant")
    person = user(rights=RIGHTS, organisations=[organisation])
    browser = sign_in(person)
    assert confirm_refused(browser, address(code, [foreign]))
    page, key = dialog(browser, address(code, [own, lost, foreign]))
    assert foreign.email not in page
    confirm(browser, address(code, [own, lost, foreign]), key)
    run = BulkRun.objects.get()
    assert set(run.rows.values_list("label", flat=True)) == {own.reference, lost.reference}
    lost.memberships.all().delete()
    run_bulk(run.pk)
    assert run.rows.get(label=own.reference).outcome == BulkOutcome.CHANGED
    refused = run.rows.get(label=lost.reference)
    assert (refused.outcome, refused.message) == (BulkOutcome.REFUSED, "You may not see this any more.")
    assert User.objects.get(pk=lost.pk).phone == User.objects.get(pk=foreign.pk).phone == ""


def confirm_refused(browser, where: str) -> bool:
    response = confirm(browser, where)
    return response.status_code == 422 and BulkRun.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.spec("USR-01")
def test_without_the_actions_right_there_are_no_tick_boxes_and_no_way_round():
    rows = people(2)
    only_sees, may = sign_in(user(rights=[Right.USERS_SEE])), sign_in(user(rights=RIGHTS))
    assert 'class="tick"' in may.get("/people/").content.decode()
    assert 'class="tick"' not in only_sees.get("/people/").content.decode()
    for method in ("get", "post"):
        assert getattr(only_sees, method)(address("mark", rows)).status_code == 403
        assert getattr(may, method)(address("unknown", rows)).status_code == 404
        assert getattr(may, method)(address("mark")).status_code == 422
    assert sign_in(user("merchant", rights=RIGHTS)).get(address("mark", rows)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("row", ["\x00", "x" * 9000, "%' OR 1=1 --", "\ud800", "1", "../"])
def test_no_name_of_a_row_breaks_anything(row):
    browser = sign_in(user(rights=RIGHTS))
    where = "/people/?" + urlencode({"bulk": "mark", "row": row}, errors="surrogatepass")
    assert browser.get(where).status_code == 200
    assert confirm_refused(browser, where)


@pytest.mark.django_db
def test_a_right_lost_on_the_way_ends_it_and_changes_nothing_more():
    rows, person = people(2), user(rights=RIGHTS)
    confirm(sign_in(person), address("mark", rows))
    person.profiles.get().delete()
    run = BulkRun.objects.get()
    run_bulk(run.pk)
    run.refresh_from_db()
    assert run.status == JobStatus.FAILED
    assert run.error_reference in person.notifications.get().message
    assert marks() == ["", ""]


@pytest.mark.django_db
def test_more_rows_than_one_run_takes_are_refused(monkeypatch):
    monkeypatch.setattr(service, "AT_MOST", 3)
    assert confirm_refused(sign_in(user(rights=RIGHTS)), address("mark", people(4)))
    assert BulkRow.objects.count() == 0


@pytest.mark.django_db
def test_what_was_not_done_is_tried_again_in_a_run_of_its_own():
    done, taken = people(2), people(2, "taken")
    browser = sign_in(user(rights=RIGHTS))
    confirm(browser, address("mark", [*done, *taken]))
    first = BulkRun.objects.get()
    run_bulk(first.pk)
    User.objects.filter(phone="taken").update(phone="")
    assert "Try again" in browser.get(f"/bulk/{first.reference}/").content.decode()
    key = dialog(browser, f"/bulk/{first.reference}/retry/")[1]
    landed = browser.post(f"/bulk/{first.reference}/retry/", {"operation_key": key})
    again = BulkRun.objects.exclude(pk=first.pk).get()
    assert landed["Location"] == f"/bulk/{again.reference}/"
    run_bulk(again.pk)
    assert (again.retry_of, outcomes(again)) == (first, {"changed": 2})
    assert marks() == ["x", "x", "x", "x"]
    assert first.reference in browser.get(landed["Location"]).content.decode()


@pytest.mark.django_db
@pytest.mark.spec("USR-04")
def test_a_run_and_its_rows_are_its_persons_alone():
    confirm(sign_in(user(rights=RIGHTS)), address("mark", people(2)))
    run, stranger = BulkRun.objects.get(), sign_in(user())
    for page in ("", "cancel/", "retry/"):
        assert stranger.get(f"/bulk/{run.reference}/{page}").status_code == 404
    for page in ("/bulk/", f"/bulk/rows/?run={run.reference}"):
        assert len(stranger.get(page).context["slice"].rows) == 0


@pytest.mark.django_db
@pytest.mark.spec("UIX-01")
def test_tick_boxes_cost_no_statement_and_few_bytes(django_assert_max_num_queries):
    people(60)
    browser = sign_in(user(rights=RIGHTS))
    with django_assert_max_num_queries(6):
        page = browser.get("/people/")
    assert len(page.content) < 60_000
    assert page.content.count(b'<td class="tick"') == 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("UIX-05")
@BOTH
def test_a_killed_worker_is_followed_by_another_and_every_row_is_done_once(code, monkeypatch):
    run, worker = started(code, 40, monkeypatch)
    assert 0 < run.rows_done < 40
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    run_bulk(run.pk)  # its lease is not over
    assert BulkRun.objects.get().rows_done < 40
    BulkRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert list(jobs.lost(BulkRun, now=timezone.now())) == [run]
    sweep_jobs()
    run_bulk(run.pk)
    run.refresh_from_db()
    assert (run.status, run.rows_done, run.changed) == (JobStatus.DONE, 40, 40)
    assert marks() == ["x"] * 40
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("UIX-05")
@BOTH
def test_a_worker_that_lost_its_lease_changes_nothing_more(code, monkeypatch):
    run, worker = started(code, 40, monkeypatch)
    BulkRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    run_bulk(run.pk)  # takes over while the other one still works
    worker.join(20)
    assert worker.exitcode == 0
    run.refresh_from_db()
    assert (run.status, run.rows_done) == (JobStatus.DONE, 40)
    assert marks() == ["x"] * 40
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.spec("UIX-05")
@BOTH
def test_cancelling_stops_the_worker_and_leaves_the_rest_as_it_was(code, monkeypatch):
    browser = sign_in(user(rights=RIGHTS))
    run, worker = started(code, 60, monkeypatch, browser)
    key = dialog(browser, f"/bulk/{run.reference}/cancel/")[1]
    assert browser.post(f"/bulk/{run.reference}/cancel/", {"operation_key": key}).status_code == 302
    worker.join(20)
    assert worker.exitcode == 0
    run.refresh_from_db()
    assert run.status == JobStatus.CANCELLED
    assert 0 < run.changed < 60
    assert marks().count("x") == run.changed == outcomes(run)["changed"]
    assert outcomes(run)["waiting"] == 60 - run.changed
    connection.close()
