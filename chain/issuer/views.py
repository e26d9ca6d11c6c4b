"""The settlement on the chain: the lane's state, its operations, what can be decided about a halt, comparisons (CHN-04, 05, 08)."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from chain.enums import ChainOpStatus, Right
from chain.issuer.filters import OperationFilter, key_of
from chain.issuer.forms import ReasonForm
from chain.issuer.resources import ComparisonResource, OperationResource
from chain.issuer.tables import COMPARISON_COLUMNS, OPERATION_COLUMNS
from chain.models import ChainOp, Comparison, Lane
from chain.selectors import settlement
from chain.services import NotRejected, resume, void
from chain.services.comparing import request_comparison
from core.registries import extensions
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage
from kit.pages import find_visible


class Lookup:
    """CHN-123 in the address names the row."""

    object: Any
    request: HttpRequest

    def prepare(self, **kwargs: Any) -> None:
        key = key_of(kwargs["reference"])
        if key is None:
            raise Http404
        self.object = find_visible(ChainOp, self.request.user, related=("chain_tx",), pk=key)


class ResumeSettlement(ActionDialog):
    right = Right.CHAIN_RESOLVE
    url_name = "settlement-resume"
    fresh_proof = True
    title = verb = _("Try again")
    icon = "player-play"
    form_class = ReasonForm

    def sentence(self) -> Any:
        lane = Lane.objects.first()
        if lane is None or lane.halted_at is None:
            return _("The settlement is not halted.")
        return format_html(
            "{} {}",
            lane.halt_detail,
            _(
                "The operation is tried again under its own number, everything behind it follows. If the cause is still there, it halts again."
            ),
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        resume(actor=actor, now=now, comment=form.cleaned_data["comment"])
        return Done(_("The settlement goes on."), reverse("settlement"))


class VoidOperation(Lookup, ActionDialog):
    model = ChainOp
    right = Right.CHAIN_RESOLVE
    url_name = "settlement-void"
    fresh_proof = True
    title = verb = _("Void")
    danger = True
    form_class = ReasonForm

    @classmethod
    def available(cls, obj: Any) -> bool:
        return obj.status == ChainOpStatus.REJECTED and obj.operation_id is not None

    def sentence(self) -> Any:
        return format_html(
            _("{} never happens on the chain, and a compensating operation takes it back in the ledger. This can't be undone."),
            self.object.reference,
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        doors = extensions("chain", "compensate")
        if not doors or not self.available(obj):
            raise NotRejected(_("Only an operation that the chain has rejected can be voided."))
        comment = form.cleaned_data["comment"]
        void(
            operation=obj,
            compensate=lambda operation: doors[0](operation, actor=actor, now=now, comment=comment),
            actor=actor,
            now=now,
            comment=comment,
        )
        return Done(_("%s is void; the settlement goes on.") % obj.reference, reverse("settlement"))


class CompareWithLedger(ActionDialog):
    right = Right.CHAIN_COMPARE
    url_name = "settlement-compare"
    title = verb = _("Compare with the ledger")
    icon = "scale"

    def sentence(self) -> Any:
        return _("A worker compares every balance and remaining count on the chain with the ledger at one block, and lists what differs.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        run = request_comparison(actor=actor, now=now)
        return Done(_("The comparison %s waits for a worker.") % run.reference, reverse("settlement-comparisons"))


class OperationList(ListPage):
    model = ChainOp
    right = Right.CHAIN_SEE
    title = _("Operations on the chain")
    intro = _("What the ledger has asked of the chain, in the order of its journal.")
    menu = "settlement"
    columns = OPERATION_COLUMNS
    filters = OperationFilter
    order = ("-id",)
    related = ("chain_tx",)
    resource = OperationResource
    row_url = "settlement-operation"
    empty = _("Operations appear here when a digital asset moves.")


class OperationDetail(Lookup, DetailPage):
    model = ChainOp
    right = Right.CHAIN_SEE
    kind = _("Operation on the chain")
    list_url, list_label = "settlement-operations", _("Operations on the chain")
    menu = "settlement"
    tabs = [Tab("summary", _("Settlement"), "kit/summary.html")]
    actions = [VoidOperation]

    def facts(self) -> list[tuple[Any, Any]]:
        way = settlement(self.object)
        return [
            (_("Number in the lane"), cells.NOTHING if way.sequence is None else way.sequence),
            (_("Confirmations"), f"{way.confirmations} / {way.required}"),
        ]

    def summary(self) -> list[tuple[Any, Any]]:
        way, operation = settlement(self.object), self.object
        return [
            (_("Kind"), operation.get_kind_display()),
            (_("Source"), cells.address_html(operation.source)),
            (_("Destination"), cells.address_html(operation.destination)),
            (_("Base units"), f"{operation.amount:f}"),
            (_("Transactions taken and given"), f"{operation.count_debit} / {operation.count_credit}"),
            (_("Commitment"), cells.address_html("0x" + bytes(operation.ref).hex() if operation.ref else "")),
            (_("Queued"), cells.when_html(way.queued_at)),
            (_("Submitted"), cells.when_html(way.submitted_at)),
            (_("Transaction hash"), cells.address_html(way.transaction_hash)),
            (_("Block"), cells.NOTHING if way.block is None else way.block),
            (_("Confirmed"), cells.when_html(way.settled_at)),
            (_("Attempts"), way.attempts),
            (_("Failure"), way.failure or cells.NOTHING),
        ]


class ComparisonList(ListPage):
    model = Comparison
    right = Right.CHAIN_SEE
    title = _("Comparisons with the ledger")
    intro = _("Every balance and remaining count on the chain against the ledger, every night and when somebody asks.")
    menu = "settlement"
    columns = COMPARISON_COLUMNS
    order = ("-requested_at", "-id")
    resource = ComparisonResource
    row_url = "settlement-comparison"
    primary_action = CompareWithLedger
    empty = _("The first comparison comes tonight.")


class ComparisonDetail(DetailPage):
    model = Comparison
    right = Right.CHAIN_SEE
    kind = _("Comparison")
    list_url, list_label = "settlement-comparisons", _("Comparisons with the ledger")
    menu = "settlement"
    tabs = [Tab("differences", _("Differences"), "chain/comparison.html")]

    def facts(self) -> list[tuple[Any, Any]]:
        run = self.object
        return [
            (_("Block"), cells.NOTHING if run.block is None else run.block),
            (_("Balances compared"), run.wallets),
            (_("Operations on their way"), run.unsettled),
            (_("Differences"), run.different),
        ]
