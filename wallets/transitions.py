from audit.transitions import Transitions
from wallets.enums import WalletStatus

WALLET = Transitions(
    field="status",
    moves={
        WalletStatus.OPEN: {WalletStatus.CLOSED: "wallets.closed"},
        WalletStatus.CLOSED: {WalletStatus.OPEN: "wallets.reopened"},
    },
)
