"""Which organisations and keys an actor may see: a merchant its own, a restricted administrator some (USR-04)."""

from django.db.models import QuerySet

from core.actors import Actor
from core.registries import is_narrowed
from organisations.models import ApiKey, Membership, Organisation


def visible_organisations(actor: Actor, rows: QuerySet[Organisation]) -> QuerySet[Organisation]:
    return rows if actor.organisation_ids is None else rows.filter(pk__in=actor.organisation_ids)


def visible_memberships(actor: Actor, rows: QuerySet[Membership]) -> QuerySet[Membership]:
    return rows if actor.organisation_ids is None else rows.filter(organisation_id__in=actor.organisation_ids)


def references_of(actor: Actor) -> QuerySet[Organisation, str]:
    """The references of the organisations that the actor sees: whose events they are (USR-04)."""
    return visible_organisations(actor, Organisation.objects.all()).values_list("reference", flat=True)


def visible_keys(actor: Actor, rows: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
    """A confined actor sees its organisations' keys and never the issuer's channel (organisation null); one who sees some wallets alone
    sees none, since a key reads them all (USR-14)."""
    if is_narrowed(actor):
        return rows.none()
    return rows if actor.organisation_ids is None else rows.filter(organisation_id__in=actor.organisation_ids)
