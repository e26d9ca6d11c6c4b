"""Who sees which operations and proofs."""

from django.db.models import Q, QuerySet

from core.actors import Actor
from core.registries import register_visibility
from ledger.enums import Right
from ledger.models import Lot, Operation, ProofRun
from wallets.access import chosen_wallets


def visible_operations(actor: Actor, rows: QuerySet[Operation]) -> QuerySet[Operation]:
    """All of them, or those that touch a wallet of the actor's organisations, of those the chosen ones (USR-14); a key of
    the API meets its own mode alone."""
    if actor.organisation_ids is not None:
        own = actor.organisation_ids
        sent, received = Q(sender__organisation_id__in=own), Q(receiver__organisation_id__in=own)
        chosen = chosen_wallets(actor)
        if chosen is not None:
            sent, received = sent & Q(sender_id__in=chosen), received & Q(receiver_id__in=chosen)
        rows = rows.filter(sent | received)
    is_test = getattr(actor, "is_test", None)
    return rows if is_test is None else rows.filter(is_test=is_test)


def visible_proofs(actor: Actor, rows: QuerySet[ProofRun]) -> QuerySet[ProofRun]:
    """A proof is about everything, so it is for those who see everything."""
    return rows if actor.organisation_ids is None and actor.has_right(Right.PROOF) else rows.none()


def visible_lots(actor: Actor, rows: QuerySet[Lot]) -> QuerySet[Lot]:
    """Lots are clients', and clients the issuer's: whoever is confined to organisations sees none."""
    if actor.organisation_ids is not None:
        return rows.none()
    is_test = getattr(actor, "is_test", None)
    return rows if is_test is None else rows.filter(asset__is_test=is_test)


def register() -> None:
    register_visibility(Lot, visible_lots)
    register_visibility(Operation, visible_operations)
    register_visibility(ProofRun, visible_proofs)
