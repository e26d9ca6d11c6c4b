"""A client's cases on its page (KYC-01)."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from core.registries import extend, visible
from kit.details import DetailPage, Tab
from kyc.enums import Right
from kyc.issuer.dialogs import SetLevel
from kyc.models import Case
from kyc.selectors import decided_by

SHOWN = 20


def of_client(page: DetailPage) -> dict[str, Any]:
    cases = visible(Case, page.request.user).filter(client=page.object).select_related("tier", "fee_asset", "decided_by")
    rows = list(cases.order_by("-opened_at", "-id")[:SHOWN])
    return {"cases": [(case, decided_by(case)) for case in rows], "all_cases": urlencode({"client": page.object.reference})}


def register() -> None:
    client_page = "clients.issuer.views.ClientDetail"
    extend(client_page, "tab", Tab("kyc", _("KYC"), "kyc/tab.html", right=Right.KYC_SEE, context=of_client))
    extend(client_page, "action", SetLevel)
