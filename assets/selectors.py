"""Shared reads of assets and rates."""

from decimal import Decimal

from django.db.models import QuerySet

from assets.enums import AssetKind, AssetStatus
from assets.models import Asset, Rate, RateChange


def digital_assets() -> QuerySet[Asset]:
    """Every live digital asset, by code."""
    return Asset.objects.filter(kind=AssetKind.DIGITAL, is_test=False).order_by("code")


def currencies() -> QuerySet[Asset]:
    """Every currency that can be used now, by code."""
    return Asset.objects.filter(kind=AssetKind.CURRENCY, status=AssetStatus.ACTIVE).order_by("code")


def rate(asset: Asset, currency: Asset) -> Decimal | None:
    """What one unit of the asset costs in the currency, or None (RAT-01)."""
    return Rate.objects.filter(asset=asset, currency=currency).values_list("rate", flat=True).first()


def rate_history(asset: Asset) -> QuerySet[RateChange]:
    """Every change of the asset's rates, newest first (RAT-03)."""
    return RateChange.objects.filter(asset=asset).select_related("currency").order_by("-id")
