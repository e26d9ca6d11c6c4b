"""The demo's tiers with their limits, price lists and fees; through the services."""

from datetime import datetime, timedelta

from tiers.demo import catalogue, limits

OPENED = timedelta(days=94)  # ago


def load(now: datetime) -> None:
    catalogue.load(now - OPENED)
    limits.load(now - OPENED)
