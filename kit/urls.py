from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit import views
from kit.enums import Right
from kit.exports import views as exports
from kit.pages import MenuItem

urlpatterns = [
    path("preferences/", views.Preferences.as_view(), name="preferences"),
    path("exports/", exports.ExportList.as_view(), name="export-list"),
    path("exports/everybody/", exports.EverybodysExports.as_view(), name="export-everybody"),
    path("exports/verify/", exports.VerifyFile.as_view(), name="export-verify"),
    path("exports/<str:reference>/", exports.ExportDetail.as_view(), name="export-detail"),
    path("exports/<str:reference>/cancel/", exports.CancelExport.as_view(), name="export-cancel"),
    path("exports/<str:reference>/file/", exports.ExportFile.as_view(), name="export-file"),
    path("exports/<str:reference>/provenance/", exports.ExportProvenance.as_view(), name="export-provenance"),
]

extend("menu", "issuer", MenuItem("oversight", _("Exports"), "export-everybody", "file-spreadsheet", Right.EXPORTS_SEE_ALL, order=20))
