"""An asset's figures on its page: who holds it, how it moves, when it expires (AST-09). Every figure leads to a list."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.utils import OperationalError
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from assets.models import Asset
from kit import cells
from kit.charts import Chart, label_of
from kit.details import DetailPage
from kit.timeouts import statement_timeout
from ledger.enums import OperationType
from ledger.figures import ISSUING, SPANS, Span, as_of, read_figures
from ledger.holders import Bucket, Holders, holders, lot_buckets
from ledger.services.posting import local_date
from wallets.enums import Right as WalletRight
from wallets.enums import WalletOwner

USUAL_SPAN = "30d"
TIMEOUT_MS = 3000  # for what is added up over a crowd's wallets or lots


@dataclass(frozen=True)
class Figure:
    label: str
    value: SafeString
    url: str
    note: str = ""


def figures_tab(page: DetailPage) -> dict[str, Any]:
    asset, now = page.object, timezone.now()
    span = SPANS.get(page.request.GET.get("span", ""), SPANS[USUAL_SPAN])
    sees_wallets = page.request.user.has_right(WalletRight.WALLETS_SEE)
    held: Holders | None = None
    lots: list[tuple[Bucket, str]] = []
    try:
        with statement_timeout(TIMEOUT_MS):
            held = holders(asset)
            if asset.expires and sees_wallets:
                lots = [(one, lots_address(asset, one)) for one in lot_buckets(asset, today=local_date(now))]
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
    return {
        "figures": figures_of(asset, held, sees_wallets=sees_wallets) if held else [],
        "as_of": as_of(now),
        "charts": [] if asset.is_test else [chart_of(asset, span=span, now=now)],
        "spans": [(one, page.here(tab="figures", span=one.code)) for one in SPANS.values()],
        "span": span,
        "lots": lots,
        "sees_lots": sees_wallets and asset.expires,
    }


def figures_of(asset: Asset, held: Holders, *, sees_wallets: bool) -> list[Figure]:
    def figure(label: str, quantity: Decimal, url: str, note: str = "") -> Figure:
        return Figure(label, cells.amount_html(quantity, asset), url, note)

    def wallets(*owners: WalletOwner) -> str:
        criteria = [("asset", asset.code), *(("owner_type", owner) for owner in owners)]
        return f"{reverse('wallet-list')}?{urlencode(criteria)}" if sees_wallets else ""

    def moved(*types: OperationType) -> str:
        return (
            f"{reverse('transaction-list')}?{urlencode([('asset', asset.code), ('status', 'posted'), *(('type', one) for one in types)])}"
        )

    made = (
        [
            figure(_("Issued"), held.issued, moved(*ISSUING)),
            figure(_("Burnt"), held.burnt, moved(OperationType.BURNING)),
        ]
        if held.is_counted
        else []
    )
    others = (WalletOwner.ORGANISATION, WalletOwner.CLIENT, WalletOwner.SYSTEM)
    shown = [
        *made,
        figure(_("Circulating"), held.circulating, wallets(*others), _("in other hands than the issuer's")),
        figure(_("Held by the issuer"), held.of(WalletOwner.ISSUER), wallets(WalletOwner.ISSUER)),
        figure(_("Held by merchants"), held.of(WalletOwner.ORGANISATION), wallets(WalletOwner.ORGANISATION)),
        figure(_("Held by clients"), held.of(WalletOwner.CLIENT), wallets(WalletOwner.CLIENT)),
    ]
    system = held.of(WalletOwner.SYSTEM)
    return [*shown, figure(_("Held by system accounts"), system, wallets(WalletOwner.SYSTEM))] if system else shown


def chart_of(asset: Asset, *, span: Span, now: Any) -> Chart:
    """The asset's transactions by hour, day or week; the last point is what has come since the last full one."""
    figures = read_figures([asset], span=span, now=now)[asset.pk]
    labels = [label_of(start, hours=span.hours) for start in [*span.starts(now), span.end(now)]]
    counts = [*(figures.bins.get(number, 0) for number in range(span.bins)), figures.since.count]
    title = {1: _("Transactions by hour"), 24: _("Transactions by day")}.get(span.hours, _("Transactions by week"))
    return Chart(
        id="chart-asset",
        title=title,
        data={"type": "line", "labels": labels, "series": [{"label": asset.code, "values": counts}]},
        heads=[_("From"), _("Transactions")],
        rows=[[label, cells.plain_amount(Decimal(count), 0)] for label, count in zip(labels, counts, strict=True)],
        is_empty=not any(counts),
    )


def lots_address(asset: Asset, bucket: Bucket) -> str:
    ends = {"expires_on_from": bucket.first, "expires_on_to": bucket.last}
    criteria = {"asset": asset.code} | {name: day.isoformat() for name, day in ends.items() if day}
    return f"{reverse('lot-list')}?{urlencode(criteria)}"
