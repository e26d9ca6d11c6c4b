"""A status moves along its table, once, with its event (AUD-01, AUD-03; catalogue C2)."""

import threading
from datetime import UTC, datetime

import pytest
from django.core.checks import run_checks
from django.db import connection, transaction

from audit import transitions
from audit.enums import VerificationStatus as Status
from audit.models import Verification
from audit.selectors import timeline
from audit.services import IllegalTransition, move
from audit.transitions import Transitions
from core.actors import SystemActor

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ACTOR = SystemActor("tests")
ACTION = "audit.verification_requested"
TABLE = Transitions(moves={Status.QUEUED: {Status.RUNNING: ACTION, Status.SOUND: ACTION}, Status.RUNNING: {Status.SOUND: ACTION}})
pytestmark = [pytest.mark.spec("AUD-03"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def run() -> Verification:
    return Verification.objects.create(requested_by="tests", requested_at=NOW)


def test_a_legal_move_sets_status_and_fields_and_tells_it(run, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(1):
        assert move(run, table=TABLE, to=Status.SOUND, actor=ACTOR, now=NOW, details={"a": 1}, events=7, finished_at=NOW) is run
    assert (run.status, run.events) == (Status.SOUND, 7)
    run.refresh_from_db()
    assert (run.status, run.events, run.finished_at) == (Status.SOUND, 7, NOW)
    event = timeline(run).get()
    assert (event.changes, event.details) == ({"status": ["queued", "sound"]}, {"a": 1})


def test_an_illegal_move_is_refused_and_leaves_nothing(run):
    run.status = Status.SOUND
    run.save()
    with pytest.raises(IllegalTransition, match="sound now and can't become running"), transaction.atomic():
        move(run, table=TABLE, to=Status.RUNNING, actor=ACTOR, now=NOW)
    assert not timeline(run).exists()


def test_of_eight_who_move_at_once_one_wins(run):
    won, refused, gate = [], [], threading.Barrier(8)

    def one() -> None:
        mine = Verification.objects.get(pk=run.pk)
        gate.wait()
        try:
            with transaction.atomic():
                move(mine, table=TABLE, to=Status.RUNNING, actor=ACTOR, now=NOW)
            won.append(mine)
        except IllegalTransition:
            refused.append(mine)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(refused), timeline(run).count()) == (1, 7, 1)
    assert {mine.status for mine in refused} == {Status.QUEUED}, "the loser's object stays as it was read"


def test_pages_ask_the_same_table():
    assert TABLE.allowed(Status.QUEUED) == [Status.RUNNING, Status.SOUND]
    assert TABLE.allowed(Status.BROKEN) == []


def test_a_table_with_an_unregistered_action_fails_the_check(monkeypatch):
    assert [issue for issue in run_checks() if issue.id == "audit.E001"] == []
    monkeypatch.setattr(transitions, "_tables", [Transitions(moves={"a": {"b": "nobody.knows"}})])
    assert [issue.msg for issue in run_checks() if issue.id == "audit.E001"] == ["the transition action nobody.knows is not registered"]
