"""Closing a wallet with all that it means in the ledger (WAL-03)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from ledger.models import Balance, Reservation
from ledger.services.posting import lock_balances, release
from wallets.models import Wallet
from wallets.services import close_wallet


class StillReserved(DomainError):
    """Something waits for a part of the balance; closing releases it, which has to be said."""

    code = "still_reserved"


@transaction.atomic(durable=True)
def close(*, wallet_id: int, release_reserved: bool, actor: Actor, now: datetime, reason: str = "") -> Wallet:
    """Close the wallet, whatever it holds: what is left stays visible, and only the issuer can move it out.

    What is reserved is released, if the caller has said so; nothing that waits for it is paid from this wallet any more.
    The balances are locked first, so that a posting is either before the closing or refused. Raises StillReserved,
    WalletNeeded, IllegalTransition.
    """
    wallet = lock(Wallet.objects.all(), pk=wallet_id)
    assets = Asset.objects.filter(pk__in=Balance.objects.filter(wallet=wallet).values("asset")).order_by("pk")
    if pairs := [(wallet, asset) for asset in assets]:
        lock_balances(pairs)
    reservations = list(Reservation.objects.filter(wallet=wallet, is_open=True).order_by("pk").values_list("pk", flat=True))
    if reservations and not release_reserved:
        raise StillReserved(_("A part of the balance is reserved. Say that it is to be released."), field="release_reserved")
    for reservation_id in reservations:
        release(reservation_id=reservation_id)
    return close_wallet(wallet_id=wallet.pk, actor=actor, now=now, reason=reason)
