from django.urls import path
from django.utils.translation import gettext_lazy as _

from assets.enums import Right
from assets.issuer import rates, views
from core.registries import extend
from kit.pages import MenuItem

urlpatterns = [
    path("assets/", views.AssetList.as_view(), name="asset-list"),
    path("assets/currencies/new/", views.AddCurrency.as_view(), name="currency-create"),
    path("assets/<str:code>/", views.AssetDetail.as_view(), name="asset-detail"),
    path("assets/<str:code>/edit/", views.EditAsset.as_view(), name="asset-edit"),
    path("assets/<str:code>/properties/", views.EditProperties.as_view(), name="asset-properties"),
    path("assets/<str:code>/image/", views.AssetImage.as_view(), name="asset-image"),
    path("assets/<str:code>/image/set/", views.SetImage.as_view(), name="asset-image-set"),
    path("assets/<str:code>/image/remove/", views.RemoveImage.as_view(), name="asset-image-remove"),
    path("assets/<str:code>/deactivate/", views.DeactivateAsset.as_view(), name="asset-deactivate"),
    path("assets/<str:code>/reactivate/", views.ReactivateAsset.as_view(), name="asset-reactivate"),
    path("assets/<str:code>/rates/new/", rates.AddRate.as_view(), name="rate-create"),
    path("assets/<str:code>/rates/<str:currency>/change/", rates.ChangeRate.as_view(), name="rate-change"),
    path("assets/<str:code>/rates/<str:currency>/delete/", rates.DeleteRate.as_view(), name="rate-delete"),
    path("rates/", rates.RateList.as_view(), name="rate-list"),
    path("rates/history/", rates.RateChangeList.as_view(), name="rate-history"),
]
extend("menu", "issuer", MenuItem("assets", _("Assets"), "asset-list", "coins", Right.ASSETS_SEE, order=10))
extend("menu", "issuer", MenuItem("assets", _("Rates"), "rate-list", "chart-line", Right.RATES_SEE, order=20))
