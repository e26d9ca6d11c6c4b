"""The issuer's first page: figures, charts, what waits, each asset (DSH-01, DSH-02, DSH-04)."""

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from backoffice.issuer.dashboard import Dashboard
from backoffice.issuer.waiting import waiting_for
from kit.pages import SIGNED_IN, Page
from kit.paging import COUNT_CAP
from ledger.figures import SPANS


class Overview(Page):
    """Another period stands in the address (`?period=7d`)."""

    right = SIGNED_IN
    title = _("Overview")

    def get(self, request: HttpRequest) -> HttpResponseBase:
        user: User = request.user  # type: ignore[assignment]
        span = SPANS.get(request.GET.get("period", ""), SPANS["24h"])
        dashboard = Dashboard(user, span, timezone.now())
        context = {"dashboard": dashboard, "spans": SPANS.values(), "waiting": waiting_for(user), "cap": COUNT_CAP}
        return self.render("backoffice/overview.html", context)
