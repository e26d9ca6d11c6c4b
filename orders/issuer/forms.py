from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind, AssetStatus
from assets.models import Asset
from clients.models import Client
from core.actors import Actor
from core.references import clean_reference
from core.registries import visible
from kit.filters import PlainDecimal, SearchText
from orders.enums import PaymentMethod


class CommentForm(forms.Form):
    """A comment that stays in the timeline."""

    comment = SearchText(label=_("Comment"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(forms.Form):
    """The same where a reason is asked for."""

    comment = SearchText(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class RefusalForm(ReasonForm):
    """The same where the client is told it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["comment"].help_text = _("The client reads it in the mail.")


class OrderForm(forms.Form):
    """An order for a client (ORD-07)."""

    client = SearchText(label=_("Client"), max_length=254, help_text=_("The client's reference or e-mail address."))
    asset = forms.ModelChoiceField(queryset=Asset.objects.none(), label=_("Asset"), empty_label=_("Choose one"))
    quantity = PlainDecimal(label=_("Quantity"))
    currency = forms.ModelChoiceField(queryset=Asset.objects.none(), label=_("Paid in"), empty_label=_("Choose one"))
    payment_method = forms.ChoiceField(choices=PaymentMethod.choices, label=_("Payment method"))
    comment = SearchText(label=_("Comment"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        usable = visible(Asset, actor).filter(status=AssetStatus.ACTIVE).order_by("code")
        self.fields["asset"].queryset = usable.filter(kind=AssetKind.DIGITAL)
        self.fields["currency"].queryset = usable.filter(kind=AssetKind.CURRENCY)

    def clean_client(self) -> Client:
        text = self.cleaned_data["client"]
        clients = visible(Client, self.actor)
        found = clients.filter(email__iexact=text) if "@" in text else clients.filter(reference=clean_reference(text) or text)
        # A test client may have a live one's address: the live one is meant.
        client = found.order_by("is_test").first()
        if client is None:
            raise forms.ValidationError(_("No client has this reference or e-mail address."))
        return client


class PaymentForm(forms.Form):
    """Money seen on the bank's statement."""

    amount = PlainDecimal(label=_("Amount received"))
    bank_reference = SearchText(label=_("Bank's reference"), max_length=80, help_text=_("As the statement names it; each counts once."))
    received_date = forms.DateField(label=_("Received on"), widget=forms.DateInput(attrs={"type": "date"}))
    comment = SearchText(label=_("Comment"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_received_date(self) -> Any:
        day = self.cleaned_data["received_date"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day


class PaidBackForm(forms.Form):
    """The transfer that paid a refund back."""

    bank_reference = SearchText(label=_("Bank's reference"), max_length=80)
    comment = SearchText(label=_("Comment"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
