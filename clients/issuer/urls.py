from django.urls import path
from django.utils.translation import gettext_lazy as _

from clients.enums import Right
from clients.issuer import access, standing, views
from core.registries import extend
from kit.pages import MenuItem

urlpatterns = [
    path("clients/", views.ClientList.as_view(), name="client-list"),
    path("clients/new/", views.CreateClient.as_view(), name="client-create"),
    path("clients/new/company/", views.CreateCompany.as_view(), name="client-create-company"),
    path("clients/<str:reference>/", views.ClientDetail.as_view(), name="client-detail"),
    path("clients/<str:reference>/edit/", views.EditClient.as_view(), name="client-edit"),
    path("clients/<str:reference>/activate/", views.ActivateClient.as_view(), name="client-activate"),
    path("clients/<str:reference>/deactivate/", views.DeactivateClient.as_view(), name="client-deactivate"),
    path("clients/<str:reference>/reactivate/", views.ReactivateClient.as_view(), name="client-reactivate"),
    path("clients/<str:reference>/block/", standing.BlockClient.as_view(), name="client-block"),
    path("clients/<str:reference>/unblock/", standing.UnblockClient.as_view(), name="client-unblock"),
    path("clients/<str:reference>/freeze/", standing.FreezeClient.as_view(), name="client-freeze"),
    path("clients/<str:reference>/unfreeze/", standing.UnfreezeClient.as_view(), name="client-unfreeze"),
    path("clients/<str:reference>/new-password/", access.ResetPassword.as_view(), name="client-reset-password"),
    path("clients/<str:reference>/sessions/revoke/", access.RevokeSessions.as_view(), name="client-sessions-revoke"),
    path("client-sessions/<str:reference>/revoke/", access.RevokeSession.as_view(), name="client-session-revoke"),
    path("clients/<str:reference>/people/add/", views.AddPerson.as_view(), name="client-person-add"),
    path("clients/<str:reference>/people/remove/", views.RemovePerson.as_view(), name="client-person-remove"),
]

extend("menu", "issuer", MenuItem("clients", _("Clients"), "client-list", "users", Right.CLIENTS_SEE, order=10))
