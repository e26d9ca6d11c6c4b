"""The demo's clients and 200 orders over 90 days, in the order of time, through the services that pages and API call."""

from datetime import datetime

from django.conf import settings

from orders.demo.office import furnish
from orders.demo.story import Story


def load(now: datetime) -> dict[str, str]:
    """What the payment provider's simulator signs with, for demo.env."""
    Story(now).tell()
    furnish(now)
    return {"PAYMENT_HOOK_SECRET": settings.PAYMENT_HOOK_SECRETS[0]} if settings.PAYMENT_HOOK_SECRETS else {}
