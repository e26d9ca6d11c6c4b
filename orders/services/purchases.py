"""The movement that an order asks for."""

from decimal import Decimal

from assets.models import Asset
from ledger.enums import OperationType
from ledger.services.posting import AssetKey, Move, WalletKey
from wallets.models import AssetWallets


def purchase_of(*, asset: Asset | AssetKey, issuing_wallet: int, wallet: int, quantity: Decimal, comment: str = "") -> Move:
    """From the asset's issuing wallet (an id) to the client's."""
    return Move(
        type=OperationType.PURCHASE, asset=asset, sender=WalletKey(issuing_wallet), receiver=WalletKey(wallet), quantity=quantity,
        comment=comment,
    )  # fmt: skip


def issuing_wallet_of(asset_id: int) -> int | None:
    """The id of the wallet that the asset is sold from; None where it has none yet."""
    return AssetWallets.objects.filter(pk=asset_id).values_list("issuing_wallet_id", flat=True).first()
