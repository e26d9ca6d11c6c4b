from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend, register_badge, visible
from kit.details import Tab
from kit.pages import MenuItem
from kyc.enums import DocumentStatus, Right
from kyc.issuer import dialogs, holds, tabs, views
from kyc.issuer.documents import dialogs as document_dialogs
from kyc.issuer.documents import views as documents
from kyc.models import Case, Document
from kyc.selectors import QUEUE

CASE = "kyc/cases/<str:reference>/"
DOCUMENT = "kyc/documents/<str:reference>/"
urlpatterns = [
    path("kyc/cases/", views.CaseList.as_view(), name="kyc-case-list"),
    path(CASE, views.CaseDetail.as_view(), name="kyc-case-detail"),
    path(CASE + "take/", dialogs.TakeCase.as_view(), name="kyc-case-take"),
    path(CASE + "release/", dialogs.ReleaseCase.as_view(), name="kyc-case-release"),
    path(CASE + "ask/", dialogs.AskMore.as_view(), name="kyc-case-ask"),
    path(CASE + "approve/", dialogs.ApproveCase.as_view(), name="kyc-case-approve"),
    path(CASE + "decline/", dialogs.DeclineCase.as_view(), name="kyc-case-decline"),
    path("kyc/documents/", documents.DocumentList.as_view(), name="kyc-document-list"),
    path(DOCUMENT, documents.DocumentDetail.as_view(), name="kyc-document-detail"),
    path(DOCUMENT + "pane/", documents.DocumentPane.as_view(), name="kyc-document-pane"),
    path(DOCUMENT + "pages/<int:page>/", documents.DocumentPicture.as_view(), name="kyc-document-picture"),
    path(DOCUMENT + "file/", documents.DocumentFile.as_view(), name="kyc-document-file"),
    path(DOCUMENT + "approve/", document_dialogs.ApproveDocument.as_view(), name="kyc-document-approve"),
    path(DOCUMENT + "reject/", document_dialogs.RejectDocument.as_view(), name="kyc-document-reject"),
    path(DOCUMENT + "delete/", document_dialogs.DeleteFile.as_view(), name="kyc-document-delete"),
    path("clients/<str:reference>/documents/upload/", document_dialogs.UploadDocument.as_view(), name="client-document-upload"),
    path("clients/<str:reference>/level/", dialogs.SetLevel.as_view(), name="client-set-level"),
]

extend("menu", "issuer", MenuItem("clients", _("KYC cases"), "kyc-case-list", "id-badge-2", Right.KYC_SEE, order=20))
extend("menu", "issuer", MenuItem("clients", _("Documents"), "kyc-document-list", "file-certificate", Right.KYC_SEE, order=30))
register_badge("kyc-case-list", lambda person: visible(Case, person).filter(QUEUE))
tabs.register()
register_badge(
    "kyc-document-list", lambda person: visible(Document, person).filter(status=DocumentStatus.UPLOADED, deleted_at__isnull=True)
)
for page in ("clients.issuer.views.ClientDetail", "kyc.issuer.views.CaseDetail"):
    extend(page, "tab", Tab("documents", _("Documents"), "kyc/documents/tab.html", right=Right.KYC_SEE, context=documents.documents_of))
holds.register()
