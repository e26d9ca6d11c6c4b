"""What is done to a held transaction by hand: it is cancelled, one or many (LIM-09)."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit.bulk.actions import BulkAction
from kit.cells import amount_html, badge_for, badge_of
from kit.dialogs import ActionDialog, Done
from kit.filters import SearchText
from transactions.enums import HoldStatus, Right
from transactions.models import Hold
from transactions.services import holds
from transactions.transitions import HOLD


class ReasonForm(forms.Form):
    """Why, for the client and the timeline."""

    reason = SearchText(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("The client reads it in the mail.")
    )


class CancelHold(ActionDialog):
    model = Hold
    related = ("client", "asset")
    right = Right.HOLDS_ACT
    menu = "hold-list"
    url_name = "hold-cancel"
    title = _("Cancel the held transaction")
    verb = _("Cancel transaction")
    icon = "x"
    danger = True
    form_class = ReasonForm

    @classmethod
    def available(cls, obj: Hold) -> bool:
        return HoldStatus.CANCELLED in HOLD.allowed(obj.status)

    def sentence(self) -> Any:
        one = self.object
        return format_html(
            _(
                "{client}'s transaction of {amount} never takes place. The amount is released, and the client is told by mail. This can't be undone."
            ),
            client=str(one.client),
            amount=amount_html(one.quantity, one.asset),
        )

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        one = self.object
        return [
            (_("Status"), badge_of(one), badge_for(Hold, "status", HoldStatus.CANCELLED)),
            (_("Reserved"), amount_html(one.quantity + one.fee, one.asset), amount_html(one.quantity * 0, one.asset)),
        ]

    def back(self) -> str:
        return reverse("hold-detail", args=[self.object.reference])

    def perform(self, form: Any, actor: Any, obj: Hold, now: datetime) -> Done:
        holds.cancel_hold(hold_id=obj.pk, reason=form.cleaned_data["reason"], actor=actor, now=now)
        return Done(_("%s is cancelled.") % obj.reference)


class CancelHolds(BulkAction):
    code = "cancel"
    right = Right.HOLDS_ACT
    title = verb = _("Cancel held transactions")
    button = _("Cancel")
    icon = "x"
    danger = True
    form_class = ReasonForm
    able = Q(status=HoldStatus.HELD)
    reasons = [
        (Q(status=HoldStatus.POSTED), _("have gone on already")),
        (~Q(status=HoldStatus.HELD), _("are closed already")),
    ]

    def sentence(self) -> Any:
        return _(
            "None of them takes place. What is reserved is released, and each client is told by mail, with the reason. This can't be undone."
        )

    def perform_row(self, row: Any, actor: Any, now: datetime) -> None:
        holds.cancel_hold(hold_id=row.pk, reason=self.values["reason"], actor=actor, now=now)
