from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from organisations.enums import Right
from organisations.issuer import trail, views

urlpatterns = [
    path("organisations/", views.OrganisationList.as_view(), name="organisation-list"),
    path("organisations/new/", views.CreateOrganisation.as_view(), name="organisation-create"),
    path("organisations/<str:reference>/", views.OrganisationDetail.as_view(), name="organisation-detail"),
    path("organisations/<str:reference>/edit/", views.EditOrganisation.as_view(), name="organisation-edit"),
    path("organisations/<str:reference>/add-user/", views.AddMember.as_view(), name="organisation-add-user"),
    path("keys/", views.KeyList.as_view(), name="key-list"),
    path("keys/new/", views.CreateKey.as_view(), name="key-create"),
    path("keys/<str:reference>/", views.KeyDetail.as_view(), name="key-detail"),
    path("keys/<str:reference>/revoke/", views.RevokeKey.as_view(), name="key-revoke"),
]

trail.register()
extend(
    "menu", "issuer", MenuItem("merchants", _("Organisations"), "organisation-list", "building-store", Right.ORGANISATIONS_SEE, order=10)
)
extend("menu", "issuer", MenuItem("administration", _("API keys"), "key-list", "key", Right.KEYS_SEE, order=90))
