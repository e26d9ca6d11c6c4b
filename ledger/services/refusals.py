"""The ledger's refusals: the codes of `ledger/sql/` as named errors with words for people."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.amounts import InvalidQuantity
from core.errors import DomainError
from ledger.enums import AttemptReason

LEDGER_REFUSED = "LG001"  # the SQLSTATE that the ledger's functions raise
OUT_OF_RANGE = "22003"  # a balance above numeric(38,18)


class LedgerRefusal(DomainError):
    """What the ledger refuses. `details` says which move: group, move (counted from 1), asset, quantity, sender, receiver (ids)."""

    words: str | Promise = _("The ledger refuses this.")

    def __init__(self, message: str | Promise = "", *, field: str | None = None, details: dict[str, Any] | None = None) -> None:
        super().__init__(message or self.words, field=field)
        self.details = details or {}


class InsufficientBalance(LedgerRefusal):
    code = "insufficient_balance"
    words = _("The sender's available balance is not enough.")


class CountExhausted(LedgerRefusal):
    code = "count_exhausted"
    words = _("The sender has no transactions left for this asset.")


class MaximumBalanceExceeded(LedgerRefusal):
    code = "maximum_balance_exceeded"
    words = _("The receiver's balance would go above the asset's maximum.")


class WalletClosed(LedgerRefusal):
    code = "wallet_closed"
    words = _("A wallet is closed: what it holds can only go back to the issuer.")


class AssetDeactivated(LedgerRefusal):
    code = "asset_deactivated"
    words = _("The asset is deactivated: it can only go back to the issuer.")


class AssetNotPayable(LedgerRefusal):
    code = "asset_not_payable"
    words = _("Nothing can be paid with this asset: its properties say that it isn't payable.")


class AssetNotP2P(LedgerRefusal):
    code = "asset_not_p2p"
    words = _("Clients can't send this asset to each other: its properties exclude P2P transfers.")


class AssetNotRedeemable(LedgerRefusal):
    code = "asset_not_redeemable"
    words = _("This asset can't be sold back: its properties say that it isn't redeemable.")


class AssetNotExchangeable(LedgerRefusal):
    code = "asset_not_exchangeable"
    words = _("This asset can't be exchanged: its properties say that it isn't exchangeable.")


class ClientBlocked(LedgerRefusal):
    code = "client_blocked"
    words = _("The client is blocked or deactivated.")


class ClientFrozen(LedgerRefusal):
    code = "client_frozen"
    words = _("The client is frozen and can't send.")


class TestAndLiveMixed(LedgerRefusal):
    code = "test_and_live_mixed"
    status = 422
    words = _("Test and live wallets, assets and clients can't be mixed.")
    __test__ = False  # a name that pytest would collect


class SameWallet(LedgerRefusal):
    code = "same_wallet"
    status = 422
    words = _("Sender and receiver are the same wallet.")


class WalletsDoNotFitType(LedgerRefusal):
    code = "wallets_do_not_fit_type"
    status = 422
    words = _("This type of operation can't go between these wallets.")


class UnknownWalletOrAsset(LedgerRefusal):
    code = "unknown_wallet_or_asset"
    status = 404
    words = _("There is no such wallet or asset.")


class NoExpiryHere(LedgerRefusal):
    code = "no_expiry_here"
    status = 422
    words = _("An expiry date can only be set where a client receives an asset that expires.")


class ExpiryInThePast(LedgerRefusal):
    code = "expiry_in_the_past"
    status = 422
    words = _("The expiry date lies in the past.")


class NoCountHere(LedgerRefusal):
    code = "no_count_here"
    status = 422
    words = _("A number of transactions can only be set where a client receives an asset that limits them.")


class UnknownReservation(LedgerRefusal):
    code = "unknown_reservation"
    status = 404
    words = _("There is no such open reservation of this wallet and asset.")


class IdempotencyConflict(LedgerRefusal):
    code = "idempotency_conflict"
    words = _("This idempotency key was used for something else.")


class LedgerInvalidQuantity(LedgerRefusal, InvalidQuantity):
    code = "invalid_quantity"
    status = 422
    words = _("The quantity must be more than zero and fit the asset's decimals.")


REFUSALS = {refusal.code: refusal for refusal in LedgerRefusal.__subclasses__()}


def words_of(code: str) -> str:
    """The sentence for a stored reason (Operation.refused_reason)."""
    if code in AttemptReason.values:
        return str(AttemptReason(code).label)
    return str(REFUSALS[code].words) if code in REFUSALS else code


@contextmanager
def refusals() -> Iterator[None]:
    """Turns what the ledger's functions raise into the named error. Anything else passes through."""
    try:
        yield
    except DatabaseError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.Error) and cause.sqlstate == LEDGER_REFUSED:
            details = json.loads(cause.diag.message_detail or "{}")
            raise REFUSALS[cause.diag.message_primary or ""](details=details) from error
        if isinstance(cause, psycopg.Error) and cause.sqlstate == OUT_OF_RANGE:
            raise LedgerInvalidQuantity(_("The quantity is larger than the ledger can hold.")) from error
        raise
