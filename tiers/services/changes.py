"""A client comes to another tier (TIE-04, TIE-06): the one place that writes it, for one client or for many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import Happening, record_many
from clients.models import Client
from core.actors import Actor
from core.errors import DomainError
from tiers.models import ClientTerms, DictionaryEntry, TierChange
from tiers.services.fees import ChargedFee, direction_to

WRITE_TERMS = """
    INSERT INTO tiers_clientterms (client_id, tier_id, change_id, tier_since)
    SELECT client, %s, change, %s FROM unnest(%s::bigint[], %s::bigint[]) AS given (client, change)
    ON CONFLICT (client_id) DO UPDATE SET tier_id = excluded.tier_id, change_id = excluded.change_id, tier_since = excluded.tier_since
"""


class SameTier(DomainError):
    code = "same_tier"


class TierDoesNotFit(DomainError):
    """A tier that isn't active any more, or is for the other type of client."""

    code = "tier_does_not_fit"
    status = 422


def change_tier(
    *,
    client: Client,
    tier: DictionaryEntry | None,
    actor: Actor,
    now: datetime,
    fee: ChargedFee | None,
    reason: str = "",
    case_reference: str = "",
) -> TierChange:
    """Bring a client, whose row the caller has locked, to the tier, None for tier 0; `fee` is what it has paid for it, None where it
    was asked for none. The verification level stays what it is. Raises SameTier, TierDoesNotFit (TIE-04, TIE-06, TIE-08)."""
    changes, refused = change_tiers(
        clients=[client], tier=tier, actor=actor, now=now, fee=fee, reason=reason, case_reference=case_reference
    )  # fmt: skip
    if refused:
        raise refused[client.pk]
    return changes[0]


def change_tiers(
    *,
    clients: Sequence[Client],
    tier: DictionaryEntry | None,
    actor: Actor,
    now: datetime,
    fee: ChargedFee | None = None,
    reason: str = "",
    case_reference: str = "",
) -> tuple[list[TierChange], dict[int, DomainError]]:
    """As `change_tier`, for many locked clients in a few statements; with those that couldn't change, each with why."""
    refused: dict[int, DomainError] = {}
    changes, happenings = [], []
    paid: dict[str, Any] = {} if fee is None else _paid(fee)
    with transaction.atomic(savepoint=False):
        present = dict(ClientTerms.objects.filter(client__in=[client.pk for client in clients]).values_list("client_id", "tier_id"))
        old_tiers = DictionaryEntry.objects.in_bulk({pk for pk in present.values() if pk is not None})
        for client in clients:
            old = old_tiers.get(present.get(client.pk) or 0)
            if why := _refusal(client, old, tier):
                refused[client.pk] = why
                continue
            changes.append(
                TierChange(
                    client=client, old_tier=old, new_tier=tier, old_label=old.label if old else "", new_label=tier.label if tier else "",
                    direction=direction_to(old, tier), with_fee=fee is not None, reason=reason, case_reference=case_reference,
                    actor_type=actor.actor_type, actor_label=actor.actor_label, at=now, **paid,
                )
            )  # fmt: skip
            details = {"fee": _fee_text(fee)} | ({"case": case_reference} if case_reference else {})
            happenings.append(
                Happening(
                    action="tiers.changed", actor=actor, subject=client, now=now, comment=reason, details=details,
                    changes={"tier": (_in_trail(old), _in_trail(tier))},
                )
            )  # fmt: skip
        if changes:
            TierChange.objects.bulk_create(changes)
            with connection.cursor() as cursor:
                ids = [[change.client_id for change in changes], [change.pk for change in changes]]
                cursor.execute(WRITE_TERMS, [tier.pk if tier else None, now, *ids])
            record_many(happenings)
    return changes, refused


def _refusal(client: Client, old: DictionaryEntry | None, tier: DictionaryEntry | None) -> DomainError | None:
    if (old.pk if old else None) == (tier.pk if tier else None):
        return SameTier(_("The client is at this tier already."))
    if tier is not None and (not tier.is_tier or tier.client_type != client.type):
        return TierDoesNotFit(_("This tier is not active, or it is for the other type of client."), field="tier")
    return None


def _in_trail(tier: DictionaryEntry | None) -> str:
    return tier.label if tier is not None else "Tier 0"


def _paid(fee: ChargedFee) -> dict[str, Any]:
    return {
        "fee_rule": fee.rule,
        "fee": fee.amount,
        "fee_currency": fee.currency,
        "operation_reference": fee.operation_reference,
    }


def _fee_text(fee: ChargedFee | None) -> str:
    return f"{fee.amount:.{fee.currency.decimals}f} {fee.currency.code}" if fee is not None else ""
