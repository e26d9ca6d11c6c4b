"""Which organisations and keys an actor may see: a merchant its own, a restricted administrator some (USR-04)."""

from django.db.models import QuerySet

from core.actors import Actor
from organisations.models import ApiKey, Membership, Organisation


def visible_organisations(actor: Actor, rows: QuerySet[Organisation]) -> QuerySet[Organisation]:
    return rows if actor.organisation_ids is None else rows.filter(pk__in=actor.organisation_ids)


def visible_memberships(actor: Actor, rows: QuerySet[Membership]) -> QuerySet[Membership]:
    return rows if actor.organisation_ids is None else rows.filter(organisation_id__in=actor.organisation_ids)


def visible_keys(actor: Actor, rows: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
    """A confined actor sees its organisations' keys and never the issuer's channel (organisation null)."""
    return rows if actor.organisation_ids is None else rows.filter(organisation_id__in=actor.organisation_ids)
