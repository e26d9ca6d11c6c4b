"""Whoever signs: one interface, so that an external signer (KMS, HSM) can take the key's place (CHN-06).

The key is read in the settlement worker alone, once per process. It is in no database, no log and on no page.
"""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings

if TYPE_CHECKING:
    from eth_account import Account
    from eth_account.signers.local import LocalAccount

# The addresses of the development node's ten well-known accounts: everybody has their keys.
KNOWN_TO_ALL = frozenset(
    {
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
        "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65", "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
        "0x976EA74026E726554dB657fA54763abd0C3a0aa9", "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
        "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f", "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
    }
)  # fmt: skip


def accounts() -> "type[Account]":
    """eth_account, imported where something is signed: web processes never need its second and its memory."""
    from eth_account import Account  # noqa: PLC0415

    return Account


class SignerMisconfigured(Exception):
    """The operator's key is missing, wrong, or one that everybody knows."""


class Signer(Protocol):
    """Signs what it is given; the address never changes."""

    @property
    def address(self) -> str: ...
    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """(raw transaction, hash with 0x) of a type-2 transaction."""
        ...


class LocalSigner:
    """A private key in this process's memory."""

    def __init__(self, key: str | bytes) -> None:
        try:
            self._account: LocalAccount = accounts().from_key(key)
        except Exception:
            raise SignerMisconfigured("the operator's key is not a private key") from None  # the cause would show the key
        if self.address in KNOWN_TO_ALL and not (settings.DEMO or settings.DEBUG):
            raise SignerMisconfigured(f"the key of {self.address} is known to everybody: it signs only in demo mode")

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        signed = self._account.sign_transaction(transaction)
        return bytes(signed.raw_transaction), signed.hash.to_0x_hex()

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"


def sign_checked(signer: Signer, transaction: dict[str, Any]) -> tuple[bytes, str]:
    """Sign, then recover sender, chain and nonce from the raw bytes and compare: whatever signs may be wrong."""
    from eth_account.typed_transactions import TypedTransaction  # noqa: PLC0415
    from hexbytes import HexBytes  # noqa: PLC0415

    raw, digest = signer.sign(transaction)
    inside = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    if accounts().recover_transaction(raw) != signer.address:
        raise SignerMisconfigured("the signature is not the operator's")
    if (inside["chainId"], inside["nonce"]) != (transaction["chainId"], transaction["nonce"]):
        raise SignerMisconfigured("another transaction was signed than the one asked for")
    return raw, digest


@functools.cache
def operator() -> Signer:
    """The operator's signer from the settings: a keystore v3 file with its passphrase file, or a plain key."""
    if settings.CHAIN_OPERATOR_KEYSTORE:
        try:
            keystore = Path(settings.CHAIN_OPERATOR_KEYSTORE).read_text()
            passphrase = Path(settings.CHAIN_OPERATOR_PASSPHRASE_FILE).read_text().rstrip("\n")
        except OSError as error:
            raise SignerMisconfigured(f"the keystore can't be read: {error}") from None
        try:
            return LocalSigner(bytes(accounts().decrypt(keystore, passphrase)))
        except (ValueError, TypeError, KeyError) as error:
            raise SignerMisconfigured(f"the keystore can't be opened: {type(error).__name__}") from None
    if not settings.CHAIN_OPERATOR_KEY:
        raise SignerMisconfigured("set CHAIN_OPERATOR_KEYSTORE and CHAIN_OPERATOR_PASSPHRASE_FILE, or CHAIN_OPERATOR_KEY")
    return LocalSigner(settings.CHAIN_OPERATOR_KEY)
