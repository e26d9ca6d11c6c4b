"""Wallet addresses are what CREATE2 gives, so that an account can be deployed at them later."""

from uuid import UUID

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from eth_utils import keccak

from chain.addresses import SCHEME, create2_address, wallet_address

# EIP-1014's own examples
EXAMPLES = [
    ("0x0000000000000000000000000000000000000000", "00" * 32, "00", "0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38"),
    ("0xdeadbeef00000000000000000000000000000000", "00" * 32, "00", "0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3"),
    (
        "0x00000000000000000000000000000000deadbeef",
        "00" * 28 + "cafebabe",
        "deadbeef",
        "0x60f3f640a8508fC6a86d45DF051962668E1e8AC7",
    ),
]


@pytest.mark.spec("WAL-02", "WAL-06")
@pytest.mark.parametrize(("factory", "salt", "code", "address"), EXAMPLES)
def test_known_answers(factory: str, salt: str, code: str, address: str) -> None:
    assert create2_address(factory, bytes.fromhex(salt), keccak(hexstr=code)) == address


@pytest.mark.spec("WAL-02")
def test_no_address_is_made_for_a_factory_that_nobody_chose() -> None:
    with override_settings(CHAIN_ACCOUNT_FACTORY=""), pytest.raises(ImproperlyConfigured, match="before the first wallet"):
        wallet_address(UUID("12345678-1234-5678-1234-567812345678"))


@pytest.mark.spec("WAL-02")
def test_the_scheme_never_changes_in_silence() -> None:
    assert SCHEME == "create2-v1"
    with override_settings(
        CHAIN_ACCOUNT_FACTORY="0x4e59b44847b379578588920cA78FbF26c0B4956C",
        CHAIN_ACCOUNT_INIT_CODE_HASH="ab" * 32,
    ):
        assert wallet_address(UUID("12345678-1234-5678-1234-567812345678")) == "0xC02425a88a53185E7B8db5b9380D09F9A0c2044d"
