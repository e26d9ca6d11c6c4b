"""Assets for tests, straight in their table: not registered on the chain, nothing issued. For tests of the verbs themselves
use assets.services and ledger.services.issuing."""

from decimal import Decimal
from itertools import count

from django.utils import timezone

from assets.enums import AssetKind
from assets.models import Asset, Rate

_numbers = count(1)


def digital_asset(**fields: object) -> Asset:
    """An active digital asset of 2 decimals with a code of its own."""
    number = next(_numbers)
    values = {
        "code": f"T{number:04}",
        "name": f"Test asset {number}",
        "label": f"Test {number}",
        "kind": AssetKind.DIGITAL,
        "decimals": 2,
        "created_at": timezone.now(),
    }
    for switch, value in (("expires", "expiration_days"), ("limits_transactions", "transaction_count")):
        values[switch] = fields.get(value) is not None
    return Asset.objects.create(**(values | fields))


def currency(code: str = "EUR", **fields: object) -> Asset:
    """The currency, made at the first call."""
    values = {"name": code, "label": code, "kind": AssetKind.CURRENCY, "decimals": 2, "created_at": timezone.now()}
    return Asset.objects.get_or_create(code=code, defaults=values | fields)[0]


def rate(asset: Asset, value: str = "1.50", *, code: str = "EUR") -> Rate:
    return Rate.objects.create(
        asset=asset,
        currency=currency(code),
        rate=Decimal(value),
        set_at=timezone.now(),
        actor_type="system",
        actor_id="tests",
        actor_label="system:tests",
    )
