"""P2P transfers between clients (LED-09)."""

from transactions.services.p2p.receivers import Receiver, SeveralReceivers, UnknownReceiver, masked, receiver_by_address, receiver_by_phone
from transactions.services.p2p.transfers import (
    FeeChanged,
    QuoteExpired,
    Sent,
    ToOneself,
    confirm_transfer,
    forget_quotes,
    go_on_with_transfer,
    quote_transfer,
    would_be_held,
)

__all__ = [
    "FeeChanged", "QuoteExpired", "Receiver", "Sent", "SeveralReceivers", "ToOneself", "UnknownReceiver", "confirm_transfer", "forget_quotes",
    "go_on_with_transfer", "masked", "quote_transfer", "receiver_by_address", "receiver_by_phone", "would_be_held",
]  # fmt: skip
