from django.urls import path
from django.utils.translation import gettext_lazy as _

from audit.enums import Right
from audit.issuer import tabs, views
from core.registries import extend
from kit.pages import MenuItem

urlpatterns = [
    path("audit/", views.EventList.as_view(), name="audit-list"),
    path("audit/events/<str:reference>/", views.EventDetail.as_view(), name="audit-event"),
    path("audit/verifications/", views.VerificationList.as_view(), name="audit-verifications"),
    path("audit/verifications/new/", views.RequestVerification.as_view(), name="audit-verify"),
    path("audit/digests/", views.DigestList.as_view(), name="audit-digests"),
    path("audit/digests/<str:day>/", views.DigestFile.as_view(), name="audit-digest"),
]

extend("menu", "issuer", MenuItem("oversight", _("Audit trail"), "audit-list", "history", Right.SEE, order=10))
extend("menu", "issuer", MenuItem("oversight", _("Verifications"), "audit-verifications", "shield-check", Right.SEE, order=11))
extend("menu", "issuer", MenuItem("oversight", _("Digests"), "audit-digests", "clipboard-check", Right.SEE, order=12))
tabs.register()
