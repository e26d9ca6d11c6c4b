"""What the issuer's first page shows, block by block, each only with its right and each figure with the list behind it (DSH-01, DSH-02).

Whoever is confined to organisations sees none of the instance's totals: the lists behind them would show less.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from assets.enums import AssetKind
from assets.enums import Right as AssetRight
from assets.models import Asset
from backoffice.issuer.charts import charts_of
from clients.enums import ClientStatus, LifecycleEvent
from clients.enums import Right as ClientRight
from clients.figures import Happened, lifecycle
from clients.models import Client
from core.registries import visible
from kit.cells import plain_amount
from kit.charts import Chart
from kit.paging import COUNT_CAP, capped_count
from kit.periods import moment_in_words
from ledger.enums import Right as LedgerRight
from ledger.figures import ISSUING, AssetFigures, Moved, Span, as_of, read_figures
from organisations.enums import Right as OrganisationRight
from organisations.models import Organisation

MOST_ASSETS = 12  # on one page; the others have theirs behind "all assets"


@dataclass(frozen=True)
class Difference:
    """From the span before to this one: arrow, number, and per cent where there was anything before."""

    icon: str
    number: str
    percent: str
    spoken: str


def difference(now: Decimal | int, before: Decimal | int, span: Span, decimals: int = 0) -> Difference:
    change = Decimal(now) - Decimal(before)
    number = plain_amount(abs(change), decimals)
    percent = f"{plain_amount((abs(change) * 100 / Decimal(before)).quantize(Decimal(1)), 0)} %" if before else ""
    words = {"number": f"{number} ({percent})" if percent else number, "before": span.before}
    if change > 0:
        return Difference("arrow-up", number, percent, _("%(number)s more than in %(before)s") % words)
    if change < 0:
        return Difference("arrow-down", number, percent, _("%(number)s less than in %(before)s") % words)
    return Difference("", "", "", _("as many as in %(before)s") % words)


@dataclass(frozen=True)
class Figure:
    """One number of the first row."""

    label: str
    value: str
    url: str
    difference: Difference | None = None
    note: str = ""


@dataclass(frozen=True)
class Block:
    """One asset."""

    asset: Asset
    figures: AssetFigures
    difference: Difference
    average: Decimal | None
    average_difference: Difference | None
    total_url: str
    span_url: str
    issued_url: str


def listed(name: str, **criteria: Any) -> str:
    return f"{reverse(name)}?{urlencode(criteria, doseq=True)}"


def average_of(moved: Moved, asset: Asset) -> Decimal | None:
    """In the asset's decimals, rounded down; None where nothing moved."""
    return (moved.quantity / moved.count).quantize(Decimal(1).scaleb(-asset.decimals), ROUND_DOWN) if moved.count else None


class Dashboard:
    def __init__(self, user: User, span: Span, now: datetime) -> None:
        self.user, self.span, self.now = user, span, now
        self.period, self.before = span.period(now), span.period(now, back=1)

    def may(self, right: str) -> bool:
        return self.user.organisation_ids is None and self.user.has_right(right)

    @cached_property
    def has_figures(self) -> bool:
        return any(self.may(right) for right in (LedgerRight.OPERATIONS_SEE, ClientRight.CLIENTS_SEE, OrganisationRight.ORGANISATIONS_SEE))

    @cached_property
    def has_assets(self) -> bool:
        """Whether the person sees what moves: then its blocks are there, empty or not."""
        return self.may(LedgerRight.OPERATIONS_SEE) and self.may(AssetRight.ASSETS_SEE)

    @cached_property
    def assets(self) -> list[Asset]:
        rows = visible(Asset, self.user).filter(kind=AssetKind.DIGITAL, is_test=False)
        return list(rows.order_by("code")) if self.has_assets else []

    @cached_property
    def of_asset(self) -> dict[int, AssetFigures]:
        return read_figures(self.assets, span=self.span, now=self.now) if self.assets else {}

    @cached_property
    def as_of(self) -> datetime:
        return timezone.localtime(as_of(self.now) if self.has_assets else self.now)

    @cached_property
    def end(self) -> datetime:
        return timezone.localtime(self.period.end)

    @cached_property
    def end_in_words(self) -> str:
        """The hour up to which the span reaches; with the day where that isn't today's."""
        return f"{self.end:%H:%M}" if self.end.date() == timezone.localtime(self.now).date() else moment_in_words(self.end)

    def since(self, count: int) -> str:
        if not count:
            return ""
        return ngettext("%(count)s more since", "%(count)s more since", count) % {"count": plain_amount(Decimal(count), 0)}

    def happened(self, label: str, count: int, before: int, since: int, url: str) -> Figure:
        return Figure(label, plain_amount(Decimal(count), 0), url, difference(count, before, self.span), self.since(since))

    # --- the row of figures -------------------------------------------------------------------------------------------
    def figures(self) -> list[Figure]:
        return [*self.of_operations(), *self.of_clients(), *self.of_merchants()]

    def of_operations(self) -> list[Figure]:
        if not self.has_assets:
            return []
        every = self.of_asset.values()
        total, span, before, since = (
            sum(one.count for one in ones)
            for ones in ([a.total for a in every], [a.span for a in every], [a.before for a in every], [a.since for a in every])
        )
        return [
            Figure(_("Transactions, all time"), plain_amount(Decimal(total), 0), listed("operation-list", is_test="no")),
            self.happened(_("Transactions"), span, before, since, listed("operation-list", is_test="no", period=self.period.text)),
        ]

    def of_clients(self) -> list[Figure]:
        if not self.may(ClientRight.CLIENTS_SEE):
            return []
        found = lifecycle(self.period, self.before)
        labels = {
            LifecycleEvent.SIGNED_UP: _("Sign-ups"),
            LifecycleEvent.ACTIVATED: _("Activations"),
            LifecycleEvent.DELETED: _("Deletions"),
        }
        active = capped_count(visible(Client, self.user).filter(status=ClientStatus.ACTIVE, is_test=False))
        totals = {
            LifecycleEvent.SIGNED_UP: _("%(number)s in all") % {"number": plain_amount(Decimal(found[LifecycleEvent.SIGNED_UP].total), 0)},
            LifecycleEvent.ACTIVATED: _("%(number)s active now") % {"number": capped(active)},
            LifecycleEvent.DELETED: _("%(number)s in all") % {"number": plain_amount(Decimal(found[LifecycleEvent.DELETED].total), 0)},
        }
        return [self.of_event(event, label, found[event], totals[event]) for event, label in labels.items()]

    def of_event(self, event: LifecycleEvent, label: str, happened: Happened, total: str) -> Figure:
        url = listed("client-list", is_test="no", lifecycle=f"{event}/{self.period.text}")
        note = " · ".join(part for part in (self.since(happened.since), total) if part)
        return Figure(label, plain_amount(Decimal(happened.span), 0), url, difference(happened.span, happened.before, self.span), note)

    def of_merchants(self) -> list[Figure]:
        if not self.may(OrganisationRight.ORGANISATIONS_SEE):
            return []
        return [Figure(_("Merchants"), capped(capped_count(visible(Organisation, self.user))), reverse("organisation-list"))]

    # --- assets -------------------------------------------------------------------------------------------------------
    @cached_property
    def busiest(self) -> list[Asset]:
        """The assets that are shown: those that moved most in the span, then those that ever did."""
        order = sorted(self.assets, key=lambda one: (-self.of_asset[one.pk].span.count, -self.of_asset[one.pk].total.count, one.code))
        return order[:MOST_ASSETS]

    @property
    def has_more_assets(self) -> bool:
        return len(self.assets) > MOST_ASSETS

    def blocks(self) -> list[Block]:
        return [self.block(asset, self.of_asset[asset.pk]) for asset in self.busiest]

    def block(self, asset: Asset, figures: AssetFigures) -> Block:
        criteria = {"asset": asset.code, "is_test": "no"}
        average, before = average_of(figures.span, asset), average_of(figures.before, asset)
        return Block(
            asset=asset,
            figures=figures,
            difference=difference(figures.span.count, figures.before.count, self.span),
            average=average,
            average_difference=None if average is None or before is None else difference(average, before, self.span, asset.decimals),
            total_url=listed("operation-list", **criteria),
            span_url=listed("operation-list", **criteria, period=self.period.text),
            issued_url=listed("operation-list", **criteria, type=[str(one) for one in ISSUING]),
        )

    @cached_property
    def has_moved(self) -> bool:
        return any(figures.total.count for figures in self.of_asset.values())

    def charts(self) -> list[Chart]:
        return charts_of(self.busiest, self.of_asset, span=self.span, now=self.now) if self.has_moved else []

    def first_steps(self) -> list[tuple[str, str, bool]]:
        """(what to do, where, whether it is done) while nothing has moved yet, as far as the person may."""
        if not self.has_assets or self.has_moved:
            return []
        steps = [
            (AssetRight.ASSETS_EDIT, _("Add the currency that assets are bought with"), "currency-create", self.has_currency()),
            (AssetRight.ASSETS_EDIT, _("Create an asset and issue its first quantity"), "asset-create", bool(self.assets)),
            (ClientRight.CLIENTS_EDIT, _("Record a client, or let the mobile application do it with an API key"), "client-create", False),
        ]
        return [(label, reverse(name), done) for right, label, name, done in steps if self.may(right)]

    def has_currency(self) -> bool:
        return visible(Asset, self.user).filter(kind=AssetKind.CURRENCY, is_test=False).exists()


def capped(count: int) -> str:
    return f"{plain_amount(Decimal(COUNT_CAP), 0)}+" if count > COUNT_CAP else plain_amount(Decimal(count), 0)
