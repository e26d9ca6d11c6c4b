"""What a client's tier opens (TIE-07)."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from core import instance
from core.errors import DomainError
from ledger.enums import OperationType
from tiers.enums import CLIENT_OPERATIONS
from tiers.models import DictionaryEntry
from tiers.selectors.tiers import tiers


class NotOpened(DomainError):
    """The client's tier doesn't open this operation; `facts` name the tier that would, where there is one."""

    code = "tier_does_not_open"

    def __init__(self, message: Any, *, tier: DictionaryEntry | None) -> None:
        super().__init__(message)
        self.facts = {"tier": tier.reference if tier else None, "tier_label": tier.label if tier else None}


def refusal_of(*, client_id: int, type: str, asset_id: int) -> NotOpened | None:  # noqa: A002 - the operation's
    """Why the client's tier doesn't let it do this, None where it does."""
    if type not in CLIENT_OPERATIONS:
        return None
    client = Client.objects.select_related("terms__tier").get(pk=client_id)
    tier = client.terms.tier if hasattr(client, "terms") else None
    if tier is None:
        is_open = type in instance.value("tiers.zero_operations")
    else:
        is_open = tier.opens(operation=type, asset_id=asset_id, asset_ids=tier.assets.values_list("pk", flat=True))
    if is_open:
        return None
    words = {"tier": tier.label if tier else gettext("Tier 0"), "operation": OperationType(type).label}
    better = opening_tier(client.type, type, asset_id)
    if better is None:
        return NotOpened(_("%(tier)s doesn't open this: %(operation)s. No tier does.") % words, tier=None)
    return NotOpened(_("%(tier)s doesn't open this: %(operation)s. %(other)s would.") % (words | {"other": better.label}), tier=better)


def opening_tier(client_type: str, type: str, asset_id: int) -> DictionaryEntry | None:  # noqa: A002
    """The lowest active tier that opens the operation with the asset."""
    offered = tiers(client_type).annotate(asset_ids=ArrayAgg("assets", filter=Q(assets__isnull=False), default=[]))
    fitting = (tier for tier in offered.order_by("level") if tier.opens(operation=type, asset_id=asset_id, asset_ids=tier.asset_ids))
    return next(fitting, None)
