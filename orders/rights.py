"""Who sees which orders: they are the issuer's, so whoever is confined to organisations sees none (USR-04)."""

from typing import Any

from django.db.models import QuerySet

from core.actors import Actor
from core.registries import register_rights, register_visibility
from orders.enums import Right
from orders.models import Order, OrderPayment, ProviderCallback, Refund


def _issuers(rows: QuerySet[Any], actor: Actor, is_test: str) -> QuerySet[Any]:
    """All of the issuer's, live and test; a key of the API meets only its own kind (API-05)."""
    if actor.organisation_ids is not None:
        return rows.none()
    mode = getattr(actor, "is_test", None)
    return rows if mode is None else rows.filter(**{is_test: mode})


def visible_orders(actor: Actor, rows: QuerySet[Order]) -> QuerySet[Order]:
    return _issuers(rows, actor, "is_test")


def visible_parts(actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    return _issuers(rows, actor, "order__is_test")


def register() -> None:
    register_rights(Right)
    register_visibility(Order, visible_orders)
    register_visibility(OrderPayment, visible_parts)
    register_visibility(Refund, visible_parts)
    register_visibility(ProviderCallback, visible_parts)
