"""The door where a transaction of a client whose level is held turns into a hold (LIM-09)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from audit.services import record
from clients.models import Client
from core import instance
from core.actors import Actor
from core.errors import DomainError
from core.text import clean_line
from ledger.enums import OperationType
from ledger.models import Group
from ledger.services.posting import Cause, lock_balances, reserve
from transactions.models import Hold
from transactions.services.holds.levels import is_held_level
from transactions.services.holds.mails import tell
from wallets.models import Wallet

FEE_PURPOSE = "transactions.hold_fee"  # of the fee's own reservation


class HeldBefore(DomainError):
    """The same key held something else."""

    code = "idempotency_conflict"


@transaction.atomic(savepoint=False)
def hold_if_level(
    *,
    type: OperationType,  # noqa: A002 - the word of the field
    asset: Asset,
    quantity: Decimal,
    sender: Wallet,
    receiver: Wallet,
    key: str,
    actor: Actor,
    now: datetime,
    fee: Decimal = Decimal(0),
    cause: Cause | None = None,
    comment: str = "",
    payload: Mapping[str, Any] | None = None,
) -> Hold | None:
    """Hold this transaction of the sender's client, its quantity and fee reserved; None where the client's level isn't held,
    and then the caller goes on to the pipeline in the same transaction, the locks held already.

    `key` is what makes the transaction happen once: with the same content it gives the hold that there is, however it stands now.
    Once the level is reached, the resumer of `type` (`register_resumer`) goes on with it. What the tier opens and the limits
    allow is asked then, not now. `fee` is what the sender was told to be charged beside, in the same asset. The client is told by mail.
    Raises HeldBefore, InvalidQuantity, and what `reserve` raises: InsufficientBalance, ClientBlocked, ClientFrozen.
    """
    if sender.client_id is None:
        return None
    lock_balances(
        [(sender, asset), (receiver, asset)]
    )  # the clients' rows among them: a level that changes meanwhile has waited for us, or we for it
    client = Client.objects.get(pk=sender.client_id)
    known = Hold.objects.filter(key=key).first()
    if known is not None:
        if (known.type, known.asset_id, known.quantity, known.sender_id, known.receiver_id) != (
            type, asset.pk, quantity, sender.pk, receiver.pk,
        ):  # fmt: skip
            raise HeldBefore(_("This was held before, with other content."))
        return known
    if not is_held_level(client.verification_level) or Group.objects.filter(idempotency_key=key).exists():
        return None  # posted before, under the same key: the ledger gives what was posted
    hold = Hold.objects.create(
        key=key,
        client=client,
        type=type,
        asset=asset,
        quantity=quantity,
        sender=sender,
        receiver=receiver,
        fee=fee,
        comment=clean_line(comment, maximum=200, field="comment"),
        payload=dict(payload or {}),
        cause_type=cause.type if cause else "",
        cause_id=cause.id if cause else None,
        cause_reference=cause.reference if cause else "",
        level=client.verification_level,
        creator_type=actor.actor_type,
        creator_id=actor.actor_id,
        creator_label=actor.actor_label,
        is_test=client.is_test,
        arrived_at=now,
        expires_at=now + timedelta(days=instance.value("transactions.hold_days")),
    )
    hold.reservation_id = reserve(wallet=sender, asset=asset, quantity=quantity, purpose=Cause.of(hold), now=now)
    if fee:
        purpose = Cause(FEE_PURPOSE, hold.pk, hold.reference)
        hold.fee_reservation_id = reserve(wallet=sender, asset=asset, quantity=fee, purpose=purpose, now=now)
    hold.save(update_fields=["reservation_id", "fee_reservation_id"])
    details = {
        "client": client.reference, "type": str(type), "asset": asset.code, "quantity": quantity, "sender": sender.reference,
        "receiver": receiver.reference, "level": client.verification_level,
    }  # fmt: skip
    record(action="transactions.held", actor=actor, subject=hold, details=details, now=now)
    tell(hold, now=now)
    return hold
