"""What the export of providers' messages holds (EXP-X1)."""

from kit.exports.resource import ListResource
from kyc.models import ProviderMessage


class MessageResource(ListResource):
    excluded = {"body": "personal data, shown on the message's page alone", "headers": "as the body"}

    class Meta:
        model = ProviderMessage
