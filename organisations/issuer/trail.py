"""What organisations add to the audit trail: its criterion takes their names too (AUD-02)."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.registries import extend, visible
from kit.filters import Like
from organisations.models import Organisation

AT_MOST = 50


class OfOrganisation(Like):
    """A reference as it stands, or a part of a name."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        named = visible(Organisation, self.parent.request.user).filter(search_text__icontains=value)
        return qs.filter(Q(organisation=value.upper()) | Q(organisation__in=list(named.values_list("reference", flat=True)[:AT_MOST])))


def register() -> None:
    extend("audit.issuer.views.EventList", "filter", ("organisation", OfOrganisation(label=_("Organisation"))))
