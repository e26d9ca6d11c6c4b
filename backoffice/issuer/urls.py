from django.urls import path
from django.utils.translation import gettext_lazy as _

from backoffice.issuer import views
from core.registries import extend
from kit.pages import SIGNED_IN, MenuItem

urlpatterns = [path("", views.Overview.as_view(), name="overview")]

extend("menu", "issuer", MenuItem("overview", _("Overview"), "overview", "layout-dashboard", SIGNED_IN, order=0))
