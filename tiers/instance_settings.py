"""What an instance may set about tiers, limits and recurring fees (INS-03, TIE-05, TIE-07, LIM-04, KYC-30)."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.instance import Kind, Setting
from tiers.enums import CLIENT_OPERATIONS

ZERO_OPERATIONS = Setting(
    key="tiers.zero_operations",
    label=_("Tier 0 opens"),
    help=_("What clients without a tier may do. Each tier says so for itself, on its page."),
    kind=Kind.CHOICES,
    default=[one.value for one in CLIENT_OPERATIONS],
    group="limits",
    choices=[(one.value, one.label) for one in CLIENT_OPERATIONS],
    order=10,
)
WITHOUT_LIMIT = Setting(
    key="tiers.without_limit",
    label=_("A client that no limit covers"),
    help=_("Where neither its own level nor a lower one has a limit. Either way an alert names the client."),
    kind=Kind.CHOICE,
    default=settings.WITHOUT_LIMIT,
    group="limits",
    choices=[("refuse", _("can't move anything")), ("free", _("moves without limits"))],
    order=20,
)
RATE_HOURS = Setting(
    key="tiers.rate_hours",
    label=_("A rate serves limits for"),
    help=_("After that a threshold in a currency refuses what it is about, with an alert, until the rate is set anew."),
    kind=Kind.NUMBER,
    default=720,
    group="limits",
    minimum=1,
    maximum=8760,
    unit=_("hours"),
    order=25,
)
TRIES = Setting(
    key="tiers.recurring_tries",
    label=_("A recurring fee is tried"),
    help=_("So often it is charged before it is given up and an alert is raised."),
    kind=Kind.NUMBER,
    default=3,
    group="limits",
    minimum=1,
    maximum=20,
    unit=_("times"),
    order=60,
)
RETRY_HOURS = Setting(
    key="tiers.recurring_retry_hours",
    label=_("An unpaid recurring fee is tried again after"),
    help=_("Counted from the try before."),
    kind=Kind.NUMBER,
    default=24,
    group="limits",
    minimum=1,
    maximum=24 * 31,
    unit=_("hours"),
    order=61,
)
UNPAID_TO_ZERO = Setting(
    key="tiers.unpaid_to_tier_zero",
    label=_("A client whose recurring fee stays unpaid comes to tier 0"),
    help=_("With the last try, without a fee. Its verification level stays."),
    kind=Kind.YES_NO,
    default=False,
    group="limits",
    order=62,
)
SETTINGS = (ZERO_OPERATIONS, WITHOUT_LIMIT, RATE_HOURS, TRIES, RETRY_HOURS, UNPAID_TO_ZERO)
