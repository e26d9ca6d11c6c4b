"""The charts of the issuer's first page (DSH-02)."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from assets.models import Asset
from kit.cells import plain_amount
from kit.charts import Chart, label_of
from ledger.figures import AssetFigures, Span

MOST_LINES = 4  # more can't be told apart; the smallest are put together


def charts_of(assets: list[Asset], figures: dict[int, AssetFigures], *, span: Span, now: datetime) -> list[Chart]:
    """`assets` in the order of their transactions, most first."""
    found = [(asset, figures[asset.pk]) for asset in assets]
    own_unit = _("Each bar is in its own asset's unit.")
    return [
        over_time(found, span=span, now=now),
        bars("chart-count", _("Transactions per asset"), [(a, Decimal(one.span.count), 0) for a, one in found]),
        bars("chart-amount", _("Amount per asset"), [(a, one.span.quantity, a.decimals) for a, one in found], note=own_unit),
        bars("chart-issued", _("Issued per asset, all time"), [(a, one.issued, a.decimals) for a, one in found], note=own_unit),
    ]


def over_time(found: list[tuple[Asset, AssetFigures]], *, span: Span, now: datetime) -> Chart:
    """The number of transactions by hour, day or week; one line for an asset, at most four."""
    series = [(asset.code, [one.bins.get(number, 0) for number in range(span.bins)]) for asset, one in found if one.span.count]
    if len(series) > MOST_LINES:
        rest = [values for _code, values in series[MOST_LINES - 1 :]]
        series = [*series[: MOST_LINES - 1], (_("Other assets"), [sum(values) for values in zip(*rest, strict=True)])]
    labels = [label_of(start, hours=span.hours) for start in span.starts(now)]
    title = {1: _("Transactions by hour"), 24: _("Transactions by day")}.get(span.hours, _("Transactions by week"))
    return Chart(
        id="chart-time",
        title=title,
        data={"type": "line", "labels": labels, "series": [{"label": code, "values": values} for code, values in series]},
        heads=[_("From"), *(code for code, _values in series)],
        rows=[[label, *(plain_amount(Decimal(values[place]), 0) for _code, values in series)] for place, label in enumerate(labels)],
        is_empty=not series,
    )


def bars(identifier: str, title: str, values: list[tuple[Asset, Decimal, int]], note: str = "") -> Chart:
    """The assets beside each other, largest first."""
    some = sorted((one for one in values if one[1]), key=lambda one: -one[1])
    return Chart(
        id=identifier,
        title=title,
        data={
            "type": "bar",
            "labels": [asset.code for asset, _value, _decimals in some],
            "series": [{"label": title, "values": [float(value) for _asset, value, _decimals in some]}],
        },
        heads=[_("Asset"), title],
        rows=[[f"{asset.code} · {asset.name}", plain_amount(value, decimals)] for asset, value, decimals in some],
        note=note,
        is_empty=not some,
    )
