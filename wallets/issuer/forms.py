from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.registries import visible
from organisations.models import Organisation
from wallets.enums import WalletOwner

OWNERS = [(WalletOwner.ORGANISATION, WalletOwner.ORGANISATION.label), (WalletOwner.ISSUER, WalletOwner.ISSUER.label)]


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("What people call it, for example a till or a purpose.")
    )


class NewWalletForm(NameForm):
    """A wallet of an organisation or of the issuer (WAL-02)."""

    field_order = ("owner_type", "organisation", "name")
    owner_type = forms.ChoiceField(label=_("Owner"), choices=OWNERS)
    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.none(),
        to_field_name="reference",
        required=False,
        help_text=_("For an organisation's wallet."),
    )

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["organisation"].queryset = visible(Organisation, actor).filter(is_active=True).order_by("name")
        if actor.organisation_ids is not None:
            self.fields["owner_type"].choices = OWNERS[:1]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        is_organisations = data.get("owner_type") == WalletOwner.ORGANISATION
        if is_organisations and not data.get("organisation") and "organisation" not in self.errors:
            self.add_error("organisation", _("Choose the organisation."))
        if not is_organisations:
            data["organisation"] = None
        return data


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))
