from kit.exports.resource import ListResource
from tiers.models import Limit, Threshold


class LimitResource(ListResource):
    more = {"kind_label": "kind__label", "tier_label": "tier__label"}
    excluded = {"search_text": "made of other columns", "edition": "which version processes keep: it says nothing by itself"}

    class Meta:
        model = Limit


class RuleResource(ListResource):
    more = {"level": "limit__level", "client_type": "limit__client_type", "is_active": "limit__is_active"}

    class Meta:
        model = Threshold
