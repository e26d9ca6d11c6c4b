"""The proof of the ledger: runs, figures, faults (LED-07)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage
from ledger.enums import Right
from ledger.issuer.tables import PROOF_COLUMNS
from ledger.models import ProofRun
from ledger.resources import ProofResource
from ledger.services.proof import request_proof


class RequestProof(ActionDialog):
    right = Right.PROOF
    url_name = "proof-create"
    menu = "proof-list"
    title = verb = _("Prove the ledger")
    icon = "scale"

    def sentence(self) -> Any:
        return _(
            "A worker adds up every entry of the ledger and compares it with balances, lots, counts, reservations, totals and what was "
            "sent to the chain. Nobody has to wait for it."
        )

    def back(self) -> str:
        return reverse("proof-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        run = request_proof(actor=actor, now=now)
        return Done(_("The proof %s waits for a worker.") % run.reference, reverse("proof-detail", args=[run.reference]), _("Open"))


class ProofList(ListPage):
    model = ProofRun
    right = Right.PROOF
    title = _("Proof of the ledger")
    intro = _(
        "What all wallets hold is what was issued and not burnt, and every balance is the sum of its entries: shown every night, and when asked."
    )
    columns = PROOF_COLUMNS
    order = ("-requested_at", "-id")
    resource = ProofResource
    row_url = "proof-detail"
    primary_action = RequestProof
    empty = _("The first proof comes tonight.")


class ProofDetail(DetailPage):
    model = ProofRun
    right = Right.PROOF
    kind = _("Proof")
    list_url, list_label = "proof-list", _("Proof of the ledger")
    menu = "proof-list"
    tabs = [Tab("summary", _("Figures"), "ledger/proof.html")]

    def facts(self) -> list[tuple[Any, Any]]:
        one = self.object
        return [(_("Finished"), cells.when_html(one.finished_at)), (_("Faults"), one.fault_count)]

    def summary(self) -> list[tuple[Any, Any]]:
        one = self.object
        return [
            (_("Requested"), cells.when_html(one.requested_at)),
            (_("Requested by"), one.requested_by),
            (_("Finished"), cells.when_html(one.finished_at)),
            (_("Operations"), one.operations),
            (_("Entries"), one.entries),
            (_("Balances"), one.balances),
            (_("Faults"), one.fault_count),
        ]

    def supplies(self) -> list[dict[str, Any]]:
        """Per asset: issued, burnt, what should be held, what is."""
        rows = []
        for figure in self.object.figures:
            numbers = {name: Decimal(figure[name]) for name in ("issued", "burnt", "held")}
            shown = {name: cells.plain_amount(value, figure["decimals"]) for name, value in numbers.items()}
            expected = cells.plain_amount(numbers["issued"] - numbers["burnt"], figure["decimals"])
            verdict = cells.badge_html(_("Holds"), cells.DONE) if figure["holds"] else cells.badge_html(_("Differs"), cells.FAILED)
            rows.append({"asset": figure["asset"], **shown, "expected": expected, "verdict": verdict})
        return rows
