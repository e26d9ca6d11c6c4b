from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    """Rights of this app (USR-01)."""

    ORGANISATIONS_SEE = "organisations.see", _("See organisations")
    ORGANISATIONS_EDIT = "organisations.edit", _("Create and edit organisations")
    KEYS_SEE = "keys.see", _("See API keys")
    KEYS_EDIT = "keys.edit", _("Create and revoke API keys")


class Scope(TextChoices):
    """What a key of the API may be given (API-01). A scope is a right: pages, services and the API ask the same question."""

    CLIENTS_SEE = "clients.see", _("Read clients")
    CLIENTS_EDIT = "clients.edit", _("Create and edit clients")
    CLIENTS_SIGN_IN = "clients.sign_in", _("Sign clients up and in")
    WALLETS_SEE = "wallets.see", _("Read wallets and balances")
    WALLETS_EDIT = "wallets.edit", _("Create wallets")
    ASSETS_SEE = "assets.see", _("Read assets")
    RATES_SEE = "rates.see", _("Read rates")
    RATES_EDIT = "rates.edit", _("Set and delete rates")
    ORDERS_SEE = "orders.see", _("Read orders")
    ORDERS_ACT = "orders.act", _("Create and cancel orders")
    TIERS_SEE = "tiers.see", _("Read tiers, their fees and what holds for a client")
    TIERS_CHOOSE = "tiers.choose", _("Choose a client's tier")
    KYC_SEE = "kyc.see", _("Read KYC cases")
    KYC_ACT = "kyc.act", _("Answer and cancel KYC cases for clients, send documents")
    TRANSFERS_SEE = "transfers.see", _("Read P2P transfers and what is held")
    TRANSFERS_ACT = "transfers.act", _("Send P2P transfers, cancel what is held")


# What a merchant's own key may hold; the rest belongs to the issuer's channel.
MERCHANT_SCOPES = frozenset({Scope.ASSETS_SEE, Scope.RATES_SEE, Scope.WALLETS_SEE})
