from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.enums import ClientStatus, ClientType, LifecycleEvent
from clients.models import Client, ClientEvent
from core.text import UnfitText, clean_phone
from kit.filters import Choices, Criteria, Dates, Exact, Like, SearchText, YesNo
from kit.periods import PeriodField


class OfClient(django_filters.Filter):
    """On lists of what belongs to a client: a part of its name, e-mail address or reference."""

    field_class, kind = SearchText, "text"

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=3, **options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(client__in=Client.objects.filter(search_text__icontains=value).values("pk")) if value else qs


class LikePart(Like):
    """A part of one name: narrowed by the trigrams of the whole search text, then by the name itself."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{"search_text__icontains": value, f"{self.field_name}__icontains": value}) if value else qs


class PhoneNumber(Exact):
    """The number however it is written (CLI-01: exact)."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        try:
            return qs.filter(phone=clean_phone(value)).exclude(phone="")
        except UnfitText:
            return qs.none()


class Level(django_filters.MultipleChoiceFilter):
    kind = "choices"

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[(str(level), str(level)) for level in range(6)], **options)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


@dataclass(frozen=True)
class InWords:
    """An event and a period, for the chip above the list."""

    event: LifecycleEvent
    period: Any

    def __str__(self) -> str:
        return f"{self.event.label}, {self.period}"


class LifecycleField(PeriodField):
    """`signed_up/2026-11-21T14:00Z/2026-11-22T14:00Z`."""

    def to_python(self, value: Any) -> Any:
        event, _slash, period = str(value or "").partition("/")
        if not event:
            return None
        if event not in LifecycleEvent.values or not period:
            raise forms.ValidationError(_("Write an event and a period as signed_up/2026-11-21T14:00Z/2026-11-22T14:00Z."), code="invalid")
        return InWords(LifecycleEvent(event), super().to_python(period))


class Lifecycle(django_filters.Filter):
    """Those to whom it happened in a period exact to the hour: what the overview's figures lead to (DSH-01)."""

    field_class, kind = LifecycleField, "text"

    def filter(self, qs: QuerySet[Any], value: InWords | None) -> QuerySet[Any]:
        if value is None:
            return qs
        events = ClientEvent.objects.filter(type=value.event, at__gte=value.period.start, at__lt=value.period.end)
        return qs.filter(pk__in=events.values("client_id"))


class ClientFilter(Criteria):
    """CLI-01. The address of a wallet comes from wallets; tiers come with their app."""

    q = Like(field_name="search_text", label=_("Name, login or reference"))
    status = Choices(choices=ClientStatus.choices, label=_("Status"))
    type = Choices(choices=ClientType.choices, label=_("Type"))
    email = LikePart(field_name="email", label=_("Login or e-mail address"))
    first_name = LikePart(field_name="first_name", label=_("First name"))
    last_name = LikePart(field_name="last_name", label=_("Last name"))
    company_name = LikePart(field_name="company_name", label=_("Company name"))
    phone = PhoneNumber(label=_("Phone number"))
    verification_level = Level(label=_("Verification level"))
    created_at = Dates(label=_("Created"))
    is_test = YesNo(label=_("Test mode"))
    lifecycle = Lifecycle(label=_("Event in a period"))
