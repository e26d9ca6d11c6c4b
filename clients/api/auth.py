"""A call for a client who has signed in: the channel's key, and beside it the client's own token (CLI-11)."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.services.sessions import Key, session_of
from core.errors import DomainError
from kit.api.auth import Key as ApiKey
from kit.api.auth import KeyAuth

HEADER = "X-Client-Token"


class ContactUnverified(DomainError):
    """The client must verify its e-mail address and phone number first (CLI-10)."""

    code = "contact_unverified"
    status = 403


class ClientAuth(KeyAuth):
    """`auth=ClientAuth(Right.TRANSFERS_ACT)`: the key as `KeyAuth` wants it, and in the header X-Client-Token the token of a client who
    has signed in with this key. `request.auth` is the key, `request.client` the client, which is an actor too, and
    `request.client_session` its session.

    With `verified` a client whose e-mail address or phone number is not (or no longer) verified is refused. Answers as KeyAuth,
    401 client_token_invalid, 403 contact_unverified.
    """

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = HEADER
    openapi_scheme = "bearer"

    def __init__(self, scope: str, *, verified: bool = True) -> None:
        super().__init__(scope)
        self.verified = verified
        self.openapi_security_schema = {"type": "apiKey", "in": "header", "name": HEADER}

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        key = super().authenticate(request, token)
        if key is None:
            return None
        session = session_of(request.headers.get(HEADER, ""), key=sender(key), now=timezone.now())
        if self.verified and not session.client.is_reachable:
            raise ContactUnverified(_("Verify the e-mail address and the phone number first: ask for codes at /me/codes."))
        request.client, request.client_session = session.client, session  # type: ignore[attr-defined]
        return key


class ChannelOrClientAuth(ClientAuth):
    """The same where a channel may also act without the client's token, by its key alone: then `request.client` is None, and what is
    asked names the client."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        if HEADER in request.headers:
            return super().authenticate(request, token)
        request.client = request.client_session = None  # type: ignore[attr-defined]
        return KeyAuth.authenticate(self, request, token)


def sender(key: ApiKey) -> Key:
    """What the services know of a key."""
    return Key(id=key.pk, reference=key.actor_label, is_test=key.is_test)


def actor_of(request: HttpRequest) -> Any:
    """Who acts where `ChannelOrClientAuth` guards: the client where its token was sent, else the channel by its key."""
    return request.client or request.auth  # type: ignore[attr-defined]
