"""The audit trail is a neighbour's on this floor: it has put its door into the registry."""

from datetime import datetime
from typing import Any

from django.db.models import Model

from core.actors import Actor
from core.registries import extensions


def note_in_trail(action: str, subject: Model, *, actor: Actor, now: datetime, **more: Any) -> None:
    """Write an event; `more` as audit.services.record takes it."""
    for door in extensions("trail", "record"):
        door(action=action, actor=actor, subject=subject, now=now, **more)
