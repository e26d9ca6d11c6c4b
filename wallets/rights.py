"""Who sees which wallets (WAL-01, USR-04)."""

from django.db.models import QuerySet

from core.actors import Actor
from core.registries import register_rights, register_visibility
from wallets.enums import Right
from wallets.models import Wallet


def visible_wallets(actor: Actor, rows: QuerySet[Wallet]) -> QuerySet[Wallet]:
    """All, or the wallets of the actor's organisations where it is confined to some; a key of the API meets only its own
    kind, live or test (API-05)."""
    if actor.organisation_ids is not None:
        rows = rows.filter(organisation_id__in=actor.organisation_ids)
    is_test = getattr(actor, "is_test", None)
    return rows if is_test is None else rows.filter(is_test=is_test)


def register() -> None:
    register_rights(Right)
    register_visibility(Wallet, visible_wallets)
