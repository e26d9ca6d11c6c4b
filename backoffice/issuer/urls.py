from django.urls import path, re_path
from django.utils.translation import gettext_lazy as _

from backoffice import branding
from backoffice.enums import Right
from backoffice.issuer import views
from backoffice.issuer.instance import views as instance
from core.registries import extend
from kit.pages import SIGNED_IN, MenuItem

urlpatterns = [
    path("", views.Overview.as_view(), name="overview"),
    path("settings/", instance.Settings.as_view(), name="settings"),
    path("settings/<str:group>/edit/", instance.EditSettings.as_view(), name="settings-edit"),
    path("settings/<str:key>/reset/", instance.ResetSetting.as_view(), name="settings-reset"),
    path("branding/", instance.Branding.as_view(), name="branding"),
    path("branding/<str:kind>/set/", instance.SetLogo.as_view(), name="branding-set"),
    path("branding/<str:kind>/reset/", instance.ResetLogo.as_view(), name="branding-reset"),
    path("branding.css", branding.Colours.as_view(), name="branding-colours"),
    re_path(r"^branding/(?P<name>[0-9a-f]{32}\.(?:png|svg))$", branding.LogoFile.as_view(), name="branding-logo"),
    re_path(r"^branding/mark-(?P<colour>[0-9a-f]{6})\.svg$", branding.Mark.as_view(), name="branding-mark"),
]

extend("menu", "issuer", MenuItem("overview", _("Overview"), "overview", "layout-dashboard", SIGNED_IN, order=0))
extend("menu", "issuer", MenuItem("administration", _("Settings"), "settings", "settings", Right.INSTANCE_SEE, order=110))
extend("menu", "issuer", MenuItem("administration", _("Branding"), "branding", "palette", Right.INSTANCE_SEE, order=120))
