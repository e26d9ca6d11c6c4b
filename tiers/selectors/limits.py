"""What of the limits the choice of a tier asks (TIE-03, LIM-11)."""

from django.db.models import Q, QuerySet

from tiers.models import Limit

# Of clients: those with an active limit of their own, which stays in force whatever their tier is.
WITH_PERSONAL_LIMIT = Q(personal_limits__is_active=True)


def limits_of_tiers() -> QuerySet[Limit]:
    """The active limits that are for a tier and have a threshold."""
    return Limit.objects.filter(is_active=True, tier__isnull=False, thresholds__isnull=False).distinct()


def tiers_with_limits() -> frozenset[int]:
    """The ids of the tiers that an active limit with a threshold is for."""
    return frozenset(pk for pk in limits_of_tiers().values_list("tier_id", flat=True) if pk is not None)
