"""What is done to wallets (WAL-02, WAL-03). What moves value stands in the ledger."""

import unicodedata
import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assets.models import Asset
from audit.services import move, record
from chain.addresses import SCHEME, wallet_address
from clients.models import Client
from core.actors import Actor
from core.errors import DomainError
from core.locks import lock
from core.registries import is_narrowed
from organisations.models import Organisation
from wallets.enums import WalletOwner, WalletStatus
from wallets.models import AssetWallets, Wallet
from wallets.transitions import WALLET


class InvalidWallet(DomainError):
    code = "invalid_wallet"
    status = 422


class WalletNeeded(DomainError):
    """A wallet that the instance itself needs, or that issues an asset, stays open."""

    code = "wallet_needed"


def create_wallet(
    *,
    owner_type: WalletOwner,
    actor: Actor,
    now: datetime,
    client: Client | None = None,
    organisation: Organisation | None = None,
    name: str = "",
    is_test: bool = False,
    code: str | None = None,
) -> Wallet:
    """A wallet with a custodial address that no private key opens (WAL-02). Raises InvalidWallet.

    Clients' wallets are locked for each movement; all others are hot: they take credits without waiting (LED-08).
    Runs inside the caller's transaction, if there is one: a client gets its first wallet at sign-up.
    """
    if (owner_type == WalletOwner.CLIENT) != (client is not None) or (owner_type == WalletOwner.ORGANISATION) != (organisation is not None):
        raise InvalidWallet(_("A client's wallet names the client, an organisation's the organisation, others neither."), field="owner")
    if is_narrowed(actor):
        raise InvalidWallet(_("You see some wallets alone: new ones are made by those who see all of their organisation."))
    if client is not None and client.is_test != is_test:
        raise InvalidWallet(_("Test and live don't meet: a test client has test wallets alone."), field="client")
    key = uuid.uuid4()
    with transaction.atomic(savepoint=False):
        wallet = Wallet.objects.create(
            code=code,
            uuid=key,
            name=_clean_name(name),
            owner_type=owner_type,
            client=client,
            organisation=organisation,
            address=wallet_address(key),
            address_scheme=SCHEME,
            is_hot=owner_type != WalletOwner.CLIENT,
            is_test=is_test,
            created_at=now,
        )
        owner = client or organisation
        record(
            action="wallets.created",
            actor=actor,
            subject=wallet,
            details={"address": wallet.address, "owner_type": owner_type, "owner": owner.reference if owner else ""},
            now=now,
        )
    return wallet


def give_first_wallet(*, client: Client, actor: Actor, now: datetime) -> None:
    """Follows a client's creation, in its transaction (WAL-02)."""
    create_wallet(owner_type=WalletOwner.CLIENT, client=client, is_test=client.is_test, actor=actor, now=now)


def _clean_name(name: str) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if len(name) > 80 or not name.isprintable():
        raise InvalidWallet(_("A name has at most 80 characters, without line breaks."), field="name")
    return name


@transaction.atomic(durable=True)
def rename_wallet(*, wallet_id: int, name: str, actor: Actor, now: datetime) -> Wallet:
    """Give the wallet another name, or none. Raises InvalidWallet."""
    wallet = lock(Wallet.objects.all(), pk=wallet_id)
    name, before = _clean_name(name), wallet.name
    if name == before:
        return wallet
    wallet.name = name
    wallet.save(update_fields=["name"])
    record(action="wallets.renamed", actor=actor, subject=wallet, changes={"name": (before, name)}, now=now)
    return wallet


def close_wallet(*, wallet_id: int, actor: Actor, now: datetime, reason: str = "") -> Wallet:
    """It takes no more part in operations; what is left stays, and only the issuer can move it out (WAL-03).

    The ledger's `closing.close` releases what is reserved first and then calls this. Raises WalletNeeded, IllegalTransition.
    """
    with transaction.atomic(savepoint=False):
        wallet = lock(Wallet.objects.all(), pk=wallet_id)
        if wallet.code is not None:
            raise WalletNeeded(_("The instance itself needs this wallet: it stays open."))
        issuing = AssetWallets.objects.filter(issuing_wallet=wallet).values_list("asset__code", flat=True)
        if issuing:
            raise WalletNeeded(_("This wallet issues %(codes)s: it stays open.") % {"codes": ", ".join(sorted(issuing))})
        return move(wallet, table=WALLET, to=WalletStatus.CLOSED, actor=actor, now=now, comment=reason, closed_at=now)


@transaction.atomic(durable=True)
def reopen_wallet(*, wallet_id: int, actor: Actor, now: datetime, reason: str = "") -> Wallet:
    """It takes part in operations again (WAL-03). Raises IllegalTransition."""
    wallet = lock(Wallet.objects.all(), pk=wallet_id)
    return move(wallet, table=WALLET, to=WalletStatus.OPEN, actor=actor, now=now, comment=reason, closed_at=None)


def assign_issuer_wallets(*, asset: Asset, issuing_wallet: Wallet, beneficiary_wallet: Wallet) -> AssetWallets:
    """Say, once and for ever, which wallets issue a digital asset and received its first issue (AST-01). Raises InvalidWallet."""
    for field, wallet in (("issuing_wallet", issuing_wallet), ("beneficiary_wallet", beneficiary_wallet)):
        if wallet.owner_type != WalletOwner.ISSUER or not wallet.is_open or wallet.is_test != asset.is_test:
            raise InvalidWallet(_("Choose an open wallet of the issuer."), field=field)
    return AssetWallets.objects.create(asset=asset, issuing_wallet=issuing_wallet, beneficiary_wallet=beneficiary_wallet)
