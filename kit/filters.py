"""Search criteria of lists: django-filter filters that draw fast, say what they search and never break on bad input.

class OrderFilter(Criteria):
    q = Like(label=_("Name or reference"), field_name="search_text")
    status = Choices(label=_("Status"), choices=OrderStatus.choices)
    created_at = Dates(label=_("Created"))
    quantity = Amounts(label=_("Quantity"))
"""

from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.amounts import MAX_DECIMALS, MAX_WHOLE_DIGITS, PLAIN_DECIMAL
from kit import cells

MAX_TEXT = 200
LONG_CHOICE = 6  # more values than that are asked for when their drop-down opens


class SearchText(forms.CharField):
    """One line of text; a NUL or a lone surrogate, which PostgreSQL can't hold, is an error at the field."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": MAX_TEXT, **options})

    def clean(self, value: Any) -> str:
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise forms.ValidationError(_("This text holds characters that nothing can contain.")) from None
        return str(super().clean(value))


class PlainDecimal(forms.DecimalField):
    """Plain digits with one point; Django's own takes 1e3 and other scripts' digits too."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        text = str(value).strip()
        if len(text) > MAX_WHOLE_DIGITS + MAX_DECIMALS + 1 or not PLAIN_DECIMAL.fullmatch(text):
            raise forms.ValidationError(_("Write the amount with digits and at most one point, for example 1250.50."))
        return super().to_python(text)


class RangeField(forms.MultiValueField):
    """Two joined fields, "from" and "to"; from after to is an error said at the field."""

    def __init__(self, *, fields: tuple[forms.Field, forms.Field], **options: Any) -> None:
        for field in fields:
            field.required = False  # one end alone is a range too
        super().__init__(fields=fields, widget=RangeWidget(), require_all_fields=False, **{"required": False, **options})

    def compress(self, data_list: list[Any]) -> tuple[Any, Any] | None:
        low, high = (*data_list, None, None)[:2]
        if low is not None and high is not None and low > high:
            raise forms.ValidationError(_("“From” lies after “to”."))
        return (low, high) if low is not None or high is not None else None


class RangeWidget(forms.MultiWidget):
    def __init__(self) -> None:
        super().__init__(widgets={"from": forms.TextInput(), "to": forms.TextInput()})

    def decompress(self, value: Any) -> list[Any]:
        return list(value) if value else [None, None]


class Like(django_filters.Filter):
    """A part of a name, without regard to case (by a trigram index on `upper(field)`). At least three characters."""

    field_class, kind = SearchText, "text"

    def __init__(self, *, min_length: int = 3, **options: Any) -> None:
        super().__init__(min_length=min_length, **options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__icontains": value}) if value else qs


class Exact(django_filters.Filter):
    """The whole value, as it stands (`upper=True`: written in any case)."""

    field_class, kind = SearchText, "text"

    def __init__(self, *, upper: bool = False, **options: Any) -> None:
        self.upper = upper
        super().__init__(**options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{self.field_name: value.upper() if self.upper else value}) if value else qs


class Prefix(django_filters.Filter):
    """The beginning of an identifier."""

    field_class, kind = SearchText, "text"

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__startswith": value}) if value else qs


class Choices(django_filters.MultipleChoiceFilter):
    """One or more of a few fixed values: a compact drop-down with ticks."""

    kind = "choices"

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class One(django_filters.ModelChoiceFilter):
    """One of a few rows, for example an asset. Not for tables of thousands."""

    kind = "one"


class Pick(django_filters.ChoiceFilter):
    """One of many fixed values: a plain select, which weighs less than ticks."""

    kind = "one"

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{self.field_name: value}) if value else qs


class YesNo(django_filters.ChoiceFilter):
    kind = "one"

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[("yes", _("Yes")), ("no", _("No"))], **options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{self.field_name: value == "yes"}) if value else qs


class Dates(django_filters.Filter):
    """Days in the person's zone, both ends included, on a date-and-time column."""

    field_class, kind = RangeField, "dates"

    def __init__(self, **options: Any) -> None:
        formats = ["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d.%m.%Y"]
        super().__init__(
            fields=(forms.DateField(input_formats=formats, required=False), forms.DateField(input_formats=formats, required=False)),
            **options,
        )

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        low, high = value or (None, None)
        zone = timezone.get_current_timezone()
        try:
            if low:
                qs = qs.filter(**{f"{self.field_name}__gte": datetime.combine(low, time.min, zone)})
            if high:
                qs = qs.filter(**{f"{self.field_name}__lt": datetime.combine(high + timedelta(days=1), time.min, zone)})
        except (OverflowError, ValueError):  # the years 1 and 9999, shifted by a zone
            return qs.none()
        return qs

    @staticmethod
    def ready_ranges() -> list[tuple[Any, str, str]]:
        """(label, from, to) of today, 7 days, this month and last month, in the person's zone."""
        today = timezone.localdate()
        month = today.replace(day=1)
        before = (month - timedelta(days=1)).replace(day=1)
        ranges = [
            (_("Today"), today, today),
            (_("7 days"), today - timedelta(days=6), today),
            (_("This month"), month, today),
            (_("Last month"), before, month - timedelta(days=1)),
        ]
        return [(label, low.isoformat(), high.isoformat()) for label, low, high in ranges]


class Days(Dates):
    """A range of days on a column of days, both ends included."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        low, high = value or (None, None)
        criteria = {f"{self.field_name}__gte": low, f"{self.field_name}__lte": high}
        return qs.filter(**{name: day for name, day in criteria.items() if day})


class Amounts(django_filters.Filter):
    """A range of quantities, both ends included."""

    field_class, kind = RangeField, "amounts"

    def __init__(self, **options: Any) -> None:
        super().__init__(fields=(PlainDecimal(required=False), PlainDecimal(required=False)), **options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        low, high = value or (None, None)
        if low is not None:
            qs = qs.filter(**{f"{self.field_name}__gte": low})
        if high is not None:
            qs = qs.filter(**{f"{self.field_name}__lte": high})
        return qs


class Criteria(django_filters.FilterSet):
    """The search form of a list. All criteria are empty by default; several are joined by "and"."""

    shown = 3  # how many stand in the row; the others behind "More criteria"

    def chips(self, address: Any) -> list[dict[str, Any]]:
        """What is set, each with the address that takes it away: {"label", "value", "url"}."""
        if not self.form.is_valid():
            return []
        found = []
        for name, criterion in self.filters.items():
            value = self.form.cleaned_data.get(name)
            if value not in (None, "", [], ()) and not (isinstance(value, QuerySet) and not value):
                found.append({"label": criterion.label, "value": in_words(criterion, value), "url": address(without=self.parameters(name))})
        return found

    def parameters(self, name: str) -> list[str]:
        """The names in the address that belong to a criterion."""
        return [f"{name}_from", f"{name}_to"] if self.filters[name].kind in ("dates", "amounts") else [name]

    def every_parameter(self) -> list[str]:
        return [parameter for name in self.filters for parameter in self.parameters(name)]

    def is_set(self) -> bool:
        return any(self.data.get(parameter) for parameter in self.every_parameter())

    @cached_property
    def drawn(self) -> list[dict[str, Any]]:
        """What the templates need of each criterion, without the cost of Django's widget templates."""
        drawn = []
        for name, criterion in self.filters.items():
            one: dict[str, Any] = {"name": name, "label": criterion.label, "kind": criterion.kind, "value": self.data.get(name, "")}
            match criterion.kind:
                case "choices":
                    choices, chosen = [(str(value), label) for value, label in self.form.fields[name].choices], self.data.getlist(name)
                    one |= {"choices": choices, "value": chosen, "is_long": len(choices) > LONG_CHOICE}
                    one["ticked"] = [choice for choice in choices if choice[0] in chosen]
                case "one":
                    choices = self.form.fields[name].choices
                    one["choices"] = [(str(value), label) for value, label in choices if value]
                case "dates" | "amounts":
                    one |= {"low": self.data.get(f"{name}_from", ""), "high": self.data.get(f"{name}_to", "")}
                    if criterion.kind == "dates":
                        one |= {end: day_of(self.form.fields[name].fields[0], one[end]) for end in ("low", "high")}
                    one["ready_ranges"] = Dates.ready_ranges() if criterion.kind == "dates" else []
            drawn.append(one)
        return drawn

    def shown_criteria(self) -> list[dict[str, Any]]:
        return self.drawn[: self.shown]

    def more_criteria(self) -> list[dict[str, Any]]:
        return self.drawn[self.shown :]

    def more_open(self) -> bool:
        return any(self.data.get(parameter) for name in list(self.filters)[self.shown :] for parameter in self.parameters(name))


def day_of(field: forms.Field, text: str) -> str:
    """The day as a browser's date field takes it, "" for what is no day (the criterion's error says so)."""
    try:
        day = field.clean(text)
    except forms.ValidationError:
        return ""
    return day.isoformat() if day else ""


def in_words(criterion: Any, value: Any) -> str:
    """A criterion's value in words."""
    if isinstance(criterion, (Choices, django_filters.ChoiceFilter)) and not isinstance(criterion, One):
        labels = dict(criterion.field.choices)
        return ", ".join(str(labels.get(one, one)) for one in ([value] if isinstance(value, str) else value))
    if isinstance(value, tuple):
        low, high = (cells.plain_amount(end, 0) if criterion.kind == "amounts" and end is not None else end for end in value)
        low, high = (f"{end:%Y/%m/%d}" if hasattr(end, "year") else end for end in (low, high))
        return f"{low} – {high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
    return str(value)
