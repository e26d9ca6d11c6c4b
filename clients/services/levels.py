"""How far a client is verified: level 1 by e-mail and phone, 2 and up by KYC or by hand (CLI-10)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from clients.models import Client
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock

HIGHEST = 5


class NoSuchLevel(DomainError):
    code = "no_such_level"
    status = 422


@transaction.atomic(savepoint=False)
def set_verification_level(*, client_id: int, level: int, actor: Actor, now: datetime, reason: str = "") -> Client:
    """Give the client this level, in the caller's transaction; the row is locked here if it isn't yet. The level that it has
    already changes nothing and writes nothing. Rights, mails and what follows are the caller's.

    Raises NoSuchLevel (422) outside of 0 to 5.
    """
    if not 0 <= level <= HIGHEST:
        raise NoSuchLevel(_("A verification level is 0 to 5."), field="level")
    client = lock(Client.objects.all(), pk=client_id)
    if client.verification_level == level:
        return client
    old, client.verification_level = client.verification_level, level
    client.save(update_fields=["verification_level"])
    record(
        action="clients.level_changed", actor=actor, subject=client, now=now, comment=reason,
        changes={"verification_level": (str(old), str(level))},
    )  # fmt: skip
    return client
