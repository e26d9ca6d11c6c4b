"""A client comes to another tier (TIE-04, TIE-06): the one place that writes it, for one client or for many."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import Deed, Subject, record_alike
from clients.models import Client
from core.actors import Actor
from core.amounts import worded
from core.errors import DomainError
from core.lookups import one_of
from tiers.models import ClientTerms, DictionaryEntry, TierChange
from tiers.models.terms import change_references
from tiers.services.fees import ChargedFee, direction_to

# The changes of clients that come from one tier, and what they make of their terms.
WRITE = """
    WITH made AS (
        INSERT INTO tiers_tierchange (
            reference, client_id, old_tier_id, new_tier_id, old_label, new_label, direction, with_fee, fee_rule_id, fee, fee_currency_id,
            operation_reference, case_reference, reason, actor_type, actor_label, at
        )
        SELECT given.reference, given.client, %(old_tier)s, %(tier)s, %(old_label)s, %(label)s, %(direction)s, %(with_fee)s,
               %(fee_rule)s, %(fee)s, %(fee_currency)s, %(operation)s, %(case)s, %(reason)s, %(actor_type)s, %(actor_label)s, %(now)s
        FROM unnest(%(clients)s::bigint[], %(references)s::text[]) AS given (client, reference)
        RETURNING id, client_id
    )
    INSERT INTO tiers_clientterms (client_id, tier_id, change_id, tier_since) SELECT client_id, %(tier)s, id, %(now)s FROM made
    ON CONFLICT (client_id) DO UPDATE SET tier_id = excluded.tier_id, change_id = excluded.change_id, tier_since = excluded.tier_since
"""


class LockedClient(NamedTuple):
    """What of a client decides whether it can change: read with its lock, as values, since there may be many thousand."""

    pk: int
    reference: str
    type: str

    @property
    def subject(self) -> Subject:
        return Subject(Client._meta.label_lower, str(self.pk), self.reference)


def locked_clients(ids: Collection[int]) -> list[LockedClient]:
    """The clients with these ids, locked in the ledger's order."""
    found = Client.objects.filter(one_of("pk", ids)).order_by("pk").select_for_update(no_key=True)
    return list(map(LockedClient._make, found.values_list(*LockedClient._fields)))


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
    refused = change_tiers(
        clients=[LockedClient(client.pk, client.reference, client.type)], tier=tier, actor=actor, now=now, fee=fee, reason=reason, case_reference=case_reference
    )  # fmt: skip
    if refused:
        raise refused[client.pk]
    return TierChange.objects.filter(client=client).latest("pk")


def change_tiers(
    *,
    clients: Sequence[LockedClient],
    tier: DictionaryEntry | None,
    actor: Actor,
    now: datetime,
    fee: ChargedFee | None = None,
    reason: str = "",
    case_reference: str = "",
) -> dict[int, DomainError]:
    """As `change_tier`, for many locked clients in a few statements; gives those that couldn't change, each with why."""
    refused: dict[int, DomainError] = {}
    deeds = []
    with transaction.atomic(savepoint=False):
        present = dict(ClientTerms.objects.filter(one_of("pk", [one.pk for one in clients])).values_list("pk", "tier_id"))
        old_tiers = DictionaryEntry.objects.in_bulk(set(present.values()) - {None})
        alike: dict[tuple[int | None, str], list[LockedClient]] = {}
        for client in clients:
            alike.setdefault((present.get(client.pk), client.type), []).append(client)
        common = _common(tier, actor, now, fee, reason, case_reference)
        details = {"fee": _fee_text(fee)} | ({"case": case_reference} if case_reference else {})
        for (old_id, client_type), ones in alike.items():
            old, ids = old_tiers[old_id] if old_id else None, [one.pk for one in ones]
            if why := _refusal(client_type, old, tier):
                refused |= dict.fromkeys(ids, why)
                continue
            theirs = {
                "clients": ids, "references": change_references(len(ids)), "old_tier": old_id, "old_label": old.label if old else "",
                "direction": direction_to(old, tier),
            }  # fmt: skip
            with connection.cursor() as cursor:
                cursor.execute(WRITE, common | theirs)
            changes = {"tier": (_in_trail(old), _in_trail(tier))}
            deeds.append(
                (
                    Deed(action="tiers.changed", actor=actor, now=now, comment=reason, details=details, changes=changes),
                    [one.subject for one in ones],
                )
            )
        record_alike(deeds)
    return refused


def _refusal(client_type: str, old: DictionaryEntry | None, tier: DictionaryEntry | None) -> DomainError | None:
    if (old.pk if old else None) == (tier.pk if tier else None):
        return SameTier(_("The client is at this tier already."))
    if tier is not None and (not tier.is_tier or tier.client_type != client_type):
        return TierDoesNotFit(_("This tier is not active, or it is for the other type of client."), field="tier")
    return None


def _in_trail(tier: DictionaryEntry | None) -> str:
    return tier.label if tier is not None else "Tier 0"


def _common(
    tier: DictionaryEntry | None, actor: Actor, now: datetime, fee: ChargedFee | None, reason: str, case_reference: str
) -> dict[str, Any]:
    """What each of the changes says alike."""
    return {
        "tier": tier.pk if tier else None,
        "label": tier.label if tier else "",
        "with_fee": fee is not None,
        "fee_rule": fee.rule.pk if fee is not None and fee.rule is not None else None,
        "fee": fee.amount if fee is not None else None,
        "fee_currency": fee.currency.pk if fee is not None else None,
        "operation": fee.operation_reference if fee is not None else "",
        "case": case_reference,
        "reason": reason,
        "actor_type": actor.actor_type,
        "actor_label": actor.actor_label,
        "now": now,
    }


def _fee_text(fee: ChargedFee | None) -> str:
    return worded(fee.amount, decimals=fee.currency.decimals, code=fee.currency.code) if fee is not None else ""
