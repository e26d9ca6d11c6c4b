"""The mails of this app."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

HELD = {
    "name": "Anna Ozola", "kind": "P2P transfer", "amount": "25.00 AMBER", "reference": "HLD-7K2M9Q4T", "reason": "Above a limit",
    "date": "21 November 2026", "until": "21 December 2026",
}  # fmt: skip
MOVED = {
    "name": "Anna Ozola", "other": "Li••• B•••", "amount": "25.00 AMBER", "fee": "0.25 AMBER", "comment": "For lunch",
    "reference": "TXN-7K2M9Q4TXXXX", "date": "21 November 2026, 14:05",
}  # fmt: skip
MAILS = {
    "transactions.held": MailTemplate(_("Transaction on hold"), HELD),
    "transactions.hold_refused": MailTemplate(_("Held transaction refused"), HELD),
    "transactions.hold_cancelled": MailTemplate(_("Held transaction cancelled"), HELD),
    "transactions.hold_expired": MailTemplate(_("Held transaction expired"), HELD),
    "transactions.transfer_sent": MailTemplate(_("P2P transfer sent"), MOVED),
    "transactions.transfer_received": MailTemplate(_("P2P transfer received"), MOVED),
}
