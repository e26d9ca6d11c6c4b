from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.merchant import views
from core.registries import extend
from kit.pages import SIGNED_IN, MenuItem

urlpatterns = [path("merchant/", views.MerchantHome.as_view(), name="merchant-home")]

extend("menu", "merchant", MenuItem("overview", _("Welcome"), "merchant-home", "home", SIGNED_IN, order=0))
