"""Pages of price lists (FEE-01); their fees stand on tabs, as in document 002."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.registries import visible
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage
from kit.pages import PageLink
from tiers.enums import FeeKind, Right
from tiers.issuer.filters import PriceListFilter
from tiers.issuer.forms import EditPriceListForm, PriceListForm
from tiers.issuer.resources import PriceListResource
from tiers.issuer.tables import PRICE_LIST_COLUMNS, active_badge
from tiers.models import PriceList
from tiers.services import pricing
from tiers.services.rules import MODELS

RELATED = {
    FeeKind.LEVEL: ("currency",),
    FeeKind.RECURRING: ("currency", "tier"),
    FeeKind.OPERATION: ("asset",),
}
FORMER = 20  # ended ones that are shown


class CreatePriceList(ActionDialog):
    right = Right.PRICES_EDIT
    url_name = "price-list-create"
    menu = "price-list-list"
    title = verb = _("Create price list")
    icon = "plus"
    form_class = PriceListForm

    def sentence(self) -> Any:
        return _("It asks for nothing until you add fees on its page. A new default takes the place of the one before.")

    def back(self) -> str:
        return self.link("price-list-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        prices = pricing.create_price_list(**form.cleaned_data, actor=actor, now=now)
        return Done(_("%(name)s is created.") % {"name": prices.name}, self.link("price-list-detail", prices.reference), _("Open"))


class EditPriceList(ActionDialog):
    model = PriceList
    related = ("currency",)
    right = Right.PRICES_EDIT
    url_name = "price-list-edit"
    menu = "price-list-list"
    title = button = _("Edit price list")
    verb = _("Save changes")
    icon = "pencil"
    form_class = EditPriceListForm

    def sentence(self) -> Any:
        return _("Clients of a price list that isn't active have the default one. What was charged stays as it was.")

    def initial(self) -> dict[str, Any]:
        prices = self.object
        return {"name": prices.name, "currency": prices.currency.code, "is_default": prices.is_default, "is_active": prices.is_active}

    def back(self) -> str:
        return self.link("price-list-detail", self.object.reference)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        prices = pricing.edit_price_list(price_list_id=obj.pk, **form.cleaned_data, actor=actor, now=now)
        return Done(_("%(name)s is changed.") % {"name": prices.name}, self.back())


class PriceListList(ListPage):
    model = PriceList
    right = Right.PRICES_SEE
    title = _("Price lists")
    intro = _("What persons and companies pay for tiers and operations. A client has the one it was given, else the default of its type.")
    columns = PRICE_LIST_COLUMNS
    filters = PriceListFilter
    resource = PriceListResource
    row_url = "price-list-detail"
    primary_action = CreatePriceList
    other_actions = [PageLink(_("Recurring charges"), "recurring-charge-list", "calendar-repeat", Right.PRICES_SEE)]
    empty = _("Create a price list and make it the default: clients can choose a tier only where their price list has a fee for it.")


def fees_of(page: Any, kind: FeeKind, **criteria: Any) -> dict[str, Any]:
    """For a tab: the fees that hold or will, then the last that have ended."""
    now = timezone.now()
    rows = visible(MODELS[kind], page.request.user).filter(**criteria).select_related(*RELATED[kind])
    ended = Q(valid_to__lte=now)
    held = [{"fee": fee, "state": state_of(fee, now), "open": True} for fee in rows.exclude(ended).order_by("valid_from", "id")]
    former = [{"fee": fee, "state": state_of(fee, now), "open": False} for fee in rows.filter(ended).order_by("-valid_to", "-id")[:FORMER]]
    return {
        "kind": kind.value,
        "title": kind.label,
        "rows": [row | {"begun": row["fee"].valid_from <= now} for row in held + former],
        "may_edit": page.request.user.has_right(Right.PRICES_EDIT),
    }


def state_of(fee: Any, now: datetime) -> Any:
    if fee.valid_from > now:
        return cells.badge_html(_("Begins later"), cells.WAITS)
    if fee.valid_to is not None and fee.valid_to <= now:
        return cells.badge_html(_("Ended"))
    return cells.badge_html(_("Holds"), cells.DONE)


def tab(kind: FeeKind) -> Tab:
    def context(page: Any) -> dict[str, Any]:
        return fees_of(page, kind, price_list=page.object) | {"of": page.object.reference}

    return Tab(kind.value, kind.label, f"tiers/fees_{kind.value}.html", context=context)


class PriceListDetail(DetailPage):
    model = PriceList
    right = Right.PRICES_SEE
    related = ("currency",)
    kind = _("Price list")
    list_url, list_label = "price-list-list", _("Price lists")
    menu = "price-list-list"
    status_field = ""
    tabs = [Tab("summary", _("Summary"), "kit/summary.html"), *(tab(kind) for kind in FeeKind)]
    actions = [EditPriceList]

    def facts(self) -> list[tuple[Any, Any]]:
        prices = self.object
        facts = [
            (_("Name"), format_html("{}", prices.name)),
            (_("Client type"), format_html("{}", prices.get_client_type_display())),
            (_("Currency"), format_html('<span class="mono">{}</span>', prices.currency.code)),
            (_("Status"), active_badge(prices)),
        ]
        return [*facts, (_("Default"), _("Yes"))] if prices.is_default else facts

    def summary(self) -> list[tuple[Any, Any]]:
        prices = self.object
        return [
            (_("Name"), prices.name),
            (_("Client type"), prices.get_client_type_display()),
            (_("Currency"), prices.currency.code),
            (_("Default"), _("Yes") if prices.is_default else _("No")),
            (_("Created"), cells.when_html(prices.created_at)),
        ]
