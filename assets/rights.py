"""Who sees which assets and rates (AST, RAT)."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.enums import Face
from assets.enums import Right
from assets.models import Asset, Rate, RateChange
from core.actors import Actor
from core.registries import register_rights, register_visibility


def _mode(actor: Actor, prefix: str = "") -> Q:
    """A key of the API meets assets of its own kind (API-05), a merchant's person live ones; the issuer's people see both, marked."""
    is_test = getattr(actor, "is_test", None if getattr(actor, "face", Face.ISSUER) == Face.ISSUER else False)
    return Q() if is_test is None else Q(**{f"{prefix}is_test": is_test})


def visible_assets(actor: Actor, rows: QuerySet[Asset]) -> QuerySet[Asset]:
    return rows.filter(_mode(actor))


def visible_rates(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(_mode(actor, "asset__"))


def register() -> None:
    register_rights(Right)
    register_visibility(Asset, visible_assets)
    register_visibility(Rate, visible_rates)
    register_visibility(RateChange, visible_rates)
