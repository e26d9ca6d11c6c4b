"""What a client is told of a transaction on hold, in the client's language."""

from datetime import datetime

from django.utils import translation

from core.moments import day
from ledger.services.refusals import words_of
from messaging.services import queue_mail
from transactions.amounts import shown
from transactions.enums import HoldStatus
from transactions.models import Hold

TEMPLATES = {
    HoldStatus.HELD: "transactions.held",
    HoldStatus.REFUSED: "transactions.hold_refused",
    HoldStatus.CANCELLED: "transactions.hold_cancelled",
    HoldStatus.EXPIRED: "transactions.hold_expired",
}


def tell(hold: Hold, *, now: datetime, refusal: str = "") -> None:
    """The mail of the status that the hold is in now; `refusal` is the code of what was refused, said in the client's words. Test
    clients get none: their address may be a live client's."""
    client = hold.client
    if client.is_test:
        return
    with translation.override(client.language):
        context = {
            "name": str(client),
            "kind": hold.get_type_display(),
            "amount": shown(hold.quantity, hold.asset),
            "reference": hold.reference,
            "reason": words_of(refusal) if refusal else hold.closing_reason,
            "date": day(hold.arrived_at),
            "until": day(hold.expires_at),
        }
    template = TEMPLATES[HoldStatus(hold.status)]
    queue_mail(template=template, to=client.email, language=client.language, context=context, subject=hold, now=now)
