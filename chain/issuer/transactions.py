"""Signed transactions and the desk for those that no block takes: reason, what waits, speed up, cancel (CHN-09)."""

import math
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chain.enums import OPEN_TX, ReplacementKind, Right
from chain.issuer.filters import TransactionFilter
from chain.issuer.forms import ReasonForm
from chain.issuer.resources import TransactionResource
from chain.issuer.tables import TRANSACTION_COLUMNS
from chain.models import ChainOp, ChainTx, Lane, Replacement
from chain.selectors import in_gwei, why_it_waits
from chain.services import request_replacement
from chain.services.build import FEE_BUMP
from chain.services.replacing import newest_version, why_not
from core.registries import extensions, visible
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage

SHOWN = 100  # operations


def with_counts(rows: QuerySet[ChainTx]) -> QuerySet[ChainTx]:
    """With the number of the operations that each carries, its older versions' too."""
    carried = ChainOp.objects.filter(
        chain_tx__identity=OuterRef("identity"), chain_tx__signer=OuterRef("signer"), chain_tx__nonce=OuterRef("nonce")
    )
    counted = carried.order_by().values("chain_tx__nonce").annotate(number=Count("pk")).values("number")
    return rows.annotate(operations_carried=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def with_reasons(rows: list[Any]) -> list[Any]:
    lane = Lane.objects.first()
    for row in rows:
        row.reason = why_it_waits(row, lane)
    return rows


class TransactionList(ListPage):
    model = ChainTx
    right = Right.CHAIN_SEE
    title = _("Transactions on the chain")
    intro = _("What the settlement has signed and sent. Those that no block takes can be sped up or cancelled.")
    menu = "settlement"
    columns = TRANSACTION_COLUMNS
    filters = TransactionFilter
    order = ("-id",)
    resource = TransactionResource
    row_url = "settlement-transaction"
    empty = _("Transactions appear here with the first operation that is settled.")

    def queryset(self) -> Any:
        return with_counts(super().queryset())

    def table(self, rows: list[Any]) -> SafeString:
        return super().table(with_reasons(rows))


class Lookup:
    """The hash in the address names the row; on a chain that was rebuilt the same may have been sent before."""

    object: Any
    request: HttpRequest

    def prepare(self, **kwargs: Any) -> None:
        self.object = (
            visible(ChainTx, self.request.user).select_related("identity").filter(hash=kwargs["reference"]).order_by("-id").first()
        )
        if self.object is None:
            raise Http404


class Replace(Lookup, ActionDialog):
    """What both kinds of replacement share."""

    model = ChainTx
    right = Right.CHAIN_REPLACE
    fresh_proof = True
    form_class = ReasonForm
    kind: ClassVar[ReplacementKind]

    @classmethod
    def available(cls, obj: Any) -> bool:
        if obj.status not in OPEN_TX or newest_version(obj.identity_id, obj.signer, obj.nonce) != obj:
            return False
        return not why_not(obj, cls.kind, Lane.objects.first())

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        up, down = FEE_BUMP
        fees = ((_("Highest fee, gwei"), self.object.max_fee), (_("Tip, gwei"), self.object.priority_fee))
        return [(label, in_gwei(fee), f"≥ {in_gwei(math.ceil(fee * up / down) + 1)}") for label, fee in fees]

    def back(self) -> str:
        return reverse("settlement-transaction", args=[self.object.hash])

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        request_replacement(row=obj, kind=self.kind, actor=actor, now=now, comment=form.cleaned_data["comment"])
        return Done(_("The settlement's worker replaces it within seconds, unless a block has it first."))


class SpeedUp(Replace):
    url_name = "settlement-transaction-speed-up"
    title = verb = _("Speed up")
    icon = "bolt"
    kind = ReplacementKind.SPEED_UP

    @classmethod
    def is_next(cls, obj: Any) -> bool:
        return True

    def sentence(self) -> Any:
        return _("The same is sent again under its nonce %(nonce)s, with higher fees. A block takes one of the two, never both.") % {
            "nonce": self.object.nonce
        }


class CancelTransaction(Replace):
    url_name = "settlement-transaction-cancel"
    title = verb = _("Cancel transaction")
    icon = "ban"
    danger = True
    kind = ReplacementKind.CANCEL

    def sentence(self) -> Any:
        carried = with_counts(ChainTx.objects.filter(pk=self.object.pk)).get().operations_carried  # type: ignore[attr-defined]
        return ngettext(
            "A transfer of nothing takes nonce %(nonce)s in its place. Its %(count)s operation then goes back to the queue and is sent"
            " under another nonce. If a block takes the original first, that counts and nothing is cancelled.",
            "A transfer of nothing takes nonce %(nonce)s in its place. Its %(count)s operations then go back to the queue and are sent"
            " under another nonce. If a block takes the original first, that counts and nothing is cancelled.",
            carried,
        ) % {"nonce": self.object.nonce, "count": carried}


class TransactionDetail(Lookup, DetailPage):
    model = ChainTx
    right = Right.CHAIN_SEE
    kind = _("Transaction on the chain")
    list_url, list_label = "settlement-transactions", _("Transactions on the chain")
    menu = "settlement"
    tabs = [
        Tab("summary", _("Summary"), "kit/summary.html"),
        Tab("operations", _("What it carries"), "chain/waiting.html", context=lambda page: page.waiting()),
        Tab("versions", _("Versions"), "chain/versions.html", context=lambda page: page.versions()),
    ]
    actions = [SpeedUp, CancelTransaction]
    no_events = _("Nobody has asked for anything.")

    def page_title(self) -> str:
        return f"{self.kind} {self.short_hash()}"

    def header(self) -> dict[str, Any]:
        return super().header() | {"name": self.short_hash()}

    def short_hash(self) -> str:
        """The summary has all of it, with a button that copies it."""
        return f"{self.object.hash[:8]}…{self.object.hash[-6:]}"

    def facts(self) -> list[tuple[Any, Any]]:
        row = self.object
        reason = why_it_waits(row, Lane.objects.first())
        facts = [(_("Nonce"), row.nonce), (_("Version"), row.version), (_("Purpose"), row.get_purpose_display())]
        return [*facts, (_("Waits because"), reason)] if reason else facts

    def summary(self) -> list[tuple[Any, Any]]:
        row = self.object
        return [
            (_("Transaction hash"), cells.address_html(row.hash)),
            (_("Operator"), cells.address_html(row.signer)),
            (_("Receiver"), cells.address_html(row.to)),
            (_("Highest fee, gwei"), in_gwei(row.max_fee)),
            (_("Tip, gwei"), in_gwei(row.priority_fee)),
            (_("Gas limit"), row.gas),
            (_("Built"), cells.when_html(row.created_at)),
            (_("First sent"), cells.when_html(row.sent_at)),
            (_("Block"), cells.NOTHING if row.block_number is None else row.block_number),
            (_("Ended"), cells.when_html(row.ended_at)),
            (_("Node's last answer"), row.error or cells.NOTHING),
        ]

    def same_nonce(self) -> dict[str, Any]:
        row = self.object
        return {"identity": row.identity_id, "signer": row.signer, "nonce": row.nonce}

    def waiting(self) -> dict[str, Any]:
        """Its operations, each with what in the business waits for it."""
        rows = list(
            ChainOp.objects.filter(**{f"chain_tx__{name}": value for name, value in self.same_nonce().items()}).order_by("id")[: SHOWN + 1]
        )
        things: dict[int, SafeString] = {}
        for door in extensions("chain.waiting", "things"):
            things |= door([row.operation_id for row in rows if row.operation_id is not None], self.request.user)
        return {"operations": [(row, things.get(row.operation_id or 0, "")) for row in rows[:SHOWN]], "more": len(rows) > SHOWN}

    def versions(self) -> dict[str, Any]:
        rows = ChainTx.objects.filter(**self.same_nonce()).order_by("-version")
        return {"versions": rows, "asked": Replacement.objects.filter(**self.same_nonce()).select_related("transaction").order_by("-id")}
