"""What is done about a document by hand (KYC-10)."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from kit.dialogs import ActionDialog, Done
from kyc.enums import DocumentStatus, Right
from kyc.issuer.documents.forms import ApproveDocumentForm, DeleteFileForm, RejectDocumentForm, UploadForm
from kyc.models import Document
from kyc.services.documents import keeping
from kyc.services.documents.reading import examine
from kyc.transitions import DOCUMENT


class UploadDocument(ActionDialog):
    """For a client, by an administrator."""

    model = Client
    right = Right.KYC_ACT
    url_name = "client-document-upload"
    title = verb = _("Upload document")
    icon = "upload"
    form_class = UploadForm
    menu = "kyc-document-list"

    def sentence(self) -> Any:
        return format_html(_("A document of {} that you have in your hands. It then waits for a verdict."), self.object)

    def back(self) -> str:
        return reverse("client-detail", args=[self.object.reference])

    def perform(self, form: Any, actor: Any, obj: Client, now: datetime) -> Done:
        data = form.cleaned_data
        examined = examine(data["file"].read(), name=data["file"].name or "")
        document = keeping.upload_document(
            client_id=obj.pk, kind=data["kind"], examined=examined, expires_on=data["expires_on"], actor=actor, now=now
        )
        return Done(_("The document %(reference)s is kept.") % {"reference": document.reference}, self.came_from())


class DocumentAction(ActionDialog):
    model = Document
    related = ("client", "case")
    right = Right.KYC_DECIDE
    menu = "kyc-document-list"

    def back(self) -> str:
        return keeping.address_of(self.object)

    def words(self) -> dict[str, Any]:
        return {"kind": self.object.get_kind_display(), "client": str(self.object.client)}


class ApproveDocument(DocumentAction):
    url_name = "kyc-document-approve"
    title = verb = _("Approve document")
    button = _("Approve")
    icon = "check"
    form_class = ApproveDocumentForm

    @classmethod
    def available(cls, obj: Document) -> bool:
        return obj.deleted_at is None and DocumentStatus.APPROVED in DOCUMENT.allowed(obj.status)

    @classmethod
    def is_next(cls, obj: Document) -> bool:
        return True

    def form_options(self) -> dict[str, Any]:
        return {"document": self.object}

    def initial(self) -> dict[str, Any]:
        return {"expires_on": self.object.expires_on}

    def sentence(self) -> Any:
        return _("%(kind)s of %(client)s: it shows what it should. The case is decided by itself, apart from this.") % self.words()

    def perform(self, form: Any, actor: Any, obj: Document, now: datetime) -> Done:
        keeping.approve_document(document_id=obj.pk, expires_on=form.cleaned_data["expires_on"], actor=actor, now=now)
        return Done(_("%(reference)s is approved.") % {"reference": obj.reference})


class RejectDocument(DocumentAction):
    url_name = "kyc-document-reject"
    title = verb = _("Reject document")
    button = _("Reject")
    icon = "x"
    form_class = RejectDocumentForm

    @classmethod
    def available(cls, obj: Document) -> bool:
        return obj.deleted_at is None and DocumentStatus.REJECTED in DOCUMENT.allowed(obj.status)

    def sentence(self) -> Any:
        if self.object.client.is_test:
            return _("%(kind)s of %(client)s proves nothing. It is a test client, so no mail is sent.") % self.words()
        return _("%(kind)s of %(client)s proves nothing. A mail says why, and the client may send another.") % self.words()

    def perform(self, form: Any, actor: Any, obj: Document, now: datetime) -> Done:
        data = form.cleaned_data
        keeping.reject_document(document_id=obj.pk, reason=data["reason"], text=data["reason_text"], actor=actor, now=now)
        return Done(_("%(reference)s is rejected.") % {"reference": obj.reference})


class DeleteFile(DocumentAction):
    url_name = "kyc-document-delete"
    title = verb = _("Delete file")
    icon = "trash"
    danger = True
    form_class = DeleteFileForm

    @classmethod
    def available(cls, obj: Document) -> bool:
        return obj.deleted_at is None

    def sentence(self) -> Any:
        return _("The file of %(kind)s of %(client)s is deleted for good. What it was and the verdict stay.") % self.words()

    def perform(self, form: Any, actor: Any, obj: Document, now: datetime) -> Done:
        keeping.delete_file(document_id=obj.pk, comment=form.cleaned_data["comment"], actor=actor, now=now)
        return Done(_("The file of %(reference)s is deleted.") % {"reference": obj.reference})


VERDICTS = (ApproveDocument, RejectDocument)
