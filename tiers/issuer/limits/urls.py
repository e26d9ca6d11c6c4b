from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from tiers.enums import Right
from tiers.issuer.limits import client
from tiers.issuer.limits.thresholds import AddThreshold, ChangeThreshold, RemoveThreshold
from tiers.issuer.limits.views import (
    ActivateLimit,
    AddRule,
    CopyLimit,
    CreateLimit,
    CreatePersonalLimit,
    DeactivateLimit,
    EditLimit,
    LimitDetail,
    LimitList,
    RuleList,
)

urlpatterns = [
    path("limits/", LimitList.as_view(), name="limit-list"),
    path("limits/create/", CreateLimit.as_view(), name="limit-create"),
    path("limits/<str:reference>/", LimitDetail.as_view(), name="limit-detail"),
    path("limits/<str:reference>/edit/", EditLimit.as_view(), name="limit-edit"),
    path("limits/<str:reference>/copy/", CopyLimit.as_view(), name="limit-copy"),
    path("limits/<str:reference>/activate/", ActivateLimit.as_view(), name="limit-activate"),
    path("limits/<str:reference>/deactivate/", DeactivateLimit.as_view(), name="limit-deactivate"),
    path("limits/<str:reference>/thresholds/add/", AddThreshold.as_view(), name="limit-threshold-add"),
    path("limits/<str:reference>/thresholds/<str:threshold>/", ChangeThreshold.as_view(), name="limit-threshold-change"),
    path("limits/<str:reference>/thresholds/<str:threshold>/remove/", RemoveThreshold.as_view(), name="limit-threshold-remove"),
    path("kyc-rules/", RuleList.as_view(), name="kyc-rule-list"),
    path("kyc-rules/add/", AddRule.as_view(), name="kyc-rule-add"),
    path("clients/<str:reference>/limits/create/", CreatePersonalLimit.as_view(), name="client-limit-create"),
]
extend("menu", "issuer", MenuItem("clients", _("Limits"), "limit-list", "gauge", Right.TIERS_SEE, order=50))
client.register()
