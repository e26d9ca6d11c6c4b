from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from ledger.issuer.wallets import people, tabs, views
from wallets.enums import Right
from wallets.issuer import clients
from wallets.issuer.views import CreateWallet, RenameWallet, ReopenWallet

urlpatterns = [
    path("wallets/", views.WalletList.as_view(), name="wallet-list"),
    path("wallets/new/", CreateWallet.as_view(), name="wallet-create"),
    path("users/<str:reference>/wallets/", people.ChooseWallets.as_view(), name="user-wallets"),
    path("wallets/<str:reference>/", views.WalletDetail.as_view(), name="wallet-detail"),
    path("wallets/<str:reference>/rename/", RenameWallet.as_view(), name="wallet-rename"),
    path("wallets/<str:reference>/close/", views.CloseWallet.as_view(), name="wallet-close"),
    path("wallets/<str:reference>/reopen/", ReopenWallet.as_view(), name="wallet-reopen"),
]
extend("menu", "issuer", MenuItem("wallets", _("Wallets"), "wallet-list", "wallet", Right.WALLETS_SEE, order=10))
tabs.register()
people.register("accounts.issuer.views.UserDetail", people.ChooseWallets)
clients.register()
