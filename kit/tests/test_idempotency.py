"""`once`: what is sent twice happens once, also when both arrive at the same moment or the first one breaks."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from kit.idempotency import KEPT, Answer, IdempotencyKeyReused, forget_old_keys, once
from kit.models import IdempotencyKey

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.spec("API-02")
@pytest.mark.django_db
def test_the_second_sending_gets_the_first_answer():
    answers = iter([Answer(201, {"n": 1}), Answer(201, {"n": 2})])
    send = lambda: once(owner="api_key:1", key="k", content="c", now=NOW, run=lambda: next(answers))  # noqa: E731

    assert send() == Answer(201, {"n": 1})
    assert send() == Answer(201, {"n": 1}, replayed=True)


@pytest.mark.spec("API-02")
@pytest.mark.django_db
def test_other_content_is_refused_and_another_sender_is_not():
    once(owner="api_key:1", key="k", content="c", now=NOW, run=lambda: Answer(201, {}))

    with pytest.raises(IdempotencyKeyReused):
        once(owner="api_key:1", key="k", content="other", now=NOW, run=lambda: Answer(201, {}))
    assert not once(owner="api_key:2", key="k", content="other", now=NOW, run=lambda: Answer(201, {})).replayed


@pytest.mark.spec("API-02", "LED-03")
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_have_one_effect():
    start, runs, answers = threading.Barrier(20), [], []

    def send():
        start.wait()
        answers.append(once(owner="api_key:1", key="k", content="c", now=NOW, run=lambda: runs.append(1) or Answer(201, {"n": len(runs)})))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(runs) == 1
    assert [answer.body for answer in answers] == [{"n": 1}] * 20
    assert sum(not answer.replayed for answer in answers) == 1


@pytest.mark.spec("API-02")
@pytest.mark.django_db(transaction=True)
def test_what_breaks_leaves_the_key_free():
    def breaks() -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(owner="api_key:1", key="k", content="c", now=NOW, run=breaks)
    assert not once(owner="api_key:1", key="k", content="c", now=NOW, run=lambda: Answer(201, {})).replayed


@pytest.mark.spec("API-02")
@pytest.mark.django_db
def test_old_keys_and_the_answers_in_them_are_forgotten():
    once(owner="api_key:1", key="old", content="c", now=NOW - KEPT - timedelta(seconds=1), run=lambda: Answer(201, {}))
    once(owner="api_key:1", key="young", content="c", now=NOW - KEPT + timedelta(seconds=1), run=lambda: Answer(201, {}))

    assert forget_old_keys(now=NOW) == 1
    assert IdempotencyKey.objects.get().key == "young"
