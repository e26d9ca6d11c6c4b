"""What wallets add to the list of clients: the search by blockchain address (CLI-01)."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from core.registries import extend
from kit.filters import Like
from wallets.models import Wallet
from wallets.selectors import SHORTEST_FRAGMENT

FEW = 1000  # wallets


class OfAddress(Like):
    """A fragment of a wallet's address, in any case. Few wallets are looked up first, by their trigrams; a fragment of many is met
    soon on the way through the clients, newest first."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        wallets = Wallet.objects.filter(client__isnull=False, search_text__icontains=value, address__icontains=value)
        few = list(wallets.values_list("client_id", flat=True)[: FEW + 1])
        return qs.filter(pk__in=few) if len(few) <= FEW else qs.filter(Exists(wallets.filter(client=OuterRef("pk"))))


def register() -> None:
    criterion = OfAddress(min_length=SHORTEST_FRAGMENT, label=_("Blockchain address"))
    extend("clients.issuer.views.ClientList", "filter", ("address", criterion))
