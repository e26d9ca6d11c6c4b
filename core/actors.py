"""Who acts: every service takes an actor, never None (DESIGN section 2)."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActorType(TextChoices):
    USER = "user", _("User")
    API_KEY = "api_key", _("API key")
    CLIENT = "client", _("Client")
    SYSTEM = "system", _("System")


@runtime_checkable
class Actor(Protocol):
    """A user, an API key, a client or a named part of the system. `actor_label` is public: no personal data.

    `organisation_ids` says whose rows the actor may see (USR-04): None is everyone's, else those organisations' alone.
    """

    @property
    def actor_type(self) -> str: ...
    @property
    def actor_id(self) -> str: ...
    @property
    def actor_label(self) -> str: ...
    @property
    def organisation_ids(self) -> frozenset[int] | None: ...
    def has_right(self, right: str) -> bool: ...


@dataclass(frozen=True)
class SystemActor:
    """A job of the system, for example SystemActor("settlement"). It holds every right: its code is its limit."""

    name: str
    actor_type: str = ActorType.SYSTEM

    @property
    def actor_id(self) -> str:
        return self.name

    @property
    def actor_label(self) -> str:
        return f"system:{self.name}"

    @property
    def organisation_ids(self) -> frozenset[int] | None:
        return None

    def has_right(self, right: str) -> bool:
        return True
