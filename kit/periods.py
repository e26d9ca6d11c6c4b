"""A criterion exact to the hour: what a figure's link carries, so that the list behind it counts the same (DSH-02)."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.periods import Period, read_period
from kit.cells import DATE_FORMATS


class PeriodInWords(Period):
    """In the person's zone and the language's order, for the chip above the list."""

    def __str__(self) -> str:
        return f"{moment_in_words(self.start)} – {moment_in_words(self.end)}"


def moment_in_words(moment: datetime) -> str:
    pattern = DATE_FORMATS.get((get_language() or "en")[:2], DATE_FORMATS["en"])
    return timezone.localtime(moment).strftime(f"{pattern} %H:%M")


class PeriodField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            period = read_period(text)
        except ValueError:
            raise forms.ValidationError(_("Write a period as 2026-11-21T14:00Z/2026-11-22T14:00Z."), code="invalid") from None
        return PeriodInWords(period.start, period.end)


class InPeriod(django_filters.Filter):
    """The rows whose time lies in a period."""

    field_class, kind = PeriodField, "text"

    def filter(self, qs: QuerySet[Any], value: Period | None) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__gte": value.start, f"{self.field_name}__lt": value.end}) if value else qs
