"""The verbs of organisations (ORG-02)."""

from datetime import datetime

from django.db import transaction

from audit.services import record
from core.actors import Actor
from core.locks import lock
from core.text import clean_line
from organisations.models import Organisation


def create_organisation(*, actor: Actor, now: datetime, name: str, external_reference: str = "") -> Organisation:
    """A new active organisation (ORG-02). Raises UnfitText with the field at fault."""
    values = _fit(name, external_reference)
    with transaction.atomic(durable=True):
        organisation = Organisation.objects.create(created_at=now, **values)
        record(
            action="organisations.created", actor=actor, subject=organisation, now=now,
            changes={field: (None, value) for field, value in values.items() if value},
        )  # fmt: skip
    return organisation


def edit_organisation(*, organisation: Organisation, actor: Actor, now: datetime, name: str, external_reference: str) -> Organisation:
    """Change name and external reference (ORG-02); an edit that changes nothing writes nothing."""
    values = _fit(name, external_reference)
    with transaction.atomic(durable=True):
        organisation = lock(Organisation.objects.all(), pk=organisation.pk)
        changes = {field: (getattr(organisation, field), value) for field, value in values.items() if getattr(organisation, field) != value}
        if changes:
            Organisation.objects.filter(pk=organisation.pk).update(**values)
            organisation.name, organisation.external_reference = values["name"], values["external_reference"]
            record(action="organisations.edited", actor=actor, subject=organisation, now=now, changes=changes)
    return organisation


def _fit(name: str, external_reference: str) -> dict[str, str]:
    return {
        "name": clean_line(name, maximum=120, field="name", required=True),
        "external_reference": clean_line(external_reference, maximum=60, field="external_reference"),
    }
