"""Every committed event is linked once, in the order of commits, however late and in whatever order they commit (AUD-04)."""

import os
import random
import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from audit.models import AuditEvent, AuditLink
from audit.selectors import chain_lag
from audit.services import Subject, chain_events, record, verify
from audit.services.chaining import ForeignHistory, _link_batch
from audit.services.runs import watch_lag
from audit.tasks import chain_audit_events
from audit.tests.linking import link_all
from core.actors import SystemActor
from messaging.models import Alert

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ACTOR = SystemActor("tests")
pytestmark = [pytest.mark.spec("AUD-04"), pytest.mark.django_db(transaction=True)]


def write(number: int = 1, *, wait: float = 0, writer: int = 0, fail: bool = False) -> None:
    """`number` events in one transaction that commits, or fails, after `wait` seconds."""
    with transaction.atomic():
        for event in range(number):
            record(action="audit.verification_requested", actor=ACTOR, subject=Subject("tests.thing", f"{writer}", f"W-{event}"), now=NOW)
        time.sleep(wait)
        transaction.set_rollback(fail)


def in_threads(*works) -> list[threading.Thread]:
    """Each in its own thread and so with its own connection; a failure inside is raised by `join_all`."""

    def run(work, failures):
        try:
            work()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = []
    for work in works:
        failures: list[Exception] = []
        thread = threading.Thread(target=run, args=[work, failures])
        thread.failures = failures
        thread.start()
        threads.append(thread)
    return threads


def join_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()
        for failure in thread.failures:
            raise failure


def test_eight_writers_and_two_chainers_miss_nothing_and_link_in_commit_order():
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    over = threading.Event()

    def writer(number: int, plan: list[tuple[int, float, bool]]) -> None:
        for events, wait, fail in plan:
            write(events, wait=wait, writer=number, fail=fail)

    def chainer() -> None:
        while not over.is_set():
            chain_events()

    plans = [[(dice.randint(1, 5), dice.choice([0, 0, 0.002, 0.03]), dice.random() < 0.1) for _ in range(40)] for _ in range(8)]
    chainers = in_threads(chainer, chainer)
    writers = in_threads(*(lambda number=number, plan=plan: writer(number, plan) for number, plan in enumerate(plans)))
    join_all(writers)
    over.set()
    join_all(chainers)
    link_all()
    expected = sum(events for plan in plans for events, _wait, fail in plan if not fail)
    links = list(AuditLink.objects.order_by("seq").values_list("seq", "event__xid", "event_id"))
    assert [seq for seq, _xid, _event in links] == list(range(1, expected + 1)), f"seed {seed}"
    places = [(xid, event) for _seq, xid, event in links]
    assert places == sorted(places), f"seed {seed}"
    assert [event for _xid, event in places] != sorted(event for _xid, event in places), "the order of ids isn't the order of commits"
    result = verify()
    assert (result.sound, result.events) == (True, expected)


def test_an_event_waits_for_every_transaction_that_may_commit_before_it():
    with psycopg.connect(_url()) as early:
        early.execute("SELECT pg_current_xact_id()")
        write(3)
        assert chain_events() == 0
        lag = chain_lag()
        assert lag.events == 3
        assert not lag.alarming(timezone.now())
        assert lag.alarming(timezone.now() + timedelta(minutes=6))
        early.commit()
    link_all()
    chain_audit_events()
    assert chain_lag().events == 0
    assert AuditLink.objects.count() == 3


def test_a_chain_held_back_raises_one_alert():
    with psycopg.connect(_url()) as early:
        early.execute("SELECT pg_current_xact_id()")
        write()
        for minutes in (6, 7):
            watch_lag(now=timezone.now() + timedelta(minutes=minutes))
    assert Alert.objects.get().kind == "audit.chain_lag"
    link_all()
    watch_lag(now=timezone.now())
    assert Alert.objects.get().settled_at is not None


def test_a_chainer_killed_between_hashing_and_commit_leaves_nothing_half_done():
    write(3)
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        dying = in_threads(lambda: _chain_slowly(owner))
        dying[0].join()
        assert dying[0].failures, "its connection was terminated"
    connection.close()
    assert not AuditLink.objects.exists()
    assert link_all() == 3
    assert verify().sound


def _chain_slowly(owner: psycopg.Connection) -> None:
    """Link, and have the server end the session before the commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        assert _link_batch(cursor, 100, settled=True) == 3
        owner.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_a_restore_from_another_cluster_is_noticed_and_settled(capsys):
    write(5)
    link_all()
    write(4)  # these were dumped before they were linked
    _as_owner(
        "ALTER TABLE audit_auditevent DISABLE TRIGGER audit_append_only",
        "UPDATE audit_auditevent SET xid = (xid::text::bigint + 1000000000)::text::xid8",  # the other cluster was older
        "ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER audit_append_only",
    )
    with pytest.raises(ForeignHistory):
        chain_events()
    as_the_application = dict(connection.settings_dict)
    try:
        call_command("settle_audit_restore")
        call_command("settle_audit_restore")
    finally:
        connection.close()
        connection.settings_dict.update(as_the_application)
    assert "Linked 4 audit events" in capsys.readouterr().out
    assert set(AuditEvent.objects.values_list("xid", flat=True)) == {0}
    write(2)
    assert link_all() == 2
    assert chain_lag().events == 0
    result = verify()
    assert (result.sound, result.events) == (True, 11)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _as_owner("UPDATE audit_auditevent SET xid = '0'")


def _as_owner(*statements: str) -> None:
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement)


def _url() -> str:
    return os.environ["DATABASE_URL"]
