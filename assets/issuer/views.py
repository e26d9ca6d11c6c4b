"""Pages of assets: list, page, and what can be done there (AST-01, AST-03, AST-06). Issuing and burning come from the ledger by
`extend`, and so does the page that creates a digital asset."""

from typing import Any

from django.http import FileResponse, HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from assets import services
from assets.enums import AssetKind, AssetStatus, Right
from assets.issuer.filters import AssetFilter
from assets.issuer.forms import CurrencyForm, EditAssetForm, ImageForm, PropertiesForm, ReasonForm
from assets.issuer.resources import AssetResource
from assets.issuer.tables import ASSET_COLUMNS
from assets.models import Asset
from assets.selectors import rate_history
from assets.transitions import ASSET
from core.errors import DomainError
from core.images import discard, image_response, store
from core.registries import extensions
from kit import cells
from kit.details import DetailPage, Tab
from kit.dialogs import ActionDialog, Done
from kit.lists import ListPage
from kit.pages import Page, find_visible


def asset_page(asset: Asset, tab: str = "") -> str:
    return reverse("asset-detail", args=[asset.code]) + (f"?tab={tab}" if tab else "")


class AssetAction(ActionDialog):
    """What the dialogs about one asset share."""

    model = Asset
    lookup = "code"
    right = Right.ASSETS_EDIT
    menu = "asset-list"

    def back(self) -> str:
        return asset_page(self.object)


class AddCurrency(ActionDialog):
    """A currency is an asset off the chain (AST-06)."""

    right = Right.ASSETS_EDIT
    url_name = "currency-create"
    menu = "asset-list"
    title = verb = _("Add currency")
    icon = "plus"
    form_class = CurrencyForm

    def sentence(self) -> Any:
        return _("The currency becomes an asset of this instance: rates and payments can name it. It never lives on the chain.")

    def back(self) -> str:
        return reverse("asset-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        asset = services.add_currency(**form.cleaned_data, actor=actor, now=now)
        return Done(_("%(code)s is added.") % {"code": asset.code}, asset_page(asset), _("Open"))


class EditAsset(AssetAction):
    """What may change after creation (AST-03)."""

    url_name = "asset-edit"
    title = verb = _("Edit asset")
    icon = "pencil"
    form_class = EditAssetForm
    FIELDS = ("code", "label", "max_client_balance", "expiration_days", "transaction_count", "reissue_below", "reissue_quantity")

    def sentence(self) -> Any:
        return _("Changes hold from now on. A lower maximum takes nothing away from wallets that hold more.")

    def initial(self) -> dict[str, Any]:
        values = {name: getattr(self.object, name) for name in self.FIELDS}
        return {name: services.plain(value) for name, value in values.items() if value is not None}

    def form_options(self) -> dict[str, Any]:
        return {"asset": self.object}

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        asset = services.edit_asset(asset_id=obj.pk, changes=form.cleaned_data, actor=actor, now=now)
        return Done(_("%(code)s is changed.") % {"code": asset.code}, asset_page(asset))


class EditProperties(AssetAction):
    """Category, texts, and which operations it takes part in (AST-07)."""

    url_name = "asset-properties"
    title = button = _("Edit properties")
    verb = _("Save properties")
    icon = "adjustments"
    form_class = PropertiesForm

    def sentence(self) -> Any:
        return _("What isn't ticked is refused by the ledger from now on, whoever asks. What was done before stays.")

    def initial(self) -> dict[str, Any]:
        return {name: getattr(self.object, name) for name in PropertiesForm.base_fields}

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        services.edit_asset(asset_id=obj.pk, changes=form.cleaned_data, actor=actor, now=now)
        return Done(_("The properties of %(code)s are changed.") % {"code": obj.code}, asset_page(obj))


class SetImage(AssetAction):
    """Give the asset a picture (AST-08)."""

    url_name = "asset-image-set"
    title = verb = _("Set image")
    form_class = ImageForm

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        stored = store(form.cleaned_data["image"], folder="assets")
        try:
            services.set_image(asset_id=obj.pk, image=stored, actor=actor, now=now)
        except DomainError:
            discard(stored.name)
            raise
        return Done(_("The image of %(code)s is set.") % {"code": obj.code}, asset_page(obj))


class RemoveImage(AssetAction):
    url_name = "asset-image-remove"
    title = verb = _("Remove image")
    danger = True

    @classmethod
    def available(cls, obj: Any) -> bool:
        return bool(obj.image)

    def sentence(self) -> Any:
        return _("The image is deleted; pages and the mobile application show the code alone.")

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        services.set_image(asset_id=obj.pk, image=None, actor=actor, now=now)
        return Done(_("The image of %(code)s is removed.") % {"code": obj.code})


class DeactivateAsset(AssetAction):
    """Stop the asset (AST-06)."""

    url_name = "asset-deactivate"
    title = verb = _("Deactivate asset")
    icon = "ban"
    danger = True
    form_class = ReasonForm

    @classmethod
    def available(cls, obj: Any) -> bool:
        return AssetStatus.DEACTIVATED in ASSET.allowed(obj.status)

    def sentence(self) -> Any:
        return format_html(
            _(
                "From now on {} can't move: no order, payment or transfer of it, except back to the issuer. Balances stay. It can be reactivated."
            ),
            self.object.code,
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        services.deactivate_asset(asset_id=obj.pk, reason=form.cleaned_data["reason"], actor=actor, now=now)
        return Done(_("%(code)s is deactivated.") % {"code": obj.code})


class ReactivateAsset(AssetAction):
    """Let the asset move again (AST-06)."""

    url_name = "asset-reactivate"
    title = verb = _("Reactivate asset")
    icon = "player-play"
    form_class = ReasonForm

    @classmethod
    def available(cls, obj: Any) -> bool:
        return AssetStatus.ACTIVE in ASSET.allowed(obj.status)

    def sentence(self) -> Any:
        return format_html(_("{} can be ordered, paid with and transferred again."), self.object.code)

    def perform(self, form: Any, actor: Any, obj: Any, now: Any) -> Done:
        services.reactivate_asset(asset_id=obj.pk, reason=form.cleaned_data["reason"], actor=actor, now=now)
        return Done(_("%(code)s is active.") % {"code": obj.code})


class AssetList(ListPage):
    """Digital assets and currencies (AST-01, AST-06)."""

    model = Asset
    right = Right.ASSETS_SEE
    title = _("Assets")
    intro = _("Digital assets live on the chain; currencies live in the ledger alone.")
    columns = ASSET_COLUMNS
    filters = AssetFilter
    order = ("-created_at", "-id")
    resource = AssetResource
    empty = _("Create a digital asset, or add a currency.")

    other_actions = [AddCurrency]

    @property
    def primary_action(self) -> Any:  # type: ignore[override]
        """The ledger's page that creates a digital asset, which issues some at once."""
        return next(iter(extensions(self.list_name(), "create")), None)

    def url_of(self, row: Asset) -> str:
        return asset_page(row)


def terms_link(url: str) -> Any:
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>', url, url.removeprefix("https://"))


def rates_tab(page: DetailPage) -> dict[str, Any]:
    asset = page.object
    return {
        "rates": asset.rates.select_related("currency").order_by("currency__code"),
        "history": rate_history(asset)[:50],
        "may_edit": page.request.user.has_right(Right.RATES_EDIT),
    }


class AssetDetail(DetailPage):
    """One asset. The ledger adds what is issued, and settlement (AST-02)."""

    model = Asset
    lookup = "code"
    right = Right.ASSETS_SEE
    kind = _("Asset")
    list_url, list_label = "asset-list", _("Assets")
    menu = "asset-list"
    has_charts = True  # on the tab that the ledger adds
    tabs = [
        Tab("summary", _("Summary"), "assets/summary.html"),
        Tab("rates", _("Rates"), "assets/rates.html", Right.RATES_SEE, rates_tab),
    ]

    @property
    def actions(self) -> list[Any]:  # type: ignore[override]
        """What is done most stands first: issuing and burning come from the ledger."""
        return [
            *extensions("assets.issuer.views.AssetDetail", "money"),
            EditAsset,
            EditProperties,
            SetImage,
            ReactivateAsset,
            RemoveImage,
            DeactivateAsset,
        ]

    def facts(self) -> list[tuple[Any, Any]]:
        asset = self.object
        return [(_("Name"), asset.name), (_("Kind"), asset.get_kind_display())] + (
            [(_("Mode"), cells.badge_html(_("Test"), cells.WAITS))] if asset.is_test else []
        )

    def summary(self) -> list[tuple[Any, Any]]:
        asset = self.object
        yes_no = {True: _("Yes"), False: _("No")}
        lines = [
            (_("Label"), asset.label),
            (_("Decimals"), asset.decimals),
            (_("Maximum end-user wallet balance"), cells.amount_html(asset.max_client_balance, asset)),
        ]
        if asset.kind == AssetKind.DIGITAL:
            automatic = _("No")
            if asset.reissues_automatically:
                automatic = format_html(
                    _("{} each time the issuing wallet holds less than {}"),
                    cells.amount_html(asset.reissue_quantity, asset),
                    cells.amount_html(asset.reissue_below, asset),
                )
            lines += [
                (_("Reissuable"), yes_no[asset.reissuable]),
                (_("Automatic reissue"), automatic),
                (_("Expires"), _("%(days)s days after issuance") % {"days": asset.expiration_days} if asset.expires else yes_no[False]),
                (
                    _("Transaction limit"),
                    _("%(count)s transactions") % {"count": asset.transaction_count} if asset.limits_transactions else yes_no[False],
                ),
            ]
        marks = {True: cells.badge_html(_("Yes"), cells.DONE), False: cells.badge_html(_("No"))}
        lines += [
            (_("Category"), asset.category or cells.NOTHING),
            (_("Description"), linebreaksbr(asset.description) if asset.description else cells.NOTHING),
            (_("Terms"), terms_link(asset.terms_url) if asset.terms_url else cells.NOTHING),
            (_("Payable"), marks[asset.payable]),
            (_("P2P"), marks[asset.p2p]),
            (_("Redeemable"), marks[asset.redeemable]),
            (_("Exchangeable"), marks[asset.exchangeable]),
            (_("Created"), cells.when_html(asset.created_at)),
        ]
        for more in extensions("assets.issuer.views.AssetDetail", "summary"):
            lines += more(asset)
        return lines


class AssetImage(Page):
    """The stored picture, to whoever may see the asset; it can run nothing (AST-08)."""

    right = Right.ASSETS_SEE

    def prepare(self, **kwargs: Any) -> None:
        self.asset = find_visible(Asset, self.request.user, code=kwargs["code"])

    def get(self, request: HttpRequest, **kwargs: Any) -> FileResponse:
        return image_response(self.asset.image, name=self.asset.code)
