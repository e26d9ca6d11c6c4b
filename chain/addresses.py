"""Wallets' addresses: the form of CREATE2, without any private key (WAL, DESIGN section 5).

Nobody can sign for such an address: only the contract's operators move what it holds. Later the issuer may deploy a
small account at exactly this address, from the factory and the init code that the settings name. The address and its
scheme are stored with the wallet; they are never derived again in silence.
"""

from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from eth_utils import keccak, to_canonical_address, to_checksum_address

SCHEME = "create2-v1"
# Vyper's own minimal proxy (create_minimal_proxy_to), which is not the init code of EIP-1167's text.
PROXY_PREAMBLE = bytes.fromhex("602d3d8160093d39f3")
PROXY_CODE = (bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3"))


def wallet_address(uuid: UUID) -> str:
    """The EIP-55 address that belongs to this uuid under the scheme `create2-v1`.

    Raises ImproperlyConfigured where the settings name no factory: an address made with another one's can't be mended later.
    """
    if not (settings.CHAIN_ACCOUNT_FACTORY and settings.CHAIN_ACCOUNT_INIT_CODE_HASH):
        raise ImproperlyConfigured(
            "CHAIN_ACCOUNT_FACTORY and CHAIN_ACCOUNT_INIT_CODE_HASH must be set before the first wallet is made (docs/operations.md)."
        )
    return create2_address(
        settings.CHAIN_ACCOUNT_FACTORY, uuid.bytes.rjust(32, b"\0"), bytes.fromhex(settings.CHAIN_ACCOUNT_INIT_CODE_HASH)
    )


def create2_address(factory: str, salt: bytes, init_code_hash: bytes) -> str:
    return to_checksum_address(keccak(b"\xff" + to_canonical_address(factory) + salt + init_code_hash)[12:])


def proxy_init_code_hash(implementation: str) -> bytes:
    """What CHAIN_ACCOUNT_INIT_CODE_HASH is for accounts that a Vyper factory makes as proxies of `implementation`."""
    return keccak(PROXY_PREAMBLE + PROXY_CODE[0] + to_canonical_address(implementation) + PROXY_CODE[1])
