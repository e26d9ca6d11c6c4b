"""Forms of assets and rates. The services say what is refused; here stands what can be typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assets.currencies import currency_choices
from assets.models import CODE, Asset
from assets.selectors import currencies
from assets.services import LARGEST_NUMBER
from core.amounts import MAX_DECIMALS
from kit.filters import PlainDecimal
from kit.uploads import ImageUpload

NUMBER = {"min_value": 1, "max_value": LARGEST_NUMBER}


class CodeField(forms.CharField):
    """An asset's code; small letters are made capital."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            min_length=3, max_length=5, help_text=_("3 to 5 capital letters or digits, unique."), **{"label": _("Code"), **options}
        )

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).upper()
        CODE(code)
        return code


class ImageForm(forms.Form):
    image = ImageUpload(
        help_text=_(
            "PNG, JPEG, WebP or SVG, at most 1 MB and 4096 pixels a side. A picture is made smaller, a drawing kept as it is; "
            "both are stripped of everything else."
        )
    )


class EditAssetForm(forms.Form):
    """What may change of this asset (AST-03)."""

    code = CodeField()
    label = forms.CharField(label=_("Label"), max_length=20, help_text=_("The commercial name that clients see."))
    max_client_balance = PlainDecimal(label=_("Maximum end-user wallet balance"), required=False, help_text=_("Empty: no maximum."))
    expiration_days = forms.IntegerField(label=_("Expiration period in days"), help_text=_("Holds for what is sold from now on."), **NUMBER)
    transaction_count = forms.IntegerField(label=_("Transaction count"), help_text=_("Holds for what is sold from now on."), **NUMBER)
    reissue_below = PlainDecimal(
        label=_("Reissue below"), required=False, help_text=_("Issue more by itself when the issuing wallet holds less.")
    )
    reissue_quantity = PlainDecimal(label=_("Reissue quantity"), required=False, help_text=_("How much each time."))

    def __init__(self, *args: Any, asset: Asset, **options: Any) -> None:
        super().__init__(*args, **options)
        absent = {
            "code": not asset.on_chain and asset.kind == "currency",
            "expiration_days": not asset.expires,
            "transaction_count": not asset.limits_transactions,
            "reissue_below": not asset.reissuable,
            "reissue_quantity": not asset.reissuable,
        }
        for name, is_absent in absent.items():
            if is_absent:
                del self.fields[name]


class PropertiesForm(forms.Form):
    """What the asset is for (AST-07)."""

    category = forms.CharField(label=_("Category"), max_length=40, required=False, help_text=_("A word of your own to sort assets by."))
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Clients read it.")
    )
    terms_url = forms.CharField(
        label=_("Terms"), max_length=300, required=False, help_text=_("A link to the terms of use; it begins with https://.")
    )
    payable = forms.BooleanField(label=_("Payable: clients pay merchants with it"), required=False)
    p2p = forms.BooleanField(label=_("P2P: clients send it to each other"), required=False)
    redeemable = forms.BooleanField(label=_("Redeemable: clients sell it back to you"), required=False)
    exchangeable = forms.BooleanField(label=_("Exchangeable: clients change it for another asset"), required=False)


class CurrencyForm(forms.Form):
    code = forms.ChoiceField(label=_("Currency"), help_text=_("Its decimals come from ISO 4217."))
    label = forms.CharField(label=_("Label"), max_length=20, required=False, help_text=_("Empty: its name in the standard."))
    max_client_balance = PlainDecimal(label=_("Maximum end-user wallet balance"), required=False, help_text=_("Empty: no maximum."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        taken = set(Asset.objects.values_list("code", flat=True))
        self.fields["code"].choices = [("", "")] + [choice for choice in currency_choices() if choice[0] not in taken]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class RateForm(forms.Form):
    rate = PlainDecimal(label=_("Rate"), max_digits=38, decimal_places=MAX_DECIMALS, help_text=_("What one unit of the asset costs."))


class NewRateForm(RateForm):
    """A currency that has no rate yet, and its rate."""

    field_order = ("currency", "rate")
    currency = forms.ModelChoiceField(label=_("Currency"), queryset=Asset.objects.none(), to_field_name="code")

    def __init__(self, *args: Any, asset: Asset, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["currency"].queryset = currencies().exclude(pk=asset.pk).exclude(pk__in=asset.rates.values("currency"))
