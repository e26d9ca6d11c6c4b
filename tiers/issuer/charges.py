"""Recurring charges: the list of all, and charging one by hand (TIE-05)."""

from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kit import cells
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage
from tiers.enums import ChargeStatus, Right
from tiers.issuer.filters import RecurringChargeFilter
from tiers.issuer.resources import RecurringChargeResource
from tiers.issuer.tables import CHARGE_COLUMNS
from tiers.models import RecurringCharge
from tiers.services.recurring import charge_by_hand


class RecurringChargeList(ListPage):
    model = RecurringCharge
    right = Right.PRICES_SEE
    title = _("Recurring charges")
    intro = _("What clients owe for their tiers, period by period. What can't be charged is tried again, then given up with an alert.")
    columns = CHARGE_COLUMNS
    related = ("client",)  # for the row's address
    filters = RecurringChargeFilter
    resource = RecurringChargeResource
    menu = "price-list-list"
    empty = _("A client's first charge comes one period after it came to a tier with a recurring fee.")

    def path(self) -> list[tuple[Any, str]]:
        return [(_("Price lists"), self.link("price-list-list"))]

    def url_of(self, row: Any) -> str:
        return f"{self.link('client-detail', row.client.reference)}?tab=tier"


class ChargeNow(ActionDialog):
    """What is due, or was given up (TIE-05)."""

    model = RecurringCharge
    related = ("client", "currency", "tier")
    right = Right.PRICES_EDIT
    url_name = "recurring-charge-pay"
    menu = "price-list-list"
    title = verb = _("Charge now")
    icon = "cash"
    fresh_proof = True

    @classmethod
    def available(cls, obj: RecurringCharge) -> bool:
        return obj.status != ChargeStatus.PAID

    def sentence(self) -> Any:
        charge = self.object
        return format_html(
            _("{} is taken from a wallet of {} for {} from {} on."),
            cells.amount_html(charge.amount, charge.currency), charge.client, charge.tier.label, cells.when_html(charge.due_on),
        )  # fmt: skip

    def back(self) -> str:
        return f"{self.link('client-detail', self.object.client.reference)}?tab=tier"

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        charge = charge_by_hand(charge_id=obj.pk, actor=actor, now=now)
        return Done(_("It is paid by %(operation)s.") % {"operation": charge.operation_reference}, self.back())
