"""What was tried and moved nothing (TXN-04): it stands among all transactions, with the reason."""

import json
from datetime import datetime

from django.db import connection, transaction

from core.actors import Actor
from ledger.enums import OperationStatus
from ledger.services.posting import Cause, Move
from ledger.services.refusals import refusals


def note_attempt(*, move: Move, status: OperationStatus, reason: str, cause: Cause | None, actor: Actor, now: datetime) -> str:
    """Record that the move was refused or cancelled, for an AttemptReason or the code of a refusal of the ledger's; its transaction identifier. Nothing moves, nothing is settled or counted.

    Runs inside the transaction of what refused it. Raises UnknownWalletOrAsset.
    """
    content = move.as_json()
    if cause is not None:
        content["cause"] = {"type": cause.type, "id": cause.id, "reference": cause.reference}
    with refusals(), transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_note_attempt(%s, %s, %s, %s, %s, %s, %s)",
            [json.dumps(content), status, reason, actor.actor_type, actor.actor_id, actor.actor_label, now],
        )
        return str(cursor.fetchone()[0])
