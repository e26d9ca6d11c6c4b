"""What exports of assets and rates hold (EXP-X1). Test assets are in no export, nor are their rates (API-05)."""

from typing import Any

from django.db.models import QuerySet

from assets.models import Asset, Rate, RateChange
from kit.exports.resource import ListResource


class AssetResource(ListResource):
    class Meta:
        model = Asset


class RateResource(ListResource):
    class Meta:
        model = Rate

    @classmethod
    def live(cls, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(asset__is_test=False)


class RateChangeResource(RateResource):
    class Meta:
        model = RateChange
