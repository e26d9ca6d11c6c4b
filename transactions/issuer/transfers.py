"""Transfers by hand (LED-06)."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.dialogs import ActionDialog, Done
from ledger.issuer.tables import owner_name
from transactions.enums import Right
from transactions.issuer.forms import TransferForm
from transactions.services.transfers import transfer_manually


class TransferByHand(ActionDialog):
    """LED-06."""

    right = Right.TRANSFER
    url_name = "transfer-create"
    fresh_proof = True
    menu = "operation-list"
    title = _("Transfer by hand")
    verb = _("Transfer")
    icon = "arrows-exchange"
    form_class = TransferForm

    def sentence(self) -> Any:
        return _(
            "The quantity moves from the sender's wallet to the receiver's at once and is settled on the chain. It can't be undone, only sent back."
        )

    def form_options(self) -> dict[str, Any]:
        return {"actor": self.request.user}

    def initial(self) -> dict[str, Any]:
        return {name: self.request.GET.get(name, "")[:60] for name in ("asset", "sender", "receiver")}

    def back(self) -> str:
        return reverse("operation-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = form.cleaned_data
        operation = transfer_manually(**data, actor=actor, now=now)
        message = _("%(quantity)s %(asset)s went from %(sender)s to %(receiver)s.") % {
            "quantity": cells.plain_amount(data["quantity"], data["asset"].decimals),
            "asset": data["asset"].code,
            "sender": owner_name(data["sender"]),
            "receiver": owner_name(data["receiver"]),
        }
        return Done(message, reverse("operation-detail", args=[operation.reference]), _("Open"))
