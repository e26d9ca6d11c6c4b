from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.enums import Right
from accounts.issuer import dialogs, profiles, views
from core.registries import extend
from kit.pages import MenuItem

urlpatterns = [
    path("users/", views.UserList.as_view(), name="user-list"),
    path("users/invite/", dialogs.InviteAdministrator.as_view(), name="user-invite"),
    path("users/invite/merchant/", dialogs.InviteMerchantUser.as_view(), name="user-invite-merchant"),
    path("users/<str:reference>/", views.UserDetail.as_view(), name="user-detail"),
    path("users/<str:reference>/edit/", dialogs.EditUser.as_view(), name="user-edit"),
    path("users/<str:reference>/profiles/", dialogs.SetProfiles.as_view(), name="user-profiles"),
    path("users/<str:reference>/organisations/", dialogs.SetOrganisations.as_view(), name="user-organisations"),
    path("users/<str:reference>/reset-mail/", dialogs.SendResetMail.as_view(), name="user-reset-mail"),
    path("users/<str:reference>/reset-factors/", dialogs.ResetFactors.as_view(), name="user-reset-factors"),
    path("users/<str:reference>/invite-again/", dialogs.InviteAgain.as_view(), name="user-invite-again"),
    path("users/<str:reference>/revoke-invitation/", dialogs.RevokeInvitation.as_view(), name="user-revoke-invitation"),
    path("users/<str:reference>/deactivate/", dialogs.Deactivate.as_view(), name="user-deactivate"),
    path("users/<str:reference>/reactivate/", dialogs.Reactivate.as_view(), name="user-reactivate"),
    path("users/<str:reference>/delete/", dialogs.Erase.as_view(), name="user-erase"),
    path("profiles/", profiles.ProfileList.as_view(), name="profile-list"),
    path("profiles/new/", profiles.CreateProfile.as_view(), name="profile-create"),
    path("profiles/new/merchant/", profiles.CreateMerchantProfile.as_view(), name="profile-create-merchant"),
    path("profiles/<str:reference>/", profiles.ProfileDetail.as_view(), name="profile-detail"),
    path("profiles/<str:reference>/edit/", profiles.EditProfile.as_view(), name="profile-edit"),
    path("profiles/<str:reference>/copy/", profiles.CopyProfile.as_view(), name="profile-copy"),
    path("profiles/<str:reference>/reset/", profiles.ResetProfile.as_view(), name="profile-reset"),
    path("profiles/<str:reference>/delete/", profiles.DeleteProfile.as_view(), name="profile-delete"),
]

extend("menu", "issuer", MenuItem("administration", _("Users"), "user-list", "users", Right.USERS_SEE))
extend("menu", "issuer", MenuItem("administration", _("Profiles"), "profile-list", "user-shield", Right.PROFILES_SEE, order=101))
