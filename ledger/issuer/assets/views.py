"""Creating, issuing and burning digital assets, and what the ledger adds to an asset's page (AST-01, AST-02, AST-04, AST-05)."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind, Right
from assets.issuer.views import AssetAction, asset_page
from assets.models import Asset
from assets.services import NewAsset
from chain.enums import ChainOpKind
from chain.models import ChainOp
from chain.selectors import settlement
from chain.services import settlements_of
from core.errors import DomainError
from core.images import discard, store
from core.registries import visible
from kit import cells
from kit.details import DetailPage
from kit.dialogs import Done, FormPage
from ledger.enums import OperationType
from ledger.holdings import holdings, supply
from ledger.issuer.assets.forms import NewAssetForm, QuantityForm
from ledger.issuer.moments import settlement_steps
from ledger.issuer.wallets.views import operation_rows
from ledger.models import Operation
from ledger.services import issuing
from ledger.services.posting import available
from wallets.models import AssetWallets
from wallets.selectors import issuer_wallet, issuer_wallets, issuing_wallet, outside_wallet

ISSUING = (OperationType.ASSET_CREATION, OperationType.ADDITIONAL_ISSUING, OperationType.BURNING)
LATEST = 50


class CreateAsset(FormPage):
    """A digital asset and its first quantity (AST-01)."""

    right = Right.ASSETS_EDIT
    url_name = "asset-create"
    fresh_proof = True
    menu = "asset-list"
    title = verb = _("Create asset")
    form_class = NewAssetForm

    def path(self) -> list[tuple[Any, str]]:
        return [(_("Assets"), reverse("asset-list"))]

    def sentence(self) -> Any:
        return _(
            "The asset is registered on the chain and its first quantity is issued to the beneficiary wallet, at once. "
            "What is marked as fixed can never be changed."
        )

    def initial(self) -> dict[str, Any]:
        main = issuer_wallet().reference
        return {"issuing_wallet": main, "beneficiary_wallet": main}

    def back(self) -> str:
        return reverse("asset-list")

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = dict(form.cleaned_data)
        quantity, issuing_in, received_in = (data.pop(name) for name in ("quantity", "issuing_wallet", "beneficiary_wallet"))
        upload = data.pop("image")
        del data["expires"], data["limits_transactions"]
        image = store(upload, folder="assets").name if upload else ""
        try:
            asset, operation = issuing.create_asset(
                new=NewAsset(**data, image=image),
                quantity=quantity,
                issuing_wallet=issuing_in,
                beneficiary_wallet=received_in,
                actor=actor,
                now=now,
            )
        except DomainError:
            discard(image)
            raise
        said = _("%(code)s is created, and waits for the chain (%(reference)s).") % {"code": asset.code, "reference": operation.reference}
        return Done(said, asset_page(asset))


class QuantityAction(AssetAction):
    """What issuing and burning share: a wallet of the issuer, a quantity, a reason."""

    form_class = QuantityForm
    sign = "+"

    def form_options(self) -> dict[str, Any]:
        return {"asset": self.object}

    def initial(self) -> dict[str, Any]:
        wallets = AssetWallets.objects.filter(asset=self.object).select_related("issuing_wallet").first()
        return {"wallet": wallets.issuing_wallet.reference} if wallets else {}

    def before_after(self) -> list[tuple[Any, Any, Any]]:
        """What each wallet of the issuer holds, and what it will."""
        wallets = list(issuer_wallets(is_test=self.object.is_test))
        held = holdings([wallet.pk for wallet in wallets], now=timezone.now())
        mine = AssetWallets.objects.filter(asset=self.object).values_list("issuing_wallet_id", flat=True).first()
        lines = []
        for wallet in wallets:
            quantity = next((one.quantity for one in held.get(wallet.pk, ()) if one.asset_id == self.object.pk), 0)
            if quantity or wallet.pk == mine:
                shown = cells.amount_html(quantity, self.object)
                lines.append((str(wallet), shown, format_html("{} {} {}", shown, self.sign, _("quantity"))))
        return lines


class IssueMore(QuantityAction):
    """Additional issuing by hand (AST-04)."""

    right = Right.ASSETS_ISSUE
    url_name = "asset-issue"
    fresh_proof = True
    title = verb = _("Issue more")
    icon = "plus"

    @classmethod
    def available(cls, obj: Any) -> bool:
        return obj.kind == AssetKind.DIGITAL and obj.reissuable and obj.is_active

    def sentence(self) -> Any:
        return format_html(
            _("New {} come into being in the wallet that you choose, in the ledger at once and on the chain shortly after."),
            self.object.code,
        )

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = form.cleaned_data
        posted = issuing.issue(
            asset_id=obj.pk, wallet_id=data["wallet"].pk, quantity=data["quantity"], reason=data["reason"], actor=actor, now=now
        )
        shown = cells.plain_amount(data["quantity"], obj.decimals)
        said = _("%(quantity)s %(code)s are issued (%(reference)s).") % {"quantity": shown, "code": obj.code, "reference": posted.reference}
        return Done(said, asset_page(obj, "issuing"))


class Burn(QuantityAction):
    """Destroy a quantity (AST-05)."""

    right = Right.ASSETS_BURN
    url_name = "asset-burn"
    fresh_proof = True
    title = verb = _("Burn")
    icon = "flame"
    danger = True
    sign = "−"

    @classmethod
    def available(cls, obj: Any) -> bool:
        return obj.kind == AssetKind.DIGITAL and obj.is_active

    def sentence(self) -> Any:
        return format_html(_("The quantity of {} is destroyed, in the ledger and on the chain. This can't be undone."), self.object.code)

    def perform(self, form: Any, actor: Any, obj: Any, now: datetime) -> Done:
        data = form.cleaned_data
        posted = issuing.burn(
            asset_id=obj.pk, wallet_id=data["wallet"].pk, quantity=data["quantity"], reason=data["reason"], actor=actor, now=now
        )
        shown = cells.plain_amount(data["quantity"], obj.decimals)
        said = _("%(quantity)s %(code)s are burnt (%(reference)s).") % {"quantity": shown, "code": obj.code, "reference": posted.reference}
        return Done(said, asset_page(obj, "issuing"))


def issuing_tab(page: DetailPage) -> dict[str, Any]:
    """Supply, the asset's registration, and each issue and burning with its settlement (AST-02)."""
    asset: Asset = page.object
    rows = visible(Operation, page.request.user).filter(asset=asset, type__in=ISSUING).select_related("asset", "sender", "receiver")
    rows, outside = rows.order_by("-posted_at", "-id"), outside_wallet(is_test=asset.is_test)  # whose operations are few, and indexed
    found = [*rows.filter(sender=outside)[:LATEST], *rows.filter(receiver=outside)[:LATEST]]
    operations = sorted(found, key=lambda row: (row.posted_at, row.pk), reverse=True)[:LATEST]
    registered = ChainOp.objects.filter(asset_id=asset.pk, kind=ChainOpKind.CREATE_ASSET).select_related("chain_tx").first()
    registration = settlement(registered) if registered else None
    wallets = AssetWallets.objects.filter(asset=asset).exists()
    return {
        "supply": supply(asset),
        "stock": available(issuing_wallet(asset), asset, now=timezone.now()) if wallets else None,
        "registration": registration,
        "steps": settlement_steps(registration) if registration else [],
        "operations": operation_rows(operations, settlements_of(row.pk for row in operations)),
    }


def wallet_lines(asset: Asset) -> list[tuple[Any, Any]]:
    """The asset's wallets, for its summary (AST-01)."""
    wallets = AssetWallets.objects.filter(asset=asset).select_related("issuing_wallet", "beneficiary_wallet").first()
    if wallets is None:
        return []
    return [
        (
            label,
            format_html(
                '<a href="{}">{}</a> {}', reverse("wallet-detail", args=[wallet.reference]), wallet, cells.address_html(wallet.address)
            ),
        )
        for label, wallet in ((_("Issuing wallet"), wallets.issuing_wallet), (_("Beneficiary wallet"), wallets.beneficiary_wallet))
    ]
