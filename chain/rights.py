"""Who sees the settlement: those who see every organisation."""

from typing import Any

from django.db.models import QuerySet

from chain.enums import Right
from chain.models import ChainOp, ChainTx, Comparison
from core.actors import Actor
from core.registries import register_visibility


def for_the_issuer(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    sees_all = getattr(actor, "organisation_ids", None) is None
    return rows if sees_all and actor.has_right(Right.CHAIN_SEE) else rows.none()


def register() -> None:
    register_visibility(ChainOp, for_the_issuer)
    register_visibility(ChainTx, for_the_issuer)
    register_visibility(Comparison, for_the_issuer)
