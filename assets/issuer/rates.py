"""Pages of rates: lists, and add, modify, delete (RAT-01, RAT-03)."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from assets import services
from assets.enums import Right
from assets.issuer.filters import RateChangeFilter, RateFilter
from assets.issuer.forms import NewRateForm, RateForm
from assets.issuer.resources import RateChangeResource, RateResource
from assets.issuer.tables import RATE_CHANGE_COLUMNS, RATE_COLUMNS, rate_html
from assets.issuer.views import AssetAction, asset_page
from assets.models import Rate, RateChange
from kit import cells
from kit.dialogs import Done
from kit.lists import ListPage


class RateList(ListPage):
    """Every rate (RAT-01)."""

    model = Rate
    right = Right.RATES_SEE
    title = _("Rates")
    intro = _("What one unit of an asset costs in a currency. Rates are added on the asset's page.")
    columns = RATE_COLUMNS
    related = ("asset",)  # for the row's address
    filters = RateFilter
    order = ("-set_at", "-id")
    resource = RateResource
    empty = _("Open an asset and add a rate on its Rates tab.")

    def url_of(self, row: Rate) -> str:
        return asset_page(row.asset, "rates")


class RateChangeList(ListPage):
    """The history of all rates, with who or what set them (RAT-03)."""

    model = RateChange
    right = Right.RATES_SEE
    title = _("Rate history")
    intro = _("Each addition, change and deletion of a rate, and who or what made it. It is never altered.")
    columns = RATE_CHANGE_COLUMNS
    related = ("asset",)  # for the row's address
    filters = RateChangeFilter
    order = ("-id",)
    resource = RateChangeResource
    menu = "rate-list"
    empty = _("The first rate that is set begins the history.")

    def path(self) -> list[tuple[Any, str]]:
        return [(_("Rates"), reverse("rate-list"))]

    def url_of(self, row: RateChange) -> str:
        return asset_page(row.asset, "rates")


class AddRate(AssetAction):
    """A rate in a currency that has none yet."""

    right = Right.RATES_EDIT
    url_name = "rate-create"
    fresh_proof = True
    title = verb = _("Add rate")
    icon = "plus"
    form_class = NewRateForm

    def sentence(self) -> Any:
        return format_html(_("Orders and exchanges of {} can use the rate from now on."), self.object.code)

    def form_options(self) -> dict[str, Any]:
        return {"asset": self.object}

    def back(self) -> str:
        return asset_page(self.object, "rates")

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        currency = form.cleaned_data["currency"]
        services.set_rate(asset_id=obj.pk, currency_id=currency.pk, rate=form.cleaned_data["rate"], actor=actor, now=now)
        return Done(_("%(asset)s has a rate in %(currency)s.") % {"asset": obj.code, "currency": currency.code}, self.back())


class RateAction(AssetAction):
    """What concerns one present rate, named by its asset and currency."""

    right = Right.RATES_EDIT

    @classmethod
    def address(cls, obj: Any = None) -> str:
        return reverse(cls.url_name, args=[obj.asset.code, obj.currency.code])

    def prepare(self, **kwargs: Any) -> None:
        super().prepare(**kwargs)
        rate = Rate.objects.filter(asset=self.object, currency__code=kwargs["currency"]).select_related("asset", "currency").first()
        if rate is None:
            raise Http404
        self.rate = rate

    def back(self) -> str:
        return asset_page(self.object, "rates")


class ChangeRate(RateAction):
    url_name = "rate-change"
    fresh_proof = True
    title = verb = _("Change rate")
    form_class = RateForm

    def sentence(self) -> Any:
        return format_html(_("One {} costs {} now. Orders that were made before keep their rate."), self.object.code, rate_html(self.rate))

    def initial(self) -> dict[str, Any]:
        return {"rate": services.plain(self.rate.rate)}

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        rate = services.set_rate(asset_id=obj.pk, currency_id=self.rate.currency_id, rate=form.cleaned_data["rate"], actor=actor, now=now)
        shown = f"{cells.plain_amount(rate.rate, rate.currency.decimals)} {rate.currency.code}"
        return Done(_("One %(asset)s costs %(rate)s.") % {"asset": obj.code, "rate": shown}, self.back())


class DeleteRate(RateAction):
    url_name = "rate-delete"
    fresh_proof = True
    title = verb = _("Delete rate")
    danger = True

    def sentence(self) -> Any:
        return format_html(
            _("The rate of {} in {} ({}) is deleted: nothing can be ordered or exchanged at it. Its history stays."),
            self.object.code,
            self.rate.currency.code,
            rate_html(self.rate),
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        currency = self.rate.currency
        services.delete_rate(asset_id=obj.pk, currency_id=currency.pk, actor=actor, now=now)
        return Done(_("The rate of %(asset)s in %(currency)s is deleted.") % {"asset": obj.code, "currency": currency.code}, self.back())
