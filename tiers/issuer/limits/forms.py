"""What can be typed of limits and thresholds. The services say what doesn't go together."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind
from assets.models import Asset
from clients.enums import ClientType
from clients.models import Client
from core.actors import Actor
from core.references import clean_reference
from core.registries import visible
from kit.filters import PlainDecimal, SearchText
from ledger.enums import OperationType
from tiers.enums import RECEIVED_BY_CLIENTS, SENT_BY_CLIENTS, DictionaryType, RuleType
from tiers.issuer.limits.filters import LEVEL_CHOICES
from tiers.models import DictionaryEntry
from tiers.models.limits import LONGEST_PERIOD, MOST_TRANSACTIONS
from tiers.services.limits.terms import LimitTerms, ThresholdTerms

TYPES = [(one.value, one.label) for one in OperationType if one in SENT_BY_CLIENTS or one in RECEIVED_BY_CLIENTS]


class ActorForm(forms.Form):
    """It offers what the actor may see."""

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor


class LimitForm(ActorForm):
    """Name and criteria. Person and company types, and tiers, are asked for where there are any (LIM-01)."""

    name = SearchText(label=_("Name"), max_length=80)
    description = SearchText(label=_("Description"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    level = forms.TypedChoiceField(
        label=_("Client verification level"), choices=[("", _("Any")), *LEVEL_CHOICES], required=False, coerce=int, empty_value=None,
        help_text=_("A client whose level has no limit is covered by that of the next lower level."),
    )  # fmt: skip
    client_type = forms.ChoiceField(label=_("Client type"), choices=[("", _("Any")), *ClientType.choices], required=False)
    kind = forms.ModelChoiceField(
        DictionaryEntry.objects.none(), label=_("Person or company type"), required=False, to_field_name="reference", empty_label=_("Any")
    )
    tier = forms.ModelChoiceField(
        DictionaryEntry.objects.none(), label=_("Tier"), required=False, to_field_name="reference", empty_label=_("Any"),
        help_text=_("Its client type and level come with it."),
    )  # fmt: skip
    client = SearchText(
        label=_("Client"), max_length=254, required=False,
        help_text=_("For a personal limit: the client's reference or e-mail address, and no other criterion."),
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        present = [entry.pk for entry in (self.initial.get("kind"), self.initial.get("tier")) if entry]
        offered = Q(is_active=True) | Q(pk__in=present)  # what it has already may be inactive by now
        entries = visible(DictionaryEntry, self.actor).filter(offered).order_by("client_type", "order", "label")
        for name, found in (
            ("kind", entries.exclude(type=DictionaryType.VERIFICATION_LEVEL)),
            ("tier", entries.filter(type=DictionaryType.VERIFICATION_LEVEL)),
        ):
            field: Any = self.fields[name]
            field.queryset = found
            field.label_from_instance = named
            if not found.exists():
                del self.fields[name]

    def clean_client(self) -> Client | None:
        text = self.cleaned_data["client"]
        if not text:
            return None
        clients = visible(Client, self.actor)
        found = clients.filter(email__iexact=text) if "@" in text else clients.filter(reference=clean_reference(text) or text)
        client = found.order_by("is_test").first()
        if client is None:
            raise forms.ValidationError(_("No client has this reference or e-mail address."))
        return client

    def limit_terms(self) -> LimitTerms:
        names = ("name", "description", "level", "client_type", "kind", "tier", "client")
        return LimitTerms(**{name: self.cleaned_data[name] for name in names if name in self.cleaned_data})


def named(entry: DictionaryEntry) -> str:
    level = _("%(label)s (%(type)s, level %(level)s)") if entry.level else _("%(label)s (%(type)s)")
    return level % {"label": entry.label, "type": entry.get_client_type_display(), "level": entry.level}


class ThresholdForm(ActorForm):
    """One rule (KYC-30, LIM-02)."""

    rule = forms.ChoiceField(
        label=_("Rule"), choices=RuleType.choices, help_text=_("What the client sends, receives, or holds afterwards.")
    )
    asset = forms.ModelChoiceField(Asset.objects.none(), label=_("Asset"), to_field_name="code", empty_label=_("Choose one"))
    amount = PlainDecimal(label=_("Threshold"), help_text=_("More than this passes it."))
    currency = forms.ModelChoiceField(
        Asset.objects.none(), label=_("Currency"), required=False, to_field_name="code", empty_label=_("The asset itself"),
        help_text=_("Converted at the asset's rate at that moment."),
    )  # fmt: skip
    types = forms.MultipleChoiceField(
        label=_("Transaction types"), choices=TYPES, required=False, help_text=_("None ticked: all."),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "in-columns"}),
    )  # fmt: skip
    period_days = forms.IntegerField(
        label=_("Period in days"), required=False, min_value=1, max_value=LONGEST_PERIOD,
        help_text=_("The last so many times 24 hours. Empty: each transaction alone."),
    )  # fmt: skip
    max_count = forms.IntegerField(label=_("Most transactions in the period"), required=False, min_value=1, max_value=MOST_TRANSACTIONS)
    minimum = PlainDecimal(label=_("Least of a transaction"), required=False)
    blocking = forms.BooleanField(label=_("Blocking: what passes it is refused, a purchase goes on hold"), required=False, initial=True)
    alert = forms.BooleanField(label=_("Alert: who watches the limits is told"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        assets = visible(Asset, self.actor).order_by("code")
        asset: Any = self.fields["asset"]
        currency: Any = self.fields["currency"]
        asset.queryset, currency.queryset = assets, assets.filter(kind=AssetKind.CURRENCY)

    def threshold_terms(self) -> ThresholdTerms:
        names = ("asset", "amount", "rule", "currency", "period_days", "max_count", "minimum", "blocking", "alert")
        return ThresholdTerms(types=tuple(self.cleaned_data["types"]), **{name: self.cleaned_data[name] for name in names})


class NewLimitForm(ThresholdForm, LimitForm):
    """A limit with its first threshold: without one it would bound nothing."""


class NameForm(forms.Form):
    name = SearchText(label=_("Name"), max_length=80)


class RuleForm(ThresholdForm):
    """A rule for every client of a level, whatever its type and tier."""

    field_order = ("level",)
    level = forms.TypedChoiceField(label=_("Level"), choices=LEVEL_CHOICES, coerce=int)
