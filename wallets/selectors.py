"""Shared reads of wallets, and the few that the instance itself needs."""

import re

from django.db.models import Q, QuerySet

from assets.models import Asset
from wallets.enums import WalletOwner, WalletStatus
from wallets.models import AssetWallets, Wallet

SHORTEST_FRAGMENT = 4  # characters: a shorter one names half the wallets and no index helps


def issuer_wallet(*, is_test: bool = False) -> Wallet:
    """The issuer's main wallet, made when the database was."""
    return Wallet.objects.get(code="issuer_test" if is_test else "issuer")


def outside_wallet(*, is_test: bool = False) -> Wallet:
    """The outside world, made when the database was: what is issued comes from there, what is burnt goes there (LED-02)."""
    return Wallet.objects.get(code="outside_test" if is_test else "outside")


def wallet_of(client_id: int) -> Wallet:
    """A client's oldest open wallet, the one it got at sign-up, or the oldest where none is open. Raises Wallet.DoesNotExist."""
    found = Wallet.objects.filter(client_id=client_id).order_by("-status", "id").first()  # "open" sorts behind "closed"
    if found is None:
        raise Wallet.DoesNotExist
    return found


def issuer_wallets(*, is_test: bool = False) -> QuerySet[Wallet]:
    """The issuer's open wallets, by name."""
    return Wallet.objects.filter(owner_type=WalletOwner.ISSUER, status=WalletStatus.OPEN, is_test=is_test).order_by("name", "id")


def issuing_wallet(asset: Asset) -> Wallet:
    """The wallet that a digital asset is issued to and bought from. Raises AssetWallets.DoesNotExist for a currency."""
    return AssetWallets.objects.select_related("issuing_wallet").get(pk=asset.pk).issuing_wallet


def matching(text: str) -> Q:
    """Wallets whose address, reference or name holds the text, in any case (WAL-06); found by trigrams, so from 4 characters on.
    A shorter text finds nothing."""
    text = re.sub(r"\s+", " ", text).strip()
    return Q(search_text__icontains=text) if len(text) >= SHORTEST_FRAGMENT else Q(pk__in=[])
