"""A merchant's own wallets with what they hold and their operations (WAL-01, USR-04, USR-14)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import Face
from kit.details import Tab
from kit.filters import Amounts, Choices, Criteria, Dates, One
from kit.lists import Column
from ledger.issuer.wallets import views
from ledger.issuer.wallets.filters import AddressOrName, WalletFilter, assets_for
from ledger.issuer.wallets.people import ChooseWallets
from ledger.issuer.wallets.tables import WALLET_COLUMNS
from wallets.enums import Right, WalletStatus
from wallets.issuer.views import CreateWallet, RenameWallet, ReopenWallet
from wallets.selectors import SHORTEST_FRAGMENT


class OwnWalletFilter(Criteria):
    q = AddressOrName(min_length=SHORTEST_FRAGMENT, label=_("Address, reference or name"))
    asset = One(queryset=assets_for, to_field_name="code", label=_("Asset"))
    balance = Amounts(label=_("Balance"))
    status = Choices(choices=WalletStatus.choices, label=_("Status"))
    created_at = Dates(label=_("Created"))
    filter_queryset = WalletFilter.filter_queryset


class MerchantCreateWallet(CreateWallet):
    face = Face.MERCHANT


class MerchantRenameWallet(RenameWallet):
    face = Face.MERCHANT


class MerchantReopenWallet(ReopenWallet):
    face = Face.MERCHANT


class MerchantCloseWallet(views.CloseWallet):
    face = Face.MERCHANT


class MerchantChooseWallets(ChooseWallets):
    face = Face.MERCHANT


class MerchantWalletList(views.WalletList):
    face = Face.MERCHANT
    intro = _("What your organisation holds, each wallet with an address on the chain.")
    columns = [Column("name", _("Name")), *(column for column in WALLET_COLUMNS if column.name not in ("owner_type", "name"))]
    filters = OwnWalletFilter
    primary_action = MerchantCreateWallet
    empty = _("Your organisation has no wallet yet that you may see.")


class MerchantWalletDetail(views.WalletDetail):
    face = Face.MERCHANT
    tabs = [
        Tab("summary", _("Summary"), "ledger/wallet_summary.html", context=views.balances_tab),
        Tab("operations", _("Operations"), "ledger/wallet_operations.html", Right.WALLETS_SEE, views.operations_tab),
    ]
    actions = [MerchantRenameWallet, MerchantReopenWallet, MerchantCloseWallet]

    def moments(self) -> list[Any]:
        return []  # mails about a wallet go to the issuer's people
