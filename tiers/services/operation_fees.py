"""What an operation costs: the first that exists of the client's price list and the asset's default (FEE-04 to FEE-06)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from assets.models import Asset
from core.amounts import round_half_even
from core.prepared import prepared
from ledger.services.posting import AssetKey
from tiers.enums import FeeSource, Payer

# The price list is the one that `tiers.selectors.terms.terms_of` says, here in the statement itself, since every operation asks; its rule
# goes before the asset's default.
IN_FORCE = """
    SELECT f.reference, f.price_list_id IS NOT NULL, f.payer, f.fixed, f.percentage, f.minimum, f.maximum
    FROM tiers_operationfee f
    WHERE f.asset_id = %s AND f.type = %s AND f.valid_from <= %s AND (f.valid_to IS NULL OR f.valid_to > %s)
      AND (f.price_list_id IS NULL OR f.price_list_id = coalesce(
          (SELECT p.id FROM tiers_clientterms t JOIN tiers_pricelist p ON p.id = t.price_list_id WHERE t.client_id = %s AND p.is_active),
          (SELECT p.id FROM tiers_pricelist p JOIN clients_client c ON c.type = p.client_type WHERE c.id = %s AND p.is_default)))
    ORDER BY f.price_list_id NULLS LAST LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class OperationFeeQuote:
    """A fee of more than zero, in the operation's own asset; `rule` is the reference of the fee that says so."""

    quantity: Decimal
    asset: Asset | AssetKey
    payer: Payer
    source: FeeSource
    rule: str


def operation_fee(
    *,
    client_id: int | None,
    type: str,  # noqa: A002 - the operation's
    asset: Asset | AssetKey,
    quantity: Decimal,
    now: datetime,
) -> OperationFeeQuote | None:
    """What an operation of this type costs now, by the client's price list or else the asset's default; None where it costs nothing.
    Without a client the asset's default alone. A pure read of one statement."""
    with prepared() as cursor:
        cursor.execute(IN_FORCE, [asset.pk, str(type), now, now, client_id, client_id])
        row = cursor.fetchone()
    if row is None:
        return None
    reference, is_own, payer, fixed, percentage, minimum, maximum = row
    fee = amount_of(
        quantity, decimals=asset.decimals, fixed=fixed, percentage=percentage, minimum=minimum, maximum=maximum
    )  # fmt: skip
    if not fee:
        return None
    return OperationFeeQuote(fee, asset, Payer(payer), FeeSource.PRICE_LIST if is_own else FeeSource.ASSET, reference)


def amount_of(
    quantity: Decimal, *, decimals: int, fixed: Decimal, percentage: Decimal, minimum: Decimal | None, maximum: Decimal | None
) -> Decimal:
    """Fixed part and percentage together, not below the minimum and not above the maximum, half-even to the asset's decimals (FEE-05)."""
    fee = fixed + quantity * percentage / 100
    if minimum is not None:
        fee = max(fee, minimum)
    if maximum is not None:
        fee = min(fee, maximum)
    return round_half_even(fee, decimals=decimals)
