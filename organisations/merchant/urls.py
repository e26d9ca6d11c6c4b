from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from organisations.enums import Right
from organisations.merchant import views

urlpatterns = [
    path("merchant/organisations/", views.MerchantOrganisationList.as_view(), name="merchant-organisation-list"),
    path("merchant/organisations/<str:reference>/", views.MerchantOrganisationDetail.as_view(), name="merchant-organisation-detail"),
    path("merchant/organisations/<str:reference>/edit/", views.MerchantEditOrganisation.as_view(), name="merchant-organisation-edit"),
    path("merchant/keys/", views.MerchantKeyList.as_view(), name="merchant-key-list"),
    path("merchant/keys/new/", views.MerchantCreateKey.as_view(), name="merchant-key-create"),
    path("merchant/keys/<str:reference>/", views.MerchantKeyDetail.as_view(), name="merchant-key-detail"),
    path("merchant/keys/<str:reference>/revoke/", views.MerchantRevokeKey.as_view(), name="merchant-key-revoke"),
]

extend(
    "menu",
    "merchant",
    MenuItem("merchants", _("Organisation"), "merchant-organisation-list", "building-store", Right.ORGANISATIONS_SEE, order=40),
)
extend("menu", "merchant", MenuItem("administration", _("Keys"), "merchant-key-list", "key", Right.KEYS_SEE, order=90))
