"""The list of documents, the page of one, its pages as pictures, its file; and the tab on clients' and cases' pages (KYC-10)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clients.enums import Right as ClientRight
from clients.issuer.tables import identity_rows
from clients.models import Client
from core.images import SANDBOX
from core.registries import visible
from kit import cells
from kit.details import DetailPage, Tab
from kit.lists import ListPage
from kit.pages import Page, find_visible, may
from kyc.enums import DocumentStatus, Right
from kyc.issuer.documents.dialogs import VERDICTS, DeleteFile, UploadDocument
from kyc.issuer.documents.filters import DocumentFilter
from kyc.issuer.documents.resources import DocumentResource
from kyc.issuer.documents.tables import DOCUMENT_COLUMNS, expiry_html, sender_html
from kyc.models import Case, Document
from kyc.services.documents import store
from kyc.services.documents.reading import page_picture

WIDTH = 1800  # pixels of a page as it is shown
SHOWN = 60
RELATED = ("client", "case", "uploaded_by", "decided_by")


class DocumentList(ListPage):
    model = Document
    right = Right.KYC_SEE
    title = _("Documents")
    intro = _(
        "What clients sent to show who they are, and what was sent in for them. Each gets a verdict; some have a date after which they prove nothing."
    )
    columns = DOCUMENT_COLUMNS
    filters = DocumentFilter
    order = ("-uploaded_at", "-id")
    related = RELATED
    resource = DocumentResource
    row_url = "kyc-document-detail"
    empty = _("Documents appear here when clients send them by the API, or when you upload one on a client's page.")


class DocumentDetail(DetailPage):
    model = Document
    right = Right.KYC_SEE
    kind = _("Document")
    list_url, list_label = "kyc-document-list", _("Documents")
    menu = "kyc-document-list"
    related = RELATED
    tabs = [
        Tab("document", _("Document"), "kyc/documents/document.html", context=lambda page: one_document(page)),
        Tab("summary", _("Details"), "kit/summary.html"),
    ]
    actions = [*VERDICTS, DeleteFile]

    def facts(self) -> list[tuple[Any, Any]]:
        document = self.object
        facts = [(_("Client"), client_link(document.client, self.request.user)), (_("Kind"), document.get_kind_display())]
        return [*facts, (_("Valid until"), expiry_html(document))] if document.expires_on else facts

    def summary(self) -> list[tuple[Any, Any]]:
        document = self.object
        link = (
            format_html('<a href="{}">{}</a>', reverse("kyc-case-detail", args=[document.case.reference]), document.case)
            if document.case
            else ""
        )
        rows = [
            (_("File name"), document.name),
            (_("File type"), document.content_type),
            (_("Pages"), document.pages),
            (_("Size"), filesizeformat(document.size)),
            (_("SHA-256 of what was sent"), cells.mono("sha256")(document)),
            (_("KYC case"), link),
            (_("Sent by"), sender_html(document)),
            (_("Came through"), document.channel),
            (_("Uploaded"), cells.when_html(document.uploaded_at)),
            (_("Valid until"), expiry_html(document)),
            (_("Client reminded"), cells.when_html(document.reminded_at)),
            (_("Reason"), document.get_reason_display()),
            (_("Text for the client"), document.reason_text),
            (_("Verdict given"), cells.when_html(document.decided_at)),
            (_("Verdict by"), document.decided_by or ""),
            (_("File deleted"), cells.when_html(document.deleted_at)),
        ]
        return [(label, format_html("{}", value)) for label, value in rows if value not in ("", cells.NOTHING)]


class OfDocument(Page):
    """Part of a document's page."""

    right = Right.KYC_SEE
    object: Document

    def prepare(self, **kwargs: Any) -> None:
        self.object = find_visible(Document, self.request.user, related=RELATED, reference=kwargs["reference"])


class DocumentPane(OfDocument):
    """One document beside another: the viewer with its verdict, for the tab."""

    title = _("Document")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return self.render("kyc/documents/pane.html", pane(self.object, request.user))


class DocumentPicture(OfDocument):
    """One page as a picture drawn here: nothing of the file itself reaches the browser. That it was looked at is an event."""

    title = _("Page of a document")
    audited_read = "kyc.document_read"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if self.object.deleted_at or not 1 <= kwargs["page"] <= self.object.pages:
            raise Http404
        picture = page_picture(store.content_of(self.object), page=kwargs["page"], width=WIDTH)
        return guarded(HttpResponse(picture, content_type="image/jpeg"))


class DocumentFile(OfDocument):
    """The file, to be saved and not to be opened here. That it was fetched is an event."""

    title = _("File of a document")
    audited_read = "kyc.document_read"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if self.object.deleted_at:
            raise Http404
        response = guarded(HttpResponse(store.content_of(self.object), content_type=self.object.content_type))
        ending = self.object.name.rpartition(".")[2]
        response["Content-Disposition"] = f'attachment; filename="{self.object.reference}.{ending}"'
        return response


def guarded(response: HttpResponse) -> HttpResponse:
    """Opened by itself it can run and load nothing, and is what we say it is."""
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def pane(document: Document, person: Any) -> dict[str, Any]:
    actions = [
        {"verb": action.button, "url": action.address(document), "icon": action.icon, "is_next": action.is_next(document)}
        for action in VERDICTS
        if may(person, action) and action.available(document)
    ]
    return {"document": document, "verdicts": actions, "expiry": expiry_html(document), "sender": sender_html(document)}


def one_document(page: DetailPage) -> dict[str, Any]:
    """The verdicts stand in the page's own head."""
    return {**pane(page.object, page.request.user), "person_data": client_data(page.object.client, page.request.user), "verdicts": []}


def documents_of(page: DetailPage) -> dict[str, Any]:
    """A client's documents on its page, or on that of one of its cases: those that wait for a verdict first."""
    client = page.object.client if isinstance(page.object, Case) else page.object
    person = page.request.user
    rows = visible(Document, person).filter(client=client).select_related(*RELATED)
    documents = sorted(rows.order_by("-uploaded_at", "-id")[:SHOWN], key=lambda one: one.status != DocumentStatus.UPLOADED)
    upload = UploadDocument.address(client) if may(person, UploadDocument) else ""
    shown = pane(documents[0], person) if documents else {}
    return {
        "documents": [(one, expiry_html(one)) for one in documents],
        "upload": upload,
        "person_data": client_data(client, person),
        **shown,
    }


def client_data(client: Client, person: Any) -> list[tuple[Any, Any]]:
    """What the documents should show."""
    rows = [(_("Client"), client_link(client, person)), *identity_rows(client), (_("Verification level"), str(client.verification_level))]
    return [(label, format_html("{}", value) if value else cells.NOTHING) for label, value in rows]


def client_link(client: Client, person: Any) -> Any:
    if not person.has_right(ClientRight.CLIENTS_SEE):
        return format_html("{}", client.reference)
    return format_html('<a href="{}">{}</a>', reverse("client-detail", args=[client.reference]), client)
