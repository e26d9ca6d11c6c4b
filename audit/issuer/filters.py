"""Search by date, user, type, object and organisation (AUD-02)."""

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit.registry import known_actions
from core.actors import ActorType
from core.subjects import type_label
from kit.filters import Choices, Criteria, Dates, Exact, Pick, SearchText
from kit.subjects import pages_of_subjects

PEOPLE_AT_MOST = 50
SHORTEST_PART = 3


class Who(django_filters.Filter):  # type: ignore[misc]  # the library has no types
    """An actor's public label as it stands, or a part of a user's name or e-mail address."""

    field_class, kind = SearchText, "text"

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        found = Q(actor_label=value) | Q(actor_label=value.upper())
        if len(value) >= SHORTEST_PART:
            people = get_user_model().objects.filter(search_text__icontains=value).values_list("pk", flat=True)[:PEOPLE_AT_MOST]
            found |= Q(actor_type=ActorType.USER, actor_id__in=[str(pk) for pk in people])
        return qs.filter(found)


def kinds_of_objects() -> list[tuple[str, str]]:
    """Everything that has a page of its own."""
    return sorted(((label, type_label(label).capitalize()) for label in pages_of_subjects()), key=lambda kind: kind[1])


class EventFilter(Criteria):
    subject_reference = Exact(upper=True, label=_("Object's reference"))
    who = Who(label=_("Who"))
    at = Dates(label=_("Time"))
    action = Choices(choices=lambda: list(known_actions().items()), label=_("Event"))
    actor_type = Choices(choices=ActorType.choices, label=_("Kind of actor"))
    organisation = Exact(upper=True, label=_("Organisation"))
    subject_type = Pick(choices=kinds_of_objects, label=_("Kind of object"))
    address = Exact(label=_("Address"))
    request_id = Exact(label=_("Request"))
