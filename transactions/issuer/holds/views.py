"""The queue of what is on hold, and the page of one (LIM-09)."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.registries import extensions, visible
from kit.cells import amount_html, when_html
from kit.details import DetailPage, Tab
from kit.lists import ListPage
from kit.subjects import subject_link
from ledger.enums import Right as LedgerRight
from ledger.issuer.operations import OperationDetail
from ledger.models import Operation, Reservation
from transactions.enums import HoldStatus, Right
from transactions.issuer.holds.dialogs import CancelHold, CancelHolds
from transactions.issuer.holds.filters import HoldFilter
from transactions.issuer.holds.tables import HOLD_COLUMNS
from transactions.issuer.why import why_now, why_of
from transactions.models import Decision, Hold
from transactions.resources import HoldResource
from transactions.services import pipeline
from transactions.services.holds import move_of


class HoldList(ListPage):
    model = Hold
    right = Right.HOLDS_SEE
    title = _("On hold")
    intro = _("Transactions that wait until their client's verification level is high enough. They go on by themselves then.")
    columns = HOLD_COLUMNS
    filters = HoldFilter
    order = ("-arrived_at", "-id")
    related = ("client",)
    row_url = "hold-detail"
    bulk_actions = [CancelHolds]
    resource = HoldResource
    empty = _("Nothing is on hold. What clients of the held levels pay, send or redeem appears here; the settings name these levels.")


def why_of_hold(page: DetailPage) -> dict[str, Any]:
    """What the rules said when it went on or was refused; while it waits, what they would say now."""
    hold = page.object
    if hold.status == HoldStatus.HELD:
        return {"why": why_now(pipeline.check(moves=[move_of(hold)], now=timezone.now()))}
    group = Operation.objects.filter(pk=hold.operation_id).values("group_id")
    return {"why": why_of(visible(Decision, page.request.user).filter(group_id__in=group).first())}


class HoldDetail(DetailPage):
    model = Hold
    right = Right.HOLDS_SEE
    kind = _("Held transaction")
    list_url, list_label = "hold-list", _("On hold")
    menu = "hold-list"
    related = ("client", "asset", "sender__client", "sender__organisation", "receiver__client", "receiver__organisation")
    tabs = [
        Tab("summary", _("Summary"), "transactions/hold.html"),
        Tab("why", _("Why?"), "transactions/hold_why.html", context=why_of_hold),
    ]
    actions = [CancelHold]

    def facts(self) -> list[tuple[Any, Any]]:
        one = self.object
        return [
            (_("Client"), link("client-detail", one.client.reference, str(one.client))),
            (_("Quantity"), amount_html(one.quantity, one.asset)),
            (_("Waiting since"), when_html(one.arrived_at)),
        ]

    def summary(self) -> list[tuple[Any, Any]]:
        one = self.object
        facts: list[tuple[Any, Any]] = [
            (_("Type"), one.get_type_display()),
            (_("Asset"), link("asset-detail", one.asset.code, f"{one.asset.label} ({one.asset.code})")),
            (_("Quantity"), amount_html(one.quantity, one.asset)),
            (_("Fee, as quoted"), amount_html(one.fee, one.asset) if one.fee else ""),
            (_("Reserved now"), amount_html(self.reserved, one.asset) if self.reserved else _("nothing")),
            (_("Sender"), OperationDetail.party(one.sender)),
            (_("Receiver"), OperationDetail.party(one.receiver)),
            (_("Comment"), one.comment),
            (_("Client's level then"), one.level),
            (_("Client's level now"), one.client.verification_level),
            (_("Expires"), when_html(one.expires_at) if one.status == HoldStatus.HELD else ""),
            (_("Closed"), when_html(one.closed_at) if one.closed_at else ""),
            (_("Reason"), one.closing_reason),
            (_("Transaction identifier"), self.operation),
            (_("Caused by"), self.cause),
            (_("Created by"), mono(one.creator_label)),
            (_("Test mode"), _("Yes") if one.is_test else ""),
            *(fact for facts_of in extensions("transactions.issuer.holds.views.HoldDetail", "fact") for fact in facts_of(self)),
        ]
        return [fact for fact in facts if fact[1] != ""]

    @cached_property
    def reserved(self) -> Any:
        """What the wallet still keeps for it, fee and all."""
        ids = [one for one in (self.object.reservation_id, self.object.fee_reservation_id) if one]
        return sum(Reservation.objects.filter(pk__in=ids, is_open=True).values_list("quantity", flat=True))

    @property
    def operation(self) -> Any:
        one = self.object
        if not one.operation_reference or not self.request.user.has_right(LedgerRight.OPERATIONS_SEE):
            return mono(one.operation_reference) if one.operation_reference else ""
        return link("operation-detail", one.operation_reference)

    @property
    def cause(self) -> Any:
        one = self.object
        return subject_link(one.cause_type, one.cause_reference) if one.cause_type else ""


def mono(text: str) -> Any:
    return format_html('<span class="mono">{}</span>', text)


def link(url_name: str, reference: str, label: str = "") -> Any:
    return format_html('<a href="{}">{}</a>', reverse(url_name, args=[reference]), label or mono(reference))
