"""Whom a client sends to: found by address or phone, shown masked (LED-09)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from clients.enums import ClientStatus
from clients.models import Client
from core.errors import DomainError
from core.text import UnfitText, clean_phone
from wallets.enums import WalletOwner, WalletStatus
from wallets.models import Wallet

DOTS = "•••"  # always three: how long a name is stays hidden too


class UnknownReceiver(DomainError):
    """Nobody who can be sent to has this address or number."""

    code = "unknown_receiver"
    status = 404


class SeveralReceivers(DomainError):
    """More than one client has this number."""

    code = "several_receivers"


class ReceiverNotNamed(DomainError):
    """Neither or both of address and phone number."""

    code = "receiver_not_named"
    status = 422


@dataclass(frozen=True, slots=True)
class Receiver:
    """The wallet that gets it, and whose name the sender sees."""

    wallet: Wallet
    shown_name: str


def receiver_of(*, address: str, phone: str, is_test: bool) -> Receiver:
    """Whoever is named in one of these ways. Raises ReceiverNotNamed, UnknownReceiver, SeveralReceivers."""
    if bool(address) == bool(phone):
        raise ReceiverNotNamed(_("Name the receiver by address or by phone number."), field="receiver")
    return _by_address(address, is_test=is_test) if address else _by_phone(phone, is_test=is_test)


def _by_address(address: str, *, is_test: bool) -> Receiver:
    """The client's wallet of this address, in any case. Raises UnknownReceiver; whoever isn't a client is unknown here."""
    wallets = Wallet.objects.select_related("client").filter(owner_type=WalletOwner.CLIENT, status=WalletStatus.OPEN, is_test=is_test)
    # The trigram index finds it in any case; the comparison makes sure that it is the whole address.
    wallet = wallets.filter(search_text__icontains=address, address__iexact=address).first() if len(address) == 42 else None
    if wallet is None or wallet.client is None or wallet.client.status == ClientStatus.DEACTIVATED:
        raise UnknownReceiver(_("Nobody can be sent to at this address."), field="receiver")
    return Receiver(wallet, masked(wallet.client))


def _by_phone(phone: str, *, is_test: bool) -> Receiver:
    """The oldest open wallet of the client whose verified number this is. Raises UnknownReceiver, SeveralReceivers."""
    unknown = UnknownReceiver(_("Nobody can be sent to at this phone number."), field="receiver")
    try:
        number = clean_phone(phone, field="receiver")
    except UnfitText:
        raise unknown from None
    # Verified, so that nobody gets what is meant for another by naming another's number.
    clients = Client.objects.filter(phone=number, is_test=is_test, phone_verified_at__isnull=False).exclude(phone="")
    found = list(clients.exclude(status=ClientStatus.DEACTIVATED)[:2])
    if len(found) > 1:
        raise SeveralReceivers(_("This phone number belongs to more than one client: send to the wallet's address."), field="receiver")
    wallet = Wallet.objects.filter(client=found[0], status=WalletStatus.OPEN).order_by("id").first() if found else None
    if wallet is None:
        raise unknown
    return Receiver(wallet, masked(found[0]))


def masked(client: Client) -> str:
    """Anna Bērziņa → "An••• B•••": enough to see that it is the right person, too little to learn who it is."""
    words = str(client).split()
    return " ".join(f"{word[: 2 if place == 0 and len(word) > 2 else 1]}{DOTS}" for place, word in enumerate(words))
