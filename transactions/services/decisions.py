"""What the rules said, as it is kept: with what moved, with what waits, or with the attempt that moved nothing (UIX-09)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import NoReturn

from django.db import transaction

from core.actors import Actor
from core.errors import DomainError
from core.transactions import afterwards
from ledger.enums import OperationStatus
from ledger.models import Operation
from ledger.services.attempts import note_attempt
from ledger.services.posting import Cause, Move
from messaging.services import raise_alert
from transactions.models import Decision
from transactions.services.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried when the rules refused it: an error of theirs carries it as `attempt`."""

    move: Move
    cause: Cause | None
    judgement: Judgement


def keep(judgement: Judgement, *, now: datetime, group_id: int | None = None) -> Decision:
    """Write a decision down; without a group for what refers to it itself (an order, a hold). Inside the caller's transaction."""
    return Decision.objects.create(
        group_id=group_id, verdict=judgement.verdict, code=judgement.code, content=judgement.as_json(), decided_at=now
    )


def refuse(judgement: Judgement, move: Move, cause: Cause | None = None) -> NoReturn:
    """Raise what the rules refuse, with what `keeping_refusals` keeps of it: what could have been. What could never be (the same wallet
    twice, a quantity of nothing) leaves no attempt."""
    if judgement.refusal is None:
        raise ValueError("nothing is refused")
    if judgement.refusal.status == HTTPStatus.CONFLICT:
        judgement.refusal.attempt = Attempt(move, cause, judgement)
    raise judgement.refusal


@contextmanager
def keeping_refusals(*, actor: Actor, now: datetime) -> Iterator[None]:
    """Around a whole service: what the rules refuse in it stands among all transactions as a refused attempt, with the decision
    (TXN-04). It is written in a transaction of its own, after the refused one has rolled back."""
    try:
        yield
    except DomainError as error:
        if isinstance(error.attempt, Attempt):
            afterwards(partial(keep_refusal, error.attempt, actor=actor, now=now))
        raise


@transaction.atomic(durable=True)
def keep_refusal(attempt: Attempt, *, actor: Actor, now: datetime) -> str:
    """The refused attempt with its decision; the attempt's transaction identifier."""
    reason = attempt.judgement.code
    reference = note_attempt(move=attempt.move, status=OperationStatus.REFUSED, reason=reason, cause=attempt.cause, actor=actor, now=now)
    keep(attempt.judgement, now=now, group_id=Operation.objects.values_list("group_id", flat=True).get(reference=reference))
    raise_alarms(attempt.judgement, now=now)
    return reference


def raise_alarms(judgement: Judgement, *, now: datetime) -> None:
    """Tell those who watch (NOT-03); where the rules refuse, in the transaction that keeps the refusal."""
    for alarm in judgement.alarms:
        raise_alert(kind=alarm.kind, subject=alarm.subject, message=alarm.message, now=now)
