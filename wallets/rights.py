"""Who sees which wallets (WAL-01, USR-04, USR-14)."""

from django.db.models import QuerySet

from core.actors import Actor
from core.registries import register_narrowing, register_person_annotation, register_rights, register_visibility
from wallets.access import chosen_wallet_ids, chosen_wallets
from wallets.enums import Right
from wallets.models import Wallet


def visible_wallets(actor: Actor, rows: QuerySet[Wallet]) -> QuerySet[Wallet]:
    """All, or the wallets of the actor's organisations where it is confined to some, of those the chosen ones where there are any; a
    key of the API meets only its own kind, live or test (API-05)."""
    if actor.organisation_ids is not None:
        rows = rows.filter(organisation_id__in=actor.organisation_ids)
    chosen = chosen_wallets(actor)
    if chosen is not None:
        rows = rows.filter(pk__in=chosen)
    is_test = getattr(actor, "is_test", None)
    return rows if is_test is None else rows.filter(is_test=is_test)


def register() -> None:
    register_rights(Right)
    register_visibility(Wallet, visible_wallets)
    register_person_annotation("chosen_wallet_ids", chosen_wallet_ids)
    register_narrowing(lambda actor: chosen_wallets(actor) is not None)
