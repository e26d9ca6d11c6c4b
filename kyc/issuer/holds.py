"""What waits for a case's client, beside the case; and the case beside what waits for it (LIM-09, KYC-09)."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from core.registries import extend, visible
from kit import cells
from kit.details import DetailPage, Tab
from kyc.enums import Right
from kyc.models import Case
from transactions.enums import Right as TransactionRight
from transactions.issuer.holds.tabs import holds_of

SHOWN = 3


def of_case(page: DetailPage) -> dict[str, Any]:
    return holds_of(page.request.user, page.object.client)


def cases_of(page: DetailPage) -> list[tuple[Any, Any]]:
    """The client's newest cases, for the page of a held transaction."""
    person = page.request.user
    if not person.has_right(Right.KYC_SEE):
        return []
    cases = visible(Case, person).filter(client=page.object.client_id).order_by("-opened_at", "-id")[:SHOWN]
    links = [(reverse("kyc-case-detail", args=[case.reference]), case.reference, cells.badge_of(case)) for case in cases]
    return [
        (_("KYC cases"), format_html_join(" ", '<a class="mono" href="{}">{}</a> {}', links) if links else format_html("{}", _("none")))
    ]


def register() -> None:
    tab = Tab("holds", _("On hold"), "transactions/holds_tab.html", right=TransactionRight.HOLDS_SEE, context=of_case)
    extend("kyc.issuer.views.CaseDetail", "tab", tab)
    extend("transactions.issuer.holds.views.HoldDetail", "fact", cases_of)
