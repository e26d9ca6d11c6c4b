"""What a client's tier opens (TIE-07)."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import instance
from core.errors import DomainError
from core.prepared import prepared
from ledger.enums import OperationType
from tiers.enums import CLIENT_OPERATIONS
from tiers.models import DictionaryEntry
from tiers.selectors.tiers import tiers

OPENS = """
    SELECT c.type, d.label, d.operations::text,
           ARRAY(SELECT a.asset_id FROM tiers_dictionaryentry_assets a WHERE a.dictionaryentry_id = d.id)
    FROM clients_client c
    LEFT JOIN tiers_clientterms t ON t.client_id = c.id
    LEFT JOIN tiers_dictionaryentry d ON d.id = t.tier_id
    WHERE c.id = %s
"""


class NotOpened(DomainError):
    """The client's tier doesn't open this operation; `facts` name the tier that would, where there is one."""

    code = "tier_does_not_open"

    def __init__(self, message: Any, *, tier: DictionaryEntry | None) -> None:
        super().__init__(message)
        self.facts = {"tier": tier.reference if tier else None, "tier_label": tier.label if tier else None}


def refusal_of(*, client_id: int, type: str, asset_id: int) -> NotOpened | None:  # noqa: A002 - the operation's
    """Why the client's tier doesn't let it do this, None where it does. One statement, where it does."""
    if type not in CLIENT_OPERATIONS:
        return None
    with prepared() as cursor:
        cursor.execute(OPENS, [client_id])
        client_type, label, operations, assets = cursor.fetchone()
    if label is None:
        is_open = type in instance.value("tiers.zero_operations")
    else:
        is_open = (operations == "[]" or f'"{type}"' in operations) and (not assets or asset_id in assets)
    if is_open:
        return None
    words = {"tier": label or gettext("Tier 0"), "operation": OperationType(type).label}
    better = opening_tier(client_type, type, asset_id)
    if better is None:
        return NotOpened(_("%(tier)s doesn't open this: %(operation)s. No tier does.") % words, tier=None)
    return NotOpened(_("%(tier)s doesn't open this: %(operation)s. %(other)s would.") % (words | {"other": better.label}), tier=better)


def opening_tier(client_type: str, type: str, asset_id: int) -> DictionaryEntry | None:  # noqa: A002
    """The lowest active tier that opens the operation with the asset."""
    offered = tiers(client_type).annotate(asset_ids=ArrayAgg("assets", filter=Q(assets__isnull=False), default=[]))
    fitting = (tier for tier in offered.order_by("level") if tier.opens(operation=type, asset_id=asset_id, asset_ids=tier.asset_ids))
    return next(fitting, None)
