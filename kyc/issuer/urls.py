from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend, register_badge, visible
from kit.pages import MenuItem
from kyc.enums import Right
from kyc.issuer import dialogs, tabs, views
from kyc.models import Case
from kyc.selectors import QUEUE

CASE = "kyc/cases/<str:reference>/"
urlpatterns = [
    path("kyc/cases/", views.CaseList.as_view(), name="kyc-case-list"),
    path(CASE, views.CaseDetail.as_view(), name="kyc-case-detail"),
    path(CASE + "take/", dialogs.TakeCase.as_view(), name="kyc-case-take"),
    path(CASE + "release/", dialogs.ReleaseCase.as_view(), name="kyc-case-release"),
    path(CASE + "ask/", dialogs.AskMore.as_view(), name="kyc-case-ask"),
    path(CASE + "approve/", dialogs.ApproveCase.as_view(), name="kyc-case-approve"),
    path(CASE + "decline/", dialogs.DeclineCase.as_view(), name="kyc-case-decline"),
    path("clients/<str:reference>/level/", dialogs.SetLevel.as_view(), name="client-set-level"),
]

extend("menu", "issuer", MenuItem("clients", _("KYC cases"), "kyc-case-list", "id-badge-2", Right.KYC_SEE, order=20))
register_badge("kyc-case-list", lambda person: visible(Case, person).filter(QUEUE))
tabs.register()
