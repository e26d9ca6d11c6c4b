from django.utils.translation import gettext_lazy as _

from kit.filters import Choices, Criteria, Dates, Exact
from kyc.enums import MessageStatus
from tiers.enums import Provider


class MessageFilter(Criteria):
    provider_reference = Exact(label=_("Provider's reference"))
    status = Choices(choices=MessageStatus.choices, label=_("Status"))
    received_at = Dates(label=_("Received"))
    case = Exact(field_name="case__reference", upper=True, label=_("Case"))
    provider = Choices(choices=[choice for choice in Provider.choices if choice[0] != Provider.MANUAL], label=_("Provider"))
    event = Exact(label=_("Event"))
    reference = Exact(upper=True, label=_("Reference"))
