from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right
from accounts.merchant import trail, views
from audit.enums import Right as AuditRight
from core.registries import extend
from kit.pages import SIGNED_IN, MenuItem

urlpatterns = [
    path("merchant/", views.MerchantHome.as_view(), name="merchant-home"),
    path("merchant/users/", views.MerchantUserList.as_view(), name="merchant-user-list"),
    path("merchant/users/invite/", views.MerchantInvite.as_view(), name="merchant-user-invite"),
    path("merchant/users/<str:reference>/", views.MerchantUserDetail.as_view(), name="merchant-user-detail"),
    path("merchant/users/<str:reference>/edit/", views.MerchantEditUser.as_view(), name="merchant-user-edit"),
    path("merchant/users/<str:reference>/profiles/", views.MerchantSetProfiles.as_view(), name="merchant-user-profiles"),
    path("merchant/users/<str:reference>/organisations/", views.MerchantSetOrganisations.as_view(), name="merchant-user-organisations"),
    path("merchant/users/<str:reference>/reset-mail/", views.MerchantSendResetMail.as_view(), name="merchant-user-reset-mail"),
    path("merchant/users/<str:reference>/reset-factors/", views.MerchantResetFactors.as_view(), name="merchant-user-reset-factors"),
    path("merchant/users/<str:reference>/invite-again/", views.MerchantInviteAgain.as_view(), name="merchant-user-invite-again"),
    path(
        "merchant/users/<str:reference>/revoke-invitation/",
        views.MerchantRevokeInvitation.as_view(),
        name="merchant-user-revoke-invitation",
    ),
    path("merchant/users/<str:reference>/deactivate/", views.MerchantDeactivate.as_view(), name="merchant-user-deactivate"),
    path("merchant/users/<str:reference>/reactivate/", views.MerchantReactivate.as_view(), name="merchant-user-reactivate"),
    path("merchant/users/<str:reference>/delete/", views.MerchantErase.as_view(), name="merchant-user-erase"),
    path("merchant/audit/", trail.MerchantEventList.as_view(), name="merchant-audit-list"),
    path("merchant/audit/<str:reference>/", trail.MerchantEventDetail.as_view(), name="merchant-audit-event"),
]

extend("menu", "merchant", MenuItem("overview", _("Dashboard"), "merchant-home", "layout-dashboard", SIGNED_IN, order=0))
extend("menu", "merchant", MenuItem("administration", _("Users"), "merchant-user-list", "users", Right.USERS_SEE, order=80))
extend("menu", "merchant", MenuItem("oversight", _("Audit trail"), "merchant-audit-list", "history", AuditRight.SEE, order=95))
