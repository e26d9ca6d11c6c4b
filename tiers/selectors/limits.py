"""What of the limits the choice of a tier asks (TIE-03, LIM-11)."""

from collections.abc import Iterable

from core.registries import extensions


def tiers_with_limits() -> frozenset[int]:
    """The ids of the tiers that an active limit with a threshold is for."""
    return frozenset(pk for found in extensions("tiers.selectors.limits", "tiers") for pk in found())


def with_personal_limit(client_ids: Iterable[int]) -> frozenset[int]:
    """Of these clients, those that have an active limit of their own: whatever their tier is, it stays in force."""
    return frozenset(pk for found in extensions("tiers.selectors.limits", "personal") for pk in found(client_ids))
