from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right
from accounts.issuer import views
from core.registries import extend
from kit.pages import MenuItem

urlpatterns = [
    path("users/", views.UserList.as_view(), name="user-list"),
    path("users/<str:reference>/", views.UserDetail.as_view(), name="user-detail"),
    path("users/<str:reference>/reset-mail/", views.SendResetMail.as_view(), name="user-reset-mail"),
]

extend("menu", "issuer", MenuItem("administration", _("Users"), "user-list", "users", Right.USERS_SEE))
