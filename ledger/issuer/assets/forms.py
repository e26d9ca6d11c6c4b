"""Forms of creating, issuing and burning (AST-01, AST-04, AST-05)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assets.issuer.forms import CodeField
from assets.models import Asset
from assets.services import LARGEST_NUMBER
from core.amounts import MAX_DECIMALS
from kit.filters import PlainDecimal
from kit.uploads import ImageUpload
from wallets.models import Wallet
from wallets.selectors import issuer_wallets

NUMBER = {"min_value": 1, "max_value": LARGEST_NUMBER, "required": False}


class WalletChoice(forms.ModelChoiceField):
    """One of the issuer's open wallets, by its reference."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Wallet.objects.none(), to_field_name="reference", empty_label=None, **options)

    def label_from_instance(self, obj: Wallet) -> str:
        return f"{obj} ({obj.address[:6]}…{obj.address[-4:]})"


class NewAssetForm(forms.Form):
    """Everything that makes a digital asset (AST-01)."""

    code = CodeField()
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Fixed after creation."))
    label = forms.CharField(label=_("Label"), max_length=20, help_text=_("The commercial name that clients see."))
    decimals = forms.IntegerField(
        label=_("Decimals"), min_value=0, max_value=MAX_DECIMALS, initial=2, help_text=_("0 to 18. Fixed after creation.")
    )
    quantity = PlainDecimal(label=_("Quantity to issue now"))
    issuing_wallet = WalletChoice(label=_("Issuing wallet"), help_text=_("Orders take the asset from here. Fixed after creation."))
    beneficiary_wallet = WalletChoice(label=_("Beneficiary wallet"), help_text=_("Receives the first quantity. Fixed after creation."))
    max_client_balance = PlainDecimal(
        label=_("Maximum end-user wallet balance"),
        required=False,
        help_text=_("No credit lifts a client's wallet above it. Empty: no maximum."),
    )
    reissuable = forms.BooleanField(label=_("More can be issued later (fixed after creation)"), required=False)
    reissue_below = PlainDecimal(
        label=_("Reissue automatically below"),
        required=False,
        help_text=_("When the issuing wallet holds less than this, more is issued by itself."),
    )
    reissue_quantity = PlainDecimal(label=_("Quantity of each automatic reissue"), required=False)
    expires = forms.BooleanField(label=_("It expires (fixed after creation)"), required=False)
    expiration_days = forms.IntegerField(label=_("Expiration period in days"), help_text=_("After issuance to a client."), **NUMBER)
    limits_transactions = forms.BooleanField(label=_("The number of transactions is limited (fixed after creation)"), required=False)
    transaction_count = forms.IntegerField(label=_("Transaction count"), help_text=_("How often what was bought can be used."), **NUMBER)
    image = ImageUpload(required=False, help_text=_("PNG, JPEG, WebP or SVG, at most 1 MB."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("issuing_wallet", "beneficiary_wallet"):
            self.fields[name].queryset = issuer_wallets()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for switch, number in (("expires", "expiration_days"), ("limits_transactions", "transaction_count")):
            if number in self.errors:
                continue
            if data.get(switch) and not data.get(number):
                self.add_error(number, _("Say how many."))
            elif data.get(number) and not data.get(switch):
                self.add_error(switch, _("Tick this, or leave the number empty."))
        return data


class QuantityForm(forms.Form):
    """How much, in which wallet of the issuer, and why."""

    wallet = WalletChoice(label=_("Wallet"))
    quantity = PlainDecimal(label=_("Quantity"))
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, asset: Asset, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["wallet"].queryset = issuer_wallets(is_test=asset.is_test)
