"""P2P transfers between clients (LED-09)."""

from transactions.services.p2p.receivers import Receiver, ReceiverNotNamed, SeveralReceivers, UnknownReceiver, masked, receiver_of
from transactions.services.p2p.transfers import (
    FeeChanged,
    NoOpenWallet,
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
    "FeeChanged", "NoOpenWallet", "QuoteExpired", "Receiver", "ReceiverNotNamed", "Sent", "SeveralReceivers", "ToOneself", "UnknownReceiver",
    "confirm_transfer", "forget_quotes", "go_on_with_transfer", "masked", "quote_transfer", "receiver_of", "would_be_held",
]  # fmt: skip
