"""Wallets for tests, made by the service."""

from django.utils import timezone

from assets.models import Asset
from clients.models import Client
from clients.tests.factories import client_of_type
from core.actors import SystemActor
from organisations.models import Organisation
from organisations.tests.factories import organisation as new_organisation
from wallets.enums import WalletOwner
from wallets.models import AssetWallets, Wallet
from wallets.selectors import issuer_wallet
from wallets.services import create_wallet

TESTS = SystemActor("tests")


def client_wallet(client: Client | None = None, **fields: object) -> Wallet:
    """A client's wallet; the client is made where none is given."""
    client = client or client_of_type(is_test=bool(fields.get("is_test")))
    return create_wallet(owner_type=WalletOwner.CLIENT, client=client, actor=TESTS, now=timezone.now(), **fields)


def organisation_wallet(organisation: Organisation | None = None, **fields: object) -> Wallet:
    """A merchant's wallet, hot; the organisation is made where none is given."""
    return create_wallet(
        owner_type=WalletOwner.ORGANISATION, organisation=organisation or new_organisation(), actor=TESTS, now=timezone.now(), **fields
    )


def own_wallet(name: str = "Second", **fields: object) -> Wallet:
    """Another wallet of the issuer; its main one is wallets.selectors.issuer_wallet()."""
    return create_wallet(owner_type=WalletOwner.ISSUER, name=name, actor=TESTS, now=timezone.now(), **fields)


def issued_by(asset: Asset, wallet: Wallet | None = None) -> AssetWallets:
    """Say that the wallet (by default the issuer's main one) issues the asset, without issuing any."""
    wallet = wallet or issuer_wallet(is_test=asset.is_test)
    return AssetWallets.objects.create(asset=asset, issuing_wallet=wallet, beneficiary_wallet=wallet)
