from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.enums import Face, UserStatus
from accounts.models import Profile, User
from kit.filters import Choices, Criteria, Dates, Like, One, YesNo


class OfOrganisation(Like):
    """A part of the name or reference of an organisation that the person acts for, or is restricted to."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        members = User.objects.filter(memberships__organisation__search_text__icontains=value)
        return qs.filter(pk__in=members.values("pk")) if value else qs


class OwnUserFilter(Criteria):
    """Within one organisation."""

    q = Like(field_name="search_text", label=_("Name, login or reference"))
    status = Choices(choices=UserStatus.choices, label=_("Status"))
    profiles = One(queryset=Profile.objects.filter(face=Face.MERCHANT).order_by("name"), to_field_name="reference", label=_("Profile"))
    locked = YesNo(label=_("Sign-in locked"))
    last_login = Dates(label=_("Last sign-in"))
    created_at = Dates(label=_("Created"))


class UserFilter(OwnUserFilter):
    profiles = One(queryset=Profile.objects.order_by("name"), to_field_name="reference", label=_("Profile"))
    organisation = OfOrganisation(label=_("Organisation"))
    face = Choices(choices=Face.choices, label=_("Face"))


class ProfileFilter(Criteria):
    name = Like(min_length=1, label=_("Name"))
    face = Choices(choices=Face.choices, label=_("Face"))
    is_default = YesNo(label=_("Comes with the instance"))
