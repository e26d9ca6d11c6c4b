"""Included before `assets.issuer.urls`, where `assets/new/` would be an asset of the code "new"."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.details import Tab
from ledger.enums import Right
from ledger.issuer.assets import figures, views

urlpatterns = [
    path("assets/new/", views.CreateAsset.as_view(), name="asset-create"),
    path("assets/<str:code>/issue/", views.IssueMore.as_view(), name="asset-issue"),
    path("assets/<str:code>/burn/", views.Burn.as_view(), name="asset-burn"),
]
PAGE = "assets.issuer.views.AssetDetail"
extend("assets.issuer.views.AssetList", "create", views.CreateAsset)
extend(PAGE, "money", views.IssueMore)
extend(PAGE, "money", views.Burn)
extend(PAGE, "summary", views.wallet_lines)
extend(PAGE, "tab", Tab("figures", _("Figures"), "ledger/asset_figures.html", Right.OPERATIONS_SEE, figures.figures_tab))
extend(PAGE, "tab", Tab("issuing", _("Issuing"), "ledger/asset_issuing.html", Right.OPERATIONS_SEE, views.issuing_tab))
