"""The mails of this app."""

from django.utils.translation import gettext_lazy as _

from messaging.registry import MailTemplate

BOUGHT = {
    "name": "Anna Ozola", "amount": "25.00 AMBER", "price": "37.50 EUR", "reference": "ORD-7K2M9Q4T", "date": "21 November 2026",
}  # fmt: skip
MAILS = {
    "orders.held": MailTemplate(_("Purchase on hold until the client is verified"), BOUGHT | {"until": "21 December 2026"}),
    "orders.held_for_decision": MailTemplate(
        _("Purchase on hold until it is decided"),
        BOUGHT | {"reason": "Limit “Everyday” allows 20.00 AMBER in one transaction; this is 25.00."},
    ),
    "orders.goes_on": MailTemplate(
        _("Held purchase goes on"), BOUGHT | {"due": "37.50 EUR", "until": "24 November 2026, 14:05", "payment_reference": "PAY-7K2M9Q4T"}
    ),
    "orders.refused": MailTemplate(_("Purchase refused"), BOUGHT | {"reason": "Paid by somebody else", "refund": "37.50 EUR"}),
    "orders.hold_expired": MailTemplate(_("Held purchase expired"), BOUGHT | {"until": "21 December 2026", "refund": "37.50 EUR"}),
}
