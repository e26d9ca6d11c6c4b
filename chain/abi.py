"""The contract's calls and events as bytes, with eth_abi alone (web3's contract encoder is 17 times slower)."""

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from eth_abi import decode, encode
from eth_utils import keccak, to_canonical_address, to_checksum_address

from chain.enums import ChainOpKind
from chain.models import ChainOp

ARTEFACT = settings.BASE_DIR / "contracts" / "settlement.json"
ZERO_ADDRESS = "0x" + "00" * 20
OPERATIONS = "(uint64,uint8,uint64,address,address,uint128,uint64,uint64,bytes32)[]"
PARAMETERS: dict[str, list[str]] = {
    "settle": [OPERATIONS],
    "create_asset": ["uint64", "uint64", "uint8", "address", "string"],
    "anchor": ["uint64", "bytes32"],
    "void": ["uint64", "bytes32"],
    "cursor": [],
    "paused": [],
    "operators": ["address"],
    "set_operator": ["address", "bool"],
    "set_paused": ["bool"],
    "supply": ["uint64"],
    "accounts": ["uint64", "address[]"],
}
SELECTORS = {name: keccak(text=f"{name}({','.join(types)})")[:4] for name, types in PARAMETERS.items()}
BALANCE_MASK = 2**128 - 1


@functools.cache
def artefact() -> dict[str, Any]:
    """The compiled contract as it is committed: compiler, abi, bytecode."""
    return dict(json.loads(ARTEFACT.read_text()))


def call(name: str, *arguments: Any) -> str:
    """Calldata as hex."""
    return "0x" + (SELECTORS[name] + encode(PARAMETERS[name], arguments)).hex()


def deployment(*, owner: str, operator: str) -> bytes:
    return bytes.fromhex(artefact()["bytecode"].removeprefix("0x")) + encode(["address", "address"], [owner, operator])


def settle(operations: Iterable[ChainOp]) -> bytes:
    """Calldata of one batch; every operation has its sequence."""
    rows = [
        (
            operation.sequence,
            operation.kind,
            operation.asset_id,
            operation.source or ZERO_ADDRESS,
            operation.destination or ZERO_ADDRESS,
            int(operation.amount),
            operation.count_debit,
            operation.count_credit,
            word(operation.ref),
        )
        for operation in operations
    ]
    return SELECTORS["settle"] + encode([OPERATIONS], [rows])


def count_of(data: bytes) -> int:
    """The number of operations in the calldata of a batch."""
    return int.from_bytes(data[36:68], "big")  # after the selector and the array's offset


def single(operation: ChainOp) -> bytes:
    """Calldata of an operation that takes a transaction of its own."""
    sequence = operation.sequence
    if operation.is_void:
        return SELECTORS["void"] + encode(PARAMETERS["void"], [sequence, word(operation.ref)])
    payload = operation.payload or {}
    if operation.kind == ChainOpKind.ANCHOR:
        return SELECTORS["anchor"] + encode(PARAMETERS["anchor"], [sequence, bytes.fromhex(payload["digest"])])
    arguments = [sequence, operation.asset_id, payload["decimals"], payload["issuer"], payload["symbol"]]
    return SELECTORS["create_asset"] + encode(PARAMETERS["create_asset"], arguments)


def word(value: bytes | memoryview) -> bytes:
    return bytes(value).ljust(32, b"\0")


def unpack_accounts(answer: str) -> list[tuple[int, int]]:
    if answer == "0x":
        raise ValueError("there is no contract at this block")
    (packed,) = decode(["uint256[]"], bytes.fromhex(answer[2:]))
    return [(value & BALANCE_MASK, value >> 128) for value in packed]


class Outcome(StrEnum):
    """What a receipt says about one operation."""

    SETTLED = "settled"
    CREATED = "created"
    ANCHORED = "anchored"
    VOIDED = "voided"
    SKIPPED = "skipped"
    REJECTED = "rejected"


EVENTS: dict[Outcome, tuple[str, list[str]]] = {
    Outcome.SETTLED: (
        "OperationSettled(uint64,address,address,uint8,uint64,uint128,uint64,uint64,bytes32)",
        ["uint8", "uint64", "uint128", "uint64", "uint64", "bytes32"],
    ),
    Outcome.CREATED: ("AssetCreated(uint64,uint64,uint8,address,string)", ["uint8", "address", "string"]),
    Outcome.ANCHORED: ("Anchored(uint64,bytes32)", ["bytes32"]),
    Outcome.VOIDED: ("OperationVoided(uint64,bytes32)", ["bytes32"]),
    Outcome.SKIPPED: ("OperationSkipped(uint64)", []),
    Outcome.REJECTED: ("OperationRejected(uint64,uint8)", ["uint8"]),
}
TOPICS = {"0x" + keccak(text=signature).hex(): (outcome, types) for outcome, (signature, types) in EVENTS.items()}
EFFECTS = (Outcome.SETTLED, Outcome.CREATED, Outcome.ANCHORED, Outcome.VOIDED)
EFFECT_TOPICS = [topic for topic, (outcome, _types) in TOPICS.items() if outcome in EFFECTS]


@dataclass(frozen=True)
class Event:
    """One event of the contract about one operation. `fields` compare with `asked(operation)`."""

    outcome: Outcome
    sequence: int
    fields: tuple[Any, ...]


def events(logs: Iterable[dict[str, Any]], *, contract: str) -> list[Event]:
    """The contract's events about operations, in order; other contracts' and other kinds of events are left out."""
    found = []
    for entry in logs:
        topics: Sequence[str] = entry["topics"]
        if not topics or topics[0] not in TOPICS or entry["address"].lower() != contract.lower():
            continue
        outcome, types = TOPICS[topics[0]]
        values = decode(types, bytes.fromhex(entry["data"][2:])) if types else ()
        if outcome is Outcome.SETTLED:
            values = (as_address(topics[2]), as_address(topics[3]), *values)
        elif outcome is Outcome.CREATED:
            values = (int(topics[2], 16), values[0], to_checksum_address(values[1]), values[2])
        found.append(Event(outcome, int(topics[1], 16), tuple(values)))
    return found


def as_address(topic: str) -> bytes:
    return bytes.fromhex(topic[26:])


def asked(operation: ChainOp) -> tuple[Outcome, tuple[Any, ...]]:
    """The effect that an operation asks for, in the form of `Event`."""
    if operation.is_void:
        return Outcome.VOIDED, (word(operation.ref),)
    payload = operation.payload or {}
    if operation.kind == ChainOpKind.CREATE_ASSET:
        issuer = to_checksum_address(payload["issuer"])
        return Outcome.CREATED, (operation.asset_id, payload["decimals"], issuer, payload["symbol"])
    if operation.kind == ChainOpKind.ANCHOR:
        return Outcome.ANCHORED, (bytes.fromhex(payload["digest"]),)
    return Outcome.SETTLED, (
        to_canonical_address(operation.source or ZERO_ADDRESS),
        to_canonical_address(operation.destination or ZERO_ADDRESS),
        operation.kind,
        operation.asset_id,
        int(operation.amount),
        operation.count_debit,
        operation.count_credit,
        word(operation.ref),
    )
