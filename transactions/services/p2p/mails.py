"""Both clients of a P2P transfer are told, each in their own language (LED-09)."""

from datetime import datetime
from decimal import Decimal

from django.utils import translation

from core.moments import day_and_time
from ledger.models import Operation
from messaging.services import queue_mail
from transactions.amounts import shown
from transactions.services.p2p.receivers import masked


def tell_both(operation: Operation, *, fee: Decimal, now: datetime) -> None:
    """Test clients get no mail: their address may be a live client's."""
    if operation.is_test:
        return
    sender, receiver = operation.sender.client, operation.receiver.client
    assert sender is not None
    assert receiver is not None
    for client, other, template in ((sender, receiver, "transactions.transfer_sent"), (receiver, sender, "transactions.transfer_received")):
        with translation.override(client.language):
            context = {
                "name": str(client),
                "other": masked(other),
                "amount": shown(operation.quantity, operation.asset),
                "fee": shown(fee, operation.asset) if fee and client is sender else "",
                "comment": operation.comment,
                "reference": operation.reference,
                "date": day_and_time(operation.posted_at),
            }
        queue_mail(template=template, to=client.email, language=client.language, context=context, subject=operation, now=now)
