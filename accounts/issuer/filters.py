from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from accounts.models import Profile
from kit.filters import Choices, Criteria, Dates, Like, One, YesNo


class UserFilter(Criteria):
    q = Like(field_name="search_text", label=_("Name, login or reference"))
    face = Choices(choices=Face.choices, label=_("Face"))
    is_active = YesNo(label=_("Active"))
    locked = YesNo(label=_("Sign-in locked"))
    profiles = One(queryset=Profile.objects.order_by("name"), to_field_name="reference", label=_("Profile"))
    last_login = Dates(label=_("Last sign-in"))
    created_at = Dates(label=_("Created"))
