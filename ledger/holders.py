"""Who holds an asset: the issuer, merchants, clients; and when what clients hold expires (AST-09)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from assets.enums import AssetKind
from assets.models import Asset
from ledger.enums import OperationType
from ledger.figures import ISSUING
from ledger.models import Lot
from wallets.enums import WalletOwner

# What was made and burnt, and what hot wallets hold: one statement, so that all of it is of one moment. Totals by day, with what the
# settle step hasn't counted yet.
HELD = """
SELECT 'issued', coalesce(sum(quantity) FILTER (WHERE type = ANY(%(issuing)s)), 0) FROM made
UNION ALL SELECT 'burnt', coalesce(sum(quantity) FILTER (WHERE type = %(burning)s), 0) FROM made
UNION ALL
SELECT w.owner_type, sum(t.quantity) FROM (
    SELECT wallet_id, quantity FROM ledger_balance WHERE asset_id = %(asset)s
    UNION ALL SELECT wallet_id, quantity FROM ledger_pendingcredit WHERE asset_id = %(asset)s
) t JOIN wallets_wallet w ON w.id = t.wallet_id WHERE w.owner_type = ANY(%(owners)s) GROUP BY 1
"""
MADE = """
WITH made AS (
    SELECT type, quantity FROM ledger_dailyfigure WHERE asset_id = %(asset)s
    UNION ALL SELECT o.type, o.quantity FROM ledger_pendingfigure p JOIN ledger_operation o ON o.id = p.operation_id
    WHERE o.asset_id = %(asset)s
)
"""


@dataclass(frozen=True)
class Holders:
    """Quantities of one asset. `is_counted` says whether issued and burnt are: not for currencies, nor for test assets."""

    issued: Decimal
    burnt: Decimal
    by_owner: dict[str, Decimal]
    is_counted: bool

    def of(self, owner: WalletOwner) -> Decimal:
        return self.by_owner.get(owner, Decimal(0))

    @property
    def circulating(self) -> Decimal:
        """What is in other hands than the issuer's."""
        return sum((held for owner, held in self.by_owner.items() if owner != WalletOwner.ISSUER), Decimal(0))


def holders(asset: Asset) -> Holders:
    """Clients' part is what is left of the issued when the few hot wallets are added up: their wallets are many. A currency comes
    and goes by more types than two, and test operations are in no total: there the clients' balances are added up."""
    is_counted = asset.kind == AssetKind.DIGITAL and not asset.is_test
    owners = [WalletOwner.ISSUER, WalletOwner.ORGANISATION, WalletOwner.SYSTEM] + ([] if is_counted else [WalletOwner.CLIENT])
    values: dict[str, Any] = {"asset": asset.pk, "issuing": list(ISSUING), "burning": OperationType.BURNING, "owners": owners}
    with connection.cursor() as cursor:
        cursor.execute(MADE + HELD, values)
        found: dict[str, Decimal] = dict(cursor.fetchall())
    issued, burnt = found.pop("issued"), found.pop("burnt")
    if is_counted:
        found[WalletOwner.CLIENT] = issued - burnt - sum(found.values(), Decimal(0))
    return Holders(issued, burnt, found, is_counted)


@dataclass(frozen=True)
class Bucket:
    """The lots that expire from `first` to `last` (None: without end), both days included."""

    label: Any
    first: date | None
    last: date | None
    quantity: Decimal
    reserved: Decimal
    lots: int


def lot_buckets(asset: Asset, *, today: date) -> list[Bucket]:
    """What clients hold of an expiring asset, by when it expires."""
    days = Lot.objects.filter(asset=asset, is_open=True, wallet__gt=0).values("expires_on")
    found = list(days.annotate(held=Sum("quantity"), kept=Sum("reserved"), lots=Count("id")).order_by("expires_on"))
    ends = [
        (_("Expired, waits for its return"), None, today - timedelta(days=1)),
        (_("Within 7 days"), today, today + timedelta(days=6)),
        (_("In 8 to 30 days"), today + timedelta(days=7), today + timedelta(days=29)),
        (_("In 31 to 90 days"), today + timedelta(days=30), today + timedelta(days=89)),
        (_("Later"), today + timedelta(days=90), None),
    ]
    buckets = []
    for label, first, last in ends:
        own = [day for day in found if (first is None or day["expires_on"] >= first) and (last is None or day["expires_on"] <= last)]
        quantity, kept = (sum((day[name] for day in own), Decimal(0)) for name in ("held", "kept"))
        buckets.append(Bucket(label, first, last, quantity, kept, sum(day["lots"] for day in own)))
    return buckets
