"""Who calls the API: a key with scopes; a test key sees and touches test objects alone (API-01, API-03)."""

from typing import Protocol, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer

from core.actors import Actor
from core.registries import extensions, visible
from kit.api.rate_limits import count

M = TypeVar("M", bound=Model)


class Key(Actor, Protocol):
    """What the API needs to know of a key, whoever keeps them: `extend("api", "authenticate", raw -> Key | None)`."""

    pk: int
    scopes: list[str]
    is_test: bool


class KeyAuth(HttpBearer):
    """`auth=KeyAuth(Right.ORDERS_ACT)`: the key must be valid, not revoked, and hold the scope. `request.auth` is the key. Scopes are
    rights.

    Answers 401 without a valid key, 403 without the scope, 429 above the key's rate.
    """

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Key | None:
        key = next((found for look_up in extensions("api", "authenticate") if (found := look_up(token))), None)
        if key is None:
            # Guessing keys is slowed down by address; a valid key is never hindered by its neighbours' guesses.
            count(request, sender=f"address:{request.META.get('REMOTE_ADDR', '')}", limit=settings.API_WRONG_KEYS_PER_MINUTE)
            return None
        count(request, sender=f"key:{key.pk}", limit=settings.API_REQUESTS_PER_MINUTE)
        if self.scope not in key.scopes:
            raise HttpError(403, f"This key lacks the scope {self.scope}.")
        return key


def rows(request: HttpRequest, model: type[M], *, is_test: str = "is_test") -> QuerySet[M]:
    """The rows of `model` that this key may see: by the model's rule, and of the key's own mode alone (API-03, API-05).

    `is_test` is the path from the model to the mode, for a model that has no such column itself.
    """
    key: Key = request.auth  # type: ignore[attr-defined]
    return visible(model, key).filter(**{is_test: key.is_test})
