"""The form of a transfer by hand (LED-06)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetStatus
from assets.models import Asset
from core.actors import Actor
from core.references import clean_reference
from core.registries import visible
from kit.filters import PlainDecimal, SearchText
from wallets.enums import WalletOwner
from wallets.models import Wallet

LARGEST_COUNT = 1_000_000


def wallet_named(text: str, actor: Actor) -> Wallet:
    """The wallet of this reference or whole address. Raises ValidationError."""
    text = text.strip()
    wallets = visible(Wallet, actor).exclude(owner_type=WalletOwner.OUTSIDE).select_related("client", "organisation")
    found = wallets.filter(address__iexact=text) if text[:2].lower() == "0x" else wallets.filter(reference=clean_reference(text) or text)
    wallet = found.first()
    if wallet is None:
        raise forms.ValidationError(_("No wallet has this reference or address."))
    return wallet


class TransferForm(forms.Form):
    asset = forms.ModelChoiceField(queryset=Asset.objects.none(), label=_("Asset"), to_field_name="code")
    sender = SearchText(label=_("Sender"), max_length=60, help_text=_("The wallet's reference or its whole address."))
    receiver = SearchText(label=_("Receiver"), max_length=60, help_text=_("The wallet's reference or its whole address."))
    quantity = PlainDecimal(label=_("Quantity"))
    comment = SearchText(label=_("Comment"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    expires_on = forms.DateField(
        label=_("Expiry date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Only where an end-user receives an asset that expires. Empty: as the asset says."),
    )  # fmt: skip
    count = forms.IntegerField(
        label=_("Transactions"), required=False, min_value=0, max_value=LARGEST_COUNT,
        help_text=_("Only where an end-user receives an asset that limits them. Empty: as the asset says."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        self.fields["asset"].queryset = visible(Asset, actor).order_by("code")
        self.fields["asset"].label_from_instance = lambda asset: (
            f"{asset.code} · {asset.label}" if asset.status == AssetStatus.ACTIVE else f"{asset.code} · {_('deactivated')}"
        )

    def clean_sender(self) -> Wallet:
        return wallet_named(self.cleaned_data["sender"], self.actor)

    def clean_receiver(self) -> Wallet:
        return wallet_named(self.cleaned_data["receiver"], self.actor)
