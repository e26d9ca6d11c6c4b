"""What exports of wallets hold (EXP-X1)."""

from kit.exports.resource import ListResource
from wallets.models import Wallet


class WalletResource(ListResource):
    more = {
        "client_first_name": "client__first_name",
        "client_last_name": "client__last_name",
        "client_company_name": "client__company_name",
        "balances": "held",  # [code, decimals, quantity] of each; an annotation of the list
    }
    excluded = {"search_text": "made of address, reference and name"}

    class Meta:
        model = Wallet
