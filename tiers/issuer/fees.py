"""Dialogs of fees: add, change, end, delete, for each kind; and an asset's default commissions (FEE-02 to FEE-04, AST-07)."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from assets.services import plain
from core.registries import visible
from kit.dialogs import ActionDialog, Done
from tiers.enums import LEVELS, FeeKind, Right
from tiers.issuer.forms import (
    CommissionForm,
    EndFeeForm,
    LevelFeeForm,
    OperationFeeForm,
    RecurringFeeForm,
    end_of,
    last_day,
    start_of,
)
from tiers.models import LevelFee, OperationFee, PriceList, RecurringFee
from tiers.selectors.tiers import tiers
from tiers.services import rules

FORMS: dict[str, type[forms.Form]] = {FeeKind.LEVEL: LevelFeeForm, FeeKind.RECURRING: RecurringFeeForm, FeeKind.OPERATION: OperationFeeForm}


class FeeDialog(ActionDialog):
    """What all of them share."""

    fee_kind: ClassVar[FeeKind]
    right = Right.PRICES_EDIT
    menu = "price-list-list"

    def page_of(self, fee: Any) -> str:
        """Where the fee stands."""
        if fee.price_list is None:
            return f"{self.link('asset-detail', fee.asset.code)}?tab=commissions"
        return f"{self.link('price-list-detail', fee.price_list.reference)}?tab={self.fee_kind}"

    def fields_for(self, client_type: str) -> dict[str, Any]:
        """What the form of this kind offers."""
        lists = visible(PriceList, self.request.user).filter(is_active=True, client_type=client_type).order_by("name")
        options: dict[str, Any] = {"price_lists": lists}
        if self.fee_kind == FeeKind.RECURRING:
            options["tiers"] = tiers(client_type)
        if self.fee_kind == FeeKind.OPERATION:
            options["assets"] = self.assets()
        return options

    def assets(self) -> QuerySet[Asset]:
        return visible(Asset, self.request.user).filter(is_test=False).order_by("code")


class AddFee(FeeDialog):
    """To a price list, which can be changed for another one of the same client type."""

    model = PriceList
    icon = "plus"
    title = verb = _("Add fee")

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        initial = {"price_list": self.object.reference}
        if self.fee_kind != FeeKind.OPERATION:
            initial["currency"] = self.object.currency.code
        return FORMS[self.fee_kind](data, files, initial=initial | self.asked(), **self.fields_for(self.object.client_type))

    def asked(self) -> dict[str, Any]:
        """What the link already knew."""
        level = self.request.GET.get("level", "")
        if self.fee_kind != FeeKind.LEVEL or level not in map(str, LEVELS):
            return {}
        tier = tiers(self.object.client_type).filter(level=int(level)).first()
        return {"level": level, "name": tier.label if tier else ""}

    def sentence(self) -> Any:
        words = {
            FeeKind.LEVEL: _("Clients of the price list pay it once when they change to the level this way. The name is checked against the tier's label."),
            FeeKind.RECURRING: _("Clients of the price list pay it for the tier each period, for the first time one period after they came to it."),
            FeeKind.OPERATION: _("It is asked for each operation of this type with the asset, in units of the asset, in the place of the asset's default."),
        }  # fmt: skip
        return words[self.fee_kind]

    def back(self) -> str:
        return f"{self.link('price-list-detail', self.object.reference)}?tab={self.fee_kind}"

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = dict(form.cleaned_data)
        begins, ends, prices = start_of(data.pop("valid_from")), end_of(data.pop("valid_to")), data.pop("price_list")
        fee = rules.add_fee(
            kind=self.fee_kind, price_list=prices, values=data, valid_from=begins, valid_to=ends, actor=actor, now=now
        )  # fmt: skip
        return Done(_("The fee is added to %(list)s.") % {"list": prices.name}, self.page_of(fee))


class FeeAction(FeeDialog):
    """About one fee."""

    def back(self) -> str:
        return self.page_of(self.object)


class ChangeFee(FeeAction):
    title = verb = _("Change fee")
    icon = "pencil"

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        fee, kind = self.object, self.fee_kind
        if kind == FeeKind.OPERATION:
            form: forms.Form = CommissionForm(data, files, initial=self.initial())
        else:
            form = FORMS[kind](data, files, initial=self.initial(), **self.fields_for(fee.price_list.client_type))
        for fixed in ("price_list", "valid_from", *rules.TARGET[kind]):
            form.fields.pop(fixed, None)
        return form

    def initial(self) -> dict[str, Any]:
        values = {name: getattr(self.object, name) for name in rules.FIELDS[self.fee_kind] if name not in rules.TARGET[self.fee_kind]}
        return {name: plain(value) for name, value in values.items()} | {"valid_to": last_day(self.object.valid_to)}

    def sentence(self) -> Any:
        if self.object.valid_from > timezone.now():
            return _("This fee hasn't begun: it is changed as it stands.")
        return _("This fee has begun: with another amount it ends now and another one begins. What was charged stays as it was.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = dict(form.cleaned_data)
        fee = rules.change_fee(kind=self.fee_kind, fee_id=obj.pk, valid_to=end_of(data.pop("valid_to")), values=data, actor=actor, now=now)
        return Done(_("The fee %(reference)s holds.") % {"reference": fee.reference}, self.back())


class EndFee(FeeAction):
    title = verb = _("End fee")
    icon = "player-pause"
    form_class = EndFeeForm

    def sentence(self) -> Any:
        if self.fee_kind == FeeKind.LEVEL:
            return format_html(_("From then on nobody can change to {} this way, until there is another fee."), self.object.name)
        return _("From then on it isn't asked for any more. What was charged stays as it was.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        fee = rules.end_fee(kind=self.fee_kind, fee_id=obj.pk, at=end_of(form.cleaned_data["at"]), actor=actor, now=now)
        return Done(_("The fee %(reference)s ends.") % {"reference": fee.reference}, self.back())


class DeleteFee(FeeAction):
    title = verb = _("Delete fee")
    icon = "trash"
    danger = True

    def sentence(self) -> Any:
        return _("This fee hasn't begun and never will. This can't be undone.")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        back = self.back()
        rules.delete_fee(kind=self.fee_kind, fee_id=obj.pk, actor=actor, now=now)
        return Done(_("The fee is deleted."), back)


class AddCommission(FeeDialog):
    """An asset's default commission (AST-07, FEE-06)."""

    model = Asset
    lookup = "code"
    fee_kind = FeeKind.OPERATION
    url_name = "commission-add"
    menu = "asset-list"
    title = verb = _("Add commission")
    icon = "plus"
    form_class = CommissionForm

    def sentence(self) -> Any:
        return format_html(
            _("Asked for each operation of this type with {}, unless the client's price list has a fee for it."), self.object.code
        )  # fmt: skip

    def back(self) -> str:
        return f"{self.link('asset-detail', self.object.code)}?tab=commissions"

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = form.cleaned_data | {"asset": obj}
        times = {"valid_from": start_of(data.pop("valid_from")), "valid_to": end_of(data.pop("valid_to"))}
        rules.add_fee(kind=FeeKind.OPERATION, price_list=None, values=data, **times, actor=actor, now=now)
        return Done(_("The commission of %(code)s is added.") % {"code": obj.code}, self.back())


class AddLevelFee(AddFee):
    fee_kind, url_name, related = FeeKind.LEVEL, "level-fee-add", ("currency",)


class AddRecurringFee(AddFee):
    fee_kind, url_name, related = FeeKind.RECURRING, "recurring-fee-add", ("currency",)


class AddOperationFee(AddFee):
    fee_kind, url_name, related = FeeKind.OPERATION, "operation-fee-add", ("currency",)


class OfLevel:
    model, fee_kind, related = LevelFee, FeeKind.LEVEL, ("price_list", "currency")


class OfRecurring:
    model, fee_kind, related = RecurringFee, FeeKind.RECURRING, ("price_list", "currency", "tier")


class OfOperation:
    model, fee_kind, related = OperationFee, FeeKind.OPERATION, ("price_list", "asset")


class ChangeLevelFee(OfLevel, ChangeFee):
    url_name = "level-fee-change"


class EndLevelFee(OfLevel, EndFee):
    url_name = "level-fee-end"


class DeleteLevelFee(OfLevel, DeleteFee):
    url_name = "level-fee-delete"


class ChangeRecurringFee(OfRecurring, ChangeFee):
    url_name = "recurring-fee-change"


class EndRecurringFee(OfRecurring, EndFee):
    url_name = "recurring-fee-end"


class DeleteRecurringFee(OfRecurring, DeleteFee):
    url_name = "recurring-fee-delete"


class ChangeOperationFee(OfOperation, ChangeFee):
    url_name = "operation-fee-change"


class EndOperationFee(OfOperation, EndFee):
    url_name = "operation-fee-end"


class DeleteOperationFee(OfOperation, DeleteFee):
    url_name = "operation-fee-delete"
