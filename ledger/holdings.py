"""What wallets hold, pending credits included: what pages and the API show (WAL-01)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from assets.models import Asset
from clients.models import Client
from ledger.enums import OperationType
from ledger.models import Balance, HourlyFigure
from ledger.services.posting import local_date
from wallets.models import Wallet


@dataclass(frozen=True, slots=True)
class Holding:
    """One wallet's balance of one asset. `quantity` counts credits that a hot wallet's row doesn't hold yet."""

    asset_id: int
    code: str
    decimals: int
    quantity: Decimal
    reserved: Decimal
    available: Decimal
    remaining_count: int
    limits_transactions: bool


def holdings(wallet_ids: Iterable[int], *, now: datetime) -> dict[int, list[Holding]]:
    """Wallet id -> its balances by asset code, in one statement. What was held and is gone is listed with 0."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.wallet_id, a.id, a.code, a.decimals, sum(t.quantity), sum(t.reserved),"
            " ledger_available(t.wallet_id, a.id, %(today)s), sum(t.remaining), a.limits_transactions"
            " FROM (SELECT wallet_id, asset_id, quantity, reserved, remaining_count AS remaining FROM ledger_balance WHERE wallet_id = ANY(%(ids)s)"
            " UNION ALL SELECT wallet_id, asset_id, quantity, 0, 0 FROM ledger_pendingcredit WHERE wallet_id = ANY(%(ids)s)) t"
            " JOIN assets_asset a ON a.id = t.asset_id GROUP BY t.wallet_id, a.id ORDER BY a.code",
            {"ids": list(wallet_ids), "today": local_date(now)},
        )
        rows = cursor.fetchall()
    found: dict[int, list[Holding]] = defaultdict(list)
    for wallet_id, asset_id, code, decimals, quantity, reserved, free, count, limits in rows:
        found[wallet_id].append(Holding(asset_id, code, decimals, quantity, reserved, free, int(count), limits))
    return found


# The same within a list's statement: worked out for the rows of one page alone, since nothing sorts or filters by it.
HELD = """(
    SELECT jsonb_agg(jsonb_build_array(h.code, h.decimals, h.quantity::text) ORDER BY h.code) FROM (
        SELECT a.code, a.decimals, sum(t.quantity) AS quantity FROM (
            SELECT asset_id, quantity FROM ledger_balance WHERE wallet_id = wallets_wallet.id
            UNION ALL SELECT asset_id, quantity FROM ledger_pendingcredit WHERE wallet_id = wallets_wallet.id
        ) t JOIN assets_asset a ON a.id = t.asset_id GROUP BY a.id HAVING sum(t.quantity) <> 0
    ) h
)"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A balance in a list's row."""

    code: str
    decimals: int
    quantity: Decimal


def with_held(rows: QuerySet[Wallet]) -> QuerySet[Wallet]:
    """Each wallet with its balances that aren't zero; read them with `held`."""
    return rows.annotate(held=RawSQL(HELD, [], output_field=JSONField()))  # noqa: S611 - no parameters, no input


def held(wallet: Wallet) -> list[Shown]:
    return [Shown(code, decimals, Decimal(quantity)) for code, decimals, quantity in getattr(wallet, "held", None) or ()]


def holdings_of(wallet: Wallet, *, now: datetime) -> list[Holding]:
    return holdings([wallet.pk], now=now).get(wallet.pk, [])


def holding(
    rows: QuerySet[Wallet], *, asset: Asset | None = None, low: Decimal | None = None, high: Decimal | None = None
) -> QuerySet[Wallet]:
    """The wallets that have a balance of the asset (of any one), within the range. A hot wallet's balance is the one of the
    last settle step, a few seconds old."""
    criteria = Q(wallet=OuterRef("pk"))
    if asset is not None:
        criteria &= Q(asset=asset)
    if low is not None:
        criteria &= Q(quantity__gte=low)
    if high is not None:
        criteria &= Q(quantity__lte=high)
    if low is None and high is None:
        criteria &= Q(quantity__gt=0)
    return rows.filter(Exists(Balance.objects.filter(criteria)))


@dataclass(frozen=True, slots=True)
class Supply:
    """What was ever issued and burnt of an asset, as of the settle step's last run (a few seconds)."""

    issued: Decimal
    burnt: Decimal

    @property
    def existing(self) -> Decimal:
        return self.issued - self.burnt


def supply(asset: Asset) -> Supply:
    """Read from the hourly figures, not counted."""
    issuing = (OperationType.ASSET_CREATION, OperationType.ADDITIONAL_ISSUING)
    figures = HourlyFigure.objects.filter(asset=asset).aggregate(
        issued=Sum("quantity", filter=Q(type__in=issuing)), burnt=Sum("quantity", filter=Q(type=OperationType.BURNING))
    )
    return Supply(figures["issued"] or Decimal(0), figures["burnt"] or Decimal(0))


def what_is_held(*, client: Client) -> str:
    """Why this client's account can't be deleted yet: its wallets hold something. Empty where they don't (CLI-11)."""
    held = Balance.objects.filter(Q(quantity__gt=0) | Q(reserved__gt=0), wallet__client=client).values_list("asset__code", flat=True)
    if not (codes := sorted(set(held))):
        return ""
    return _("The account still holds %(assets)s. Send or redeem it first.") % {"assets": ", ".join(codes)}
