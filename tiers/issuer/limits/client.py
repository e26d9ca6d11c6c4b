"""What a client's page shows of limits: which one covers it and why, and what is used and left of each threshold (LIM-03, LIM-11)."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.details import DetailPage, Tab
from tiers.enums import Right
from tiers.issuer.limits.views import CreatePersonalLimit
from tiers.services.limits import standing

PAGE = "clients.issuer.views.ClientDetail"


def limits_tab(page: DetailPage) -> dict[str, Any]:
    found = standing(client_id=page.object.pk, now=timezone.now())
    return {
        "covering": found.covering,
        "looks": found.looks,
        "may_edit": page.request.user.has_right(Right.TIERS_EDIT),
        "personal_url": CreatePersonalLimit.address(page.object),
    }


def register() -> None:
    extend(PAGE, "tab", Tab("limits", _("Limits"), "tiers/client_limits.html", right=Right.TIERS_SEE, context=limits_tab))
