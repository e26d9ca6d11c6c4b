"""Wallets in the global search: by any fragment of their address (UIX-04, WAL-06)."""

from django.db.models import F, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.utils.translation import gettext_lazy as _

from core.finding import SearchSource, register_search
from wallets.enums import Right
from wallets.models import Wallet
from wallets.selectors import SHORTEST_FRAGMENT

CLIENT = Coalesce(NullIf(F("client__company_name"), Value("")), Trim(Concat(F("client__first_name"), Value(" "), F("client__last_name"))))


def register() -> None:
    register_search(
        SearchSource(
            label=_("Wallets"),
            model=Wallet,
            right=Right.WALLETS_SEE,
            page="wallet-detail",
            icon="wallet",
            # Concat takes NULL for "", so that a wallet without a client shows its organisation, and one of neither its name.
            shown=("reference", "address", Coalesce(F("organisation__name"), NullIf(CLIENT, Value("")), F("name"))),
            status="status",
            prefixes={"WAL": "reference"},
            text="search_text",
            shortest=SHORTEST_FRAGMENT,
            has_addresses=True,
            all_of_them=("wallet-list", "q"),
        )
    )
