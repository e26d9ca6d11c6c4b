"""Verification levels by hand (KYC-12)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from clients.models import Client
from clients.services.levels import NoSuchLevel, set_verification_level
from core import instance
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.tasks import enqueue
from core.text import clean_line
from kyc.selectors import proofs
from kyc.services.telling import tell_client


class SameLevel(DomainError):
    code = "same_level"


class NoSuchDocument(DomainError):
    """Of somebody else, rejected, or its file is deleted: it shows nothing."""

    code = "no_such_document"
    status = 422


@transaction.atomic(durable=True)
def set_level(*, client_id: int, level: int, reason: str, document_id: int, actor: Actor, now: datetime) -> Client:
    """Give a client another level, up or down, for a reason and by a document that shows it; the client is told, and what is on hold
    for its level is looked at again. The tier stays what it is. Level 5 only where it is in use.

    Raises NoSuchLevel (422), SameLevel (409), NoSuchDocument (422), UnfitText (422).
    """
    client = lock(Client.objects.all(), pk=client_id)
    reason = clean_line(reason, maximum=200, field="reason", required=True)
    document = proofs(client.pk).filter(pk=document_id).first()
    if document is None:
        raise NoSuchDocument(_("Choose a document of this client that is not rejected."), field="document")
    if client.verification_level == level:
        raise SameLevel(_("The client has this level already."), field="level")
    if level == 5 and not instance.value("kyc.level_five"):
        raise NoSuchLevel(_("Level 5 is not in use: the settings switch it on."), field="level")
    record(action="kyc.level_set", actor=actor, subject=client, details={"document": document.reference}, now=now)
    client = set_verification_level(client_id=client.pk, level=level, actor=actor, now=now, reason=reason)
    tell_client("kyc.level_changed", client, about=client, now=now, level=str(level))
    enqueue("transactions.tasks.recheck_holds", client_id=client.pk)
    return client
