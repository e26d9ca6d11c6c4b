from django.urls import path
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.pages import MenuItem
from ledger.issuer.wallets import people
from ledger.merchant import views
from wallets.enums import Right

urlpatterns = [
    path("merchant/wallets/", views.MerchantWalletList.as_view(), name="merchant-wallet-list"),
    path("merchant/wallets/new/", views.MerchantCreateWallet.as_view(), name="merchant-wallet-create"),
    path("merchant/users/<str:reference>/wallets/", views.MerchantChooseWallets.as_view(), name="merchant-user-wallets"),
    path("merchant/wallets/<str:reference>/", views.MerchantWalletDetail.as_view(), name="merchant-wallet-detail"),
    path("merchant/wallets/<str:reference>/rename/", views.MerchantRenameWallet.as_view(), name="merchant-wallet-rename"),
    path("merchant/wallets/<str:reference>/close/", views.MerchantCloseWallet.as_view(), name="merchant-wallet-close"),
    path("merchant/wallets/<str:reference>/reopen/", views.MerchantReopenWallet.as_view(), name="merchant-wallet-reopen"),
]

extend("menu", "merchant", MenuItem("wallets", _("Wallets"), "merchant-wallet-list", "wallet", Right.WALLETS_SEE, order=20))
people.register("accounts.merchant.views.MerchantUserDetail", views.MerchantChooseWallets)
