from django.utils.translation import gettext_lazy as _

from kit.filters import Criteria, Dates, Like, YesNo


class OrganisationFilter(Criteria):
    """ORG-02."""

    q = Like(field_name="search_text", label=_("Name or reference"))
    created_at = Dates(label=_("Created"))
    is_active = YesNo(label=_("Active"))


class KeyFilter(Criteria):
    q = Like(field_name="search_text", label=_("Name, beginning or reference"))
    is_test = YesNo(label=_("Test mode"))
    created_at = Dates(label=_("Created"))
