from kit.exports.resource import ListResource
from tiers.models import DictionaryEntry, PriceList, RecurringCharge


class DictionaryResource(ListResource):
    class Meta:
        model = DictionaryEntry


class PriceListResource(ListResource):
    class Meta:
        model = PriceList


class RecurringChargeResource(ListResource):
    class Meta:
        model = RecurringCharge
