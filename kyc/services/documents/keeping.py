"""What happens to a document: sent, approved or rejected, its date mended, its file deleted (KYC-10)."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext_lazy as _

from audit.services import move, record
from clients.enums import ClientStatus
from clients.models import Client
from core import instance
from core.actors import Actor, ActorType
from core.errors import DomainError
from core.locks import lock
from core.text import clean_line
from kyc.enums import EXPIRING, DocumentKind, DocumentStatus, RejectReason
from kyc.models import Case, Document
from kyc.selectors import OPEN_CASES, proofs
from kyc.services.cases import person_id
from kyc.services.documents import store
from kyc.services.documents.reading import Examined
from kyc.services.telling import tell_client
from kyc.transitions import DOCUMENT
from messaging.services import notify, settle_alert

MOST_WAITING = 30
SENDING = (ClientStatus.CREATED, ClientStatus.ACTIVE, ClientStatus.FROZEN)


class DocumentKnown(DomainError):
    """The same file was sent before and is still there."""

    code = "document_known"


class TooManyDocuments(DomainError):
    code = "too_many_documents"


class ClientCantSend(DomainError):
    """The client is deactivated or blocked."""

    code = "client_not_active"


class DocumentDeleted(DomainError):
    code = "document_deleted"


class UnfitExpiry(DomainError):
    """A date that is missing, past or can't be true."""

    code = "unfit_expiry"
    status = 422


class UnfitReason(DomainError):
    code = "unfit_reason"
    status = 422


def upload_document(
    *, client_id: int, kind: str, examined: Examined, actor: Actor, now: datetime, expires_on: date | None = None
) -> Document:
    """Keep an examined file of a client, for its open case if it has one; a verdict is due (KYC-10).

    Raises DocumentKnown where the same file is there already, TooManyDocuments, ClientCantSend (a key of the API alone), UnfitExpiry.
    """
    if kind not in DocumentKind.values:
        raise UnfitReason(_("Choose one of those offered."), field="kind")
    _check_date(expires_on, now)
    name = store.keep(examined.content)
    try:
        with transaction.atomic(durable=True):
            return _upload(client_id, kind, examined, name, expires_on, actor, now)
    except BaseException as error:
        store.discard(name)
        if isinstance(error, IntegrityError) and "kyc_document_once" in str(error):
            raise DocumentKnown(_("This very file is there already."), field="file") from error
        raise


def _upload(client_id: int, kind: str, examined: Examined, name: str, expires_on: date | None, actor: Actor, now: datetime) -> Document:
    client = lock(Client.objects.all(), pk=client_id)
    user: Any = actor if actor.actor_type == ActorType.USER else None
    if user is None and client.status not in SENDING:
        raise ClientCantSend(_("This client is %(status)s.") % {"status": client.get_status_display().lower()})
    if (twin := proofs(client.pk).filter(sha256=examined.sha256).values_list("reference", flat=True).first()) is not None:
        raise DocumentKnown(_("This very file is there already, as %(reference)s.") % {"reference": twin}, field="file")
    waiting = Document.objects.filter(client=client, status=DocumentStatus.UPLOADED, deleted_at__isnull=True).count()
    if user is None and waiting >= MOST_WAITING:
        raise TooManyDocuments(_("%(number)s documents wait for a verdict already.") % {"number": waiting})
    case = Case.objects.filter(OPEN_CASES, client=client).select_related("assigned_to").first()
    document = Document.objects.create(
        client=client, case=case, kind=kind, name=examined.name, stored=name, content_type=examined.content_type, size=len(examined.content),
        pages=examined.pages, sha256=examined.sha256, uploaded_at=now, uploaded_by=user, channel="" if user else str(actor.actor_label)[:80],
        expires_on=expires_on,
    )  # fmt: skip
    record(
        action="kyc.document_uploaded", actor=actor, subject=document, now=now, personal={"file_name": (None, document.name)},
        details={
            "client": client.reference, "case": case.reference if case else None, "kind": kind, "type": examined.content_type,
            "pages": examined.pages, "sha256": examined.sha256, "expires_on": expires_on.isoformat() if expires_on else None,
        },
    )  # fmt: skip
    if case is not None and case.assigned_to is not None and user is None:
        message = _("%(client)s sent a document for a case of yours.") % {"client": client.reference}
        notify(user=case.assigned_to, kind="kyc.document_sent", message=message, url=address_of(document), subject=case, now=now)
    return document


@transaction.atomic(durable=True)
def approve_document(*, document_id: int, actor: Actor, now: datetime, expires_on: date | None = None) -> Document:
    """It proves what it should, until `expires_on`; passports and the like need that date (KYC-10).

    Raises IllegalTransition, DocumentDeleted, UnfitExpiry for a date that is missing where it must be there, or past.
    """
    document = _locked(document_id)
    if expires_on is None and document.kind in EXPIRING:
        raise UnfitExpiry(_("Say until when it is valid: it stands on the document."), field="expires_on")
    _check_date(expires_on, now)
    if expires_on is not None and expires_on < today(now):
        raise UnfitExpiry(_("It is no longer valid: reject it, so that the client sends another."), field="expires_on")
    changes = {"expires_on": (document.expires_on, expires_on)} if expires_on != document.expires_on else {}
    move(
        document, table=DOCUMENT, to=DocumentStatus.APPROVED, actor=actor, now=now, changes=changes, decided_at=now, decided_by_id=person_id(actor),
        expires_on=expires_on, reminded_at=None, lapsed_at=None,
    )  # fmt: skip
    for older in Document.objects.filter(client=document.client_id, kind=document.kind, lapsed_at__isnull=False).exclude(pk=document.pk):
        settle_alert(kind="kyc.document_lapsed", subject=older, note=_("A newer one was approved."), now=now)
    return document


@transaction.atomic(durable=True)
def reject_document(*, document_id: int, reason: str, text: str = "", actor: Actor, now: datetime) -> Document:
    """It proves nothing; the client is told by mail why, and may send another (KYC-10). Raises IllegalTransition, DocumentDeleted,
    UnfitReason, UnfitText."""
    if reason not in RejectReason.values:
        raise UnfitReason(_("Choose one of those offered."), field="reason")
    words = clean_line(text, maximum=300, field="reason_text")
    if reason == RejectReason.OTHER and not words:
        raise UnfitReason(_("Write to the client what is wrong."), field="reason_text")
    document = _locked(document_id)
    move(
        document, table=DOCUMENT, to=DocumentStatus.REJECTED, actor=actor, now=now, details={"reason": reason}, comment=words,
        decided_at=now, decided_by_id=person_id(actor), reason=reason, reason_text=words,
    )  # fmt: skip
    settle_alert(kind="kyc.document_lapsed", subject=document, note=_("The document was rejected."), now=now)
    tell("kyc.document_rejected", document, now=now, reason=lambda: why(document))
    return document


@transaction.atomic(durable=True)
def delete_file(*, document_id: int, actor: Actor, now: datetime, comment: str = "") -> Document:
    """Delete the file for good; what it was and the verdict stay. Raises DocumentDeleted, UnfitText."""
    reason = clean_line(comment, maximum=300, field="comment", required=True)
    document = _locked(document_id)
    name, document.stored, document.deleted_at = document.stored, "", now
    document.save(update_fields=["stored", "deleted_at"])
    record(action="kyc.document_file_deleted", actor=actor, subject=document, now=now, comment=reason)
    settle_alert(kind="kyc.document_lapsed", subject=document, note=_("The file was deleted."), now=now)
    transaction.on_commit(lambda: store.discard(name))
    return document


def tell(template: str, document: Document, *, now: datetime, **words: Any) -> None:
    """A mail to the client about a document, each word made in the client's language."""
    with translation.override(document.client.language):
        more = {name: str(make()) for name, make in words.items()}
        kind = str(document.get_kind_display())
        date_text = formats.date_format(document.expires_on, "DATE_FORMAT") if document.expires_on else ""
    tell_client(template, document.client, about=document, now=now, document=kind, file=document.name, date=date_text, **more)


def why(document: Document) -> str:
    """The reason of a rejection in the reader's language, as the client reads it."""
    listed = "" if document.reason == RejectReason.OTHER else str(document.get_reason_display())
    return " ".join(part for part in (listed, document.reason_text) if part)


def address_of(document: Document) -> str:
    return reverse("kyc-document-detail", args=[document.reference])


def today(now: datetime) -> date:
    """The day at the issuer."""
    return now.astimezone(instance.time_zone()).date()


def _locked(document_id: int) -> Document:
    document = lock(Document.objects.select_related("client", "case"), pk=document_id)
    if document.deleted_at is not None:
        raise DocumentDeleted(_("The file of this document was deleted."))
    return document


def _check_date(expires_on: date | None, now: datetime) -> None:
    if expires_on is not None and not 1950 <= expires_on.year <= now.year + 100:
        raise UnfitExpiry(_("This can't be the date on the document."), field="expires_on")
