"""Who sees what the rules decided and what is held: both tell of clients, so they are the issuer's (USR-04)."""

from django.db.models import QuerySet

from core.actors import Actor
from core.registries import register_visibility
from transactions.models import Decision, Hold


def visible_decisions(actor: Actor, rows: QuerySet[Decision]) -> QuerySet[Decision]:
    return rows if actor.organisation_ids is None else rows.none()


def visible_holds(actor: Actor, rows: QuerySet[Hold]) -> QuerySet[Hold]:
    """All of the issuer's, live and test; a key of the API meets only its own kind (API-05)."""
    if actor.organisation_ids is not None:
        return rows.none()
    is_test = getattr(actor, "is_test", None)
    return rows if is_test is None else rows.filter(is_test=is_test)


def register() -> None:
    register_visibility(Hold, visible_holds)
    register_visibility(Decision, visible_decisions)
