"""Documents over the API: sent, listed, read with the verdict and its reason (KYC-10, API-01)."""

from datetime import date, datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone, translation
from ninja import Field, File, Form, Path, Query, Router, Schema, Status, UploadedFile

from clients.api.auth import actor_of
from clients.models import Client
from kit.api.auth import rows
from kit.api.idempotent import idempotent
from kit.api.paging import Page, PageQuery, paged
from kyc.api.cases import ACT, MODE, SEE, Reference, client_of
from kyc.enums import DocumentKind, DocumentStatus
from kyc.models import Document
from kyc.services.documents import keeping
from kyc.services.documents.reading import LARGEST, examine, refuse

router = Router(tags=["KYC documents"])


class DocumentIn(Schema):
    """Beside the file: what it is, and the date on it."""

    kind: DocumentKind
    expires_on: Annotated[date | None, Field(description="Until when it is valid, where that stands on it.")] = None


class DocumentOut(Schema):
    """`status` is the verdict, `reason` a stable code and `reason_text` what the client should read, in its language."""

    reference: str
    client: str
    case: str | None
    kind: DocumentKind
    name: str
    content_type: str
    size: int
    pages: int
    status: DocumentStatus
    reason: str
    reason_text: str
    expires_on: date | None
    uploaded_at: datetime
    decided_at: datetime | None


class DocumentQuery(PageQuery):
    """Criteria of the list; all that are given must fit."""

    status: DocumentStatus | None = None
    kind: DocumentKind | None = None


SAME = [name for name in DocumentOut.model_fields if name not in {"client", "case", "reason_text"}]


def as_document(document: Document) -> DocumentOut:
    with translation.override(document.client.language):
        words = keeping.why(document) if document.reason else ""
    return DocumentOut(
        client=document.client.reference,
        case=document.case.reference if document.case else None,
        reason_text=words,
        **{name: getattr(document, name) for name in SAME},
    )


def documents_of(request: HttpRequest) -> QuerySet[Document]:
    """Of the key's mode; with a client's token, its own alone."""
    own: Client | None = request.client  # type: ignore[attr-defined]
    found = rows(request, Document, is_test=MODE).select_related("client", "case")
    return found if own is None else found.filter(client=own)


@router.post("/clients/{reference}/documents", auth=ACT, response={201: DocumentOut}, summary="Send a client's document")
@idempotent
def send_document(
    request: HttpRequest, reference: Path[Reference], wanted: Form[DocumentIn], file: File[UploadedFile]
) -> Status[DocumentOut]:
    """As multipart/form-data: `file` is a whole JPEG, PNG or PDF of at most 16 MB and 20 pages, without password, scripts or attachments. Pictures
    are drawn anew without their metadata. It belongs to the client's open case, if there is one, and waits for a verdict."""
    client = client_of(request, reference)
    if (file.size or 0) > LARGEST:
        refuse("large")
    examined = examine(file.read(), name=file.name or "")
    document = keeping.upload_document(
        client_id=client.pk,
        kind=wanted.kind,
        examined=examined,
        expires_on=wanted.expires_on,
        actor=actor_of(request),
        now=timezone.now(),
    )
    return Status(201, as_document(documents_of(request).get(pk=document.pk)))


@router.get("/clients/{reference}/documents", auth=SEE, response=Page[DocumentOut], summary="List a client's documents")
def list_documents(request: HttpRequest, reference: Path[Reference], query: Query[DocumentQuery]) -> dict[str, Any]:
    """Newest first."""
    client = client_of(request, reference)
    criteria = {name: value for name, value in {"status": query.status, "kind": query.kind}.items() if value}
    page = paged(documents_of(request).filter(client=client, **criteria), query)
    return {**page, "items": [as_document(document) for document in page["items"]]}


@router.get("/documents/{reference}", auth=SEE, response=DocumentOut, summary="Read a document's verdict")
def read_document(request: HttpRequest, reference: Path[Reference]) -> DocumentOut:
    """Its data and the verdict; the file itself is not given out."""
    return as_document(get_object_or_404(documents_of(request), reference=reference))
