"""What of tiers, limits and fees can be put under four-eyes (USR-05)."""

from tiers.approvables import limits, prices


def register() -> None:
    limits.register()
    prices.register()
