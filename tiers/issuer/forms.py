"""Forms of dictionaries, price lists, fees and clients' terms. The services say what is refused; here stands what can be typed."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from assets.selectors import currencies
from clients.enums import ClientType
from core import instance
from kit.filters import PlainDecimal
from tiers.enums import CLIENT_OPERATIONS, LEVELS, Check, DictionaryType, Direction, Payer, Period, Provider
from tiers.models import DictionaryEntry, PriceList
from tiers.models.prices import MOST_PERCENT
from tiers.services.assignment import REASON

OPERATIONS = [(one.value, one.label) for one in CLIENT_OPERATIONS]
LEVEL_CHOICES = [(str(level), str(level)) for level in LEVELS]
IS_TIER = {"data-only-when": f"type={DictionaryType.VERIFICATION_LEVEL}"}


def day(label: Any, help_text: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, help_text=help_text, widget=widget)


def start_of(chosen: date | None) -> datetime | None:
    """The day's beginning in the instance's time zone; nothing where nothing, or today, was chosen: from now on."""
    zone = instance.time_zone()
    if chosen is None or chosen == datetime.now(zone).date():
        return None
    return datetime.combine(chosen, time.min, zone)


def end_of(chosen: date | None) -> datetime | None:
    """The day's end: it still counts."""
    return None if chosen is None else datetime.combine(chosen + timedelta(days=1), time.min, instance.time_zone())


def last_day(ends: datetime | None) -> date | None:
    return None if ends is None else (ends.astimezone(instance.time_zone()) - timedelta(microseconds=1)).date()


# --- dictionaries ----------------------------------------------------------------------------------------------------


class LabelForm(forms.Form):
    """What every entry has."""

    label = forms.CharField(label=_("Label"), max_length=60)
    description = forms.CharField(label=_("Description"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    order = forms.IntegerField(label=_("Order"), initial=0, min_value=0, max_value=1000, help_text=_("Lower ones are offered first."))


class TierForm(LabelForm):
    """What a tier has besides (TIE-02, TIE-07)."""

    provider = forms.ChoiceField(
        label=_("KYC provider"), choices=Provider.choices, help_text=_("Who verifies clients that must reach this level first.")
    )
    provider_level = forms.CharField(
        label=_("Provider's level"), max_length=80, required=False, help_text=_("The level's name at Sumsub, as it stands there.")
    )
    checks = forms.MultipleChoiceField(
        label=_("Checks"), choices=Check.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("What the provider verifies. A manual provider has none."),
    )  # fmt: skip
    operations = forms.MultipleChoiceField(
        label=_("Operations that it opens"), choices=OPERATIONS, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all of them."),
    )  # fmt: skip
    assets = forms.ModelMultipleChoiceField(
        label=_("Assets that it opens"), queryset=Asset.objects.none(), to_field_name="code", required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: all of them."),
    )  # fmt: skip

    def __init__(self, *args: Any, assets: QuerySet[Asset], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["assets"].queryset = assets


class NewEntryForm(TierForm):
    """The type decides what else there is to fill in."""

    field_order = ("type", "client_type", "level", "label", "description", "order")
    type = forms.ChoiceField(label=_("Type"), choices=DictionaryType.choices)
    client_type = forms.ChoiceField(label=_("Client type"), choices=ClientType.choices)
    level = forms.ChoiceField(
        label=_("Level"), choices=[("", "—"), *LEVEL_CHOICES], required=False, help_text=_("The verification level that gets this label.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("level", "provider", "provider_level", "checks", "operations", "assets"):
            self.fields[name].widget.attrs |= IS_TIER

    def clean_level(self) -> int | None:
        return int(self.cleaned_data["level"]) if self.cleaned_data["level"] else None


# --- price lists and fees --------------------------------------------------------------------------------------------


class EditPriceListForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    currency = forms.ModelChoiceField(
        label=_("Currency"),
        queryset=Asset.objects.none(),
        to_field_name="code",
        help_text=_("Where fees in several are set, this one is charged."),
    )
    is_default = forms.BooleanField(label=_("Default: holds for every client that has none of its own"), required=False)
    is_active = forms.BooleanField(label=_("Active"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["currency"].queryset = currencies().filter(is_test=False)


class PriceListForm(EditPriceListForm):
    field_order = ("name", "client_type", "currency", "is_default")
    client_type = forms.ChoiceField(label=_("Client type"), choices=ClientType.choices)
    is_active = None  # it is: there is nothing to ask


class TimesForm(forms.Form):
    valid_from = day(_("Valid from"), _("Empty: from now on."))
    valid_to = day(_("Valid to"), _("The last day. Empty: until it is ended."))


class FeeForm(TimesForm):
    """What the form of every fee of a price list begins with: the list, prefilled and changeable (FEE-02)."""

    price_list = forms.ModelChoiceField(label=_("Price list"), queryset=PriceList.objects.none(), to_field_name="reference")
    currency = forms.ModelChoiceField(
        label=_("Currency"), queryset=Asset.objects.none(), to_field_name="code",
        help_text=_("The price list's own is the one that is charged where it has a fee."),
    )  # fmt: skip

    def __init__(self, *args: Any, price_lists: QuerySet[PriceList], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price_list"].queryset = price_lists
        if "currency" in self.fields:
            self.fields["currency"].queryset = currencies().filter(is_test=False)


class LevelFeeForm(FeeForm):
    """Details, then amounts, as document 002 has them."""

    field_order = ("price_list", "name", "label", "direction", "level", "valid_from", "valid_to", "currency", "amount")
    name = forms.CharField(
        label=_("Name"), max_length=60, required=False, help_text=_("The same as the tier's label. Empty: it is filled in from the level.")
    )
    label = forms.CharField(label=_("Label"), max_length=60, required=False, help_text=_("What clients read in web and mobile."))
    direction = forms.ChoiceField(label=_("Operation"), choices=Direction.choices)
    level = forms.TypedChoiceField(label=_("Verification level"), choices=LEVEL_CHOICES, coerce=int)
    amount = PlainDecimal(
        label=_("Fixed fee"), max_digits=38, decimal_places=18, help_text=_("Charged once with the change. 0: it is free.")
    )


class RecurringFeeForm(FeeForm):
    field_order = ("price_list", "tier", "period", "valid_from", "valid_to", "currency", "amount")
    tier = forms.ModelChoiceField(label=_("Tier"), queryset=DictionaryEntry.objects.none(), to_field_name="reference")
    period = forms.ChoiceField(
        label=_("Period"), choices=Period.choices, help_text=_("Counted from the day on which the client came to the tier.")
    )
    amount = PlainDecimal(label=_("Amount"), max_digits=38, decimal_places=18)

    def __init__(self, *args: Any, tiers: QuerySet[DictionaryEntry], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tier"].queryset = tiers


class CommissionForm(TimesForm):
    """An asset's default commission: the asset is known."""

    field_order = ("type", "payer", "fixed", "percentage", "minimum", "maximum", "valid_from", "valid_to")
    type = forms.ChoiceField(label=_("Operation"), choices=OPERATIONS)
    payer = forms.ChoiceField(label=_("Paid by"), choices=Payer.choices, help_text=_("On top of what is sent, or out of what is received."))
    fixed = PlainDecimal(label=_("Fixed"), max_digits=38, decimal_places=18, required=False, help_text=_("Units of the asset."))
    percentage = PlainDecimal(label=_("Percentage"), max_digits=7, decimal_places=4, max_value=MOST_PERCENT, required=False)
    minimum = PlainDecimal(label=_("Minimum"), max_digits=38, decimal_places=18, required=False)
    maximum = PlainDecimal(label=_("Maximum"), max_digits=38, decimal_places=18, required=False)


class OperationFeeForm(CommissionForm, FeeForm):
    field_order = ("price_list", "type", "asset", *CommissionForm.field_order[1:])
    currency = None  # an operation fee is in the operation's own asset
    asset = forms.ModelChoiceField(label=_("Asset"), queryset=Asset.objects.none(), to_field_name="code")

    def __init__(self, *args: Any, assets: QuerySet[Asset], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["asset"].queryset = assets


class EndFeeForm(forms.Form):
    at = day(_("Last day"), _("Empty: it ends now."))


# --- a client's terms ------------------------------------------------------------------------------------------------

WITH_FEE = [("no", _("Without: the reason is kept")), ("yes", _("With: it is charged at once"))]
NONE = "0"  # tier 0, no subtype, the default price list: chosen like the others, so that nothing left out means it


class OneOrNone(forms.ChoiceField):
    """A row of the queryset by its reference, or None by a choice of its own."""

    def __init__(self, *, none: Any, **options: Any) -> None:
        super().__init__(**options)
        self.none = none
        self.found: dict[str, Any] = {}

    def offer(self, rows: QuerySet[Any], *, by_type: bool = False) -> None:
        self.found = {row.reference: row for row in rows}
        words = {reference: f"{row} · {row.get_client_type_display()}" if by_type else str(row) for reference, row in self.found.items()}
        self.choices = [("", "—"), (NONE, self.none), *words.items()]

    def clean(self, value: Any) -> Any:
        return self.found.get(super().clean(value))


class TierChoiceForm(forms.Form):
    tier = OneOrNone(label=_("Tier"), none=_("Tier 0"))
    with_fee = forms.ChoiceField(label=_("Fee"), choices=WITH_FEE, widget=forms.RadioSelect, initial="no")
    reason = forms.CharField(
        label=_("Reason"), max_length=REASON, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the client's tier history; the client doesn't see it."),
    )  # fmt: skip

    def __init__(self, *args: Any, tiers: QuerySet[DictionaryEntry], by_type: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tier"].offer(tiers, by_type=by_type)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("with_fee") == "no" and not data.get("reason"):
            self.add_error("reason", _("Say why no fee is asked."))
        return data


class KindForm(forms.Form):
    kind = OneOrNone(label=_("Type"), none=_("None"))

    def __init__(self, *args: Any, kinds: QuerySet[DictionaryEntry], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].offer(kinds)


class PriceListChoiceForm(forms.Form):
    price_list = OneOrNone(label=_("Price list"), none=_("The default of the client's type"))

    def __init__(self, *args: Any, price_lists: QuerySet[PriceList], by_type: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["price_list"].offer(price_lists, by_type=by_type)
