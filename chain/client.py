"""The node, by JSON-RPC: short timeouts, no retries of its own, batches where it can (CHN-01).

The jobs decide what to do after an error, because they know what was stored before. Web and API processes never come
here: the back office never waits for the node (CHN-05).
"""

import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from django.conf import settings
from eth_utils import keccak

from chain import abi
from chain.models import ChainIdentity

ACCOUNTS_PER_CALL = 2000  # 6.5 million gas inside one eth_call; nodes cap it at a block's


class NodeUnreachable(Exception):
    """No answer, or none that can be read: nothing is known about what the node did."""


class NodeRefused(Exception):
    """The node's own error."""


class Node:
    def __init__(self, url: str, *, timeout: float) -> None:
        from web3 import HTTPProvider  # noqa: PLC0415 - 30 MB and a second that web processes don't need

        self.provider = HTTPProvider(url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None)

    def call(self, method: str, *parameters: Any) -> Any:
        """The result of one call. Raises NodeUnreachable or NodeRefused."""
        return self.batch([(method, parameters)])[0]

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """The results in order; the first error raises."""
        if not calls:
            return []
        try:
            answers: Any
            if len(calls) == 1:
                answers = [self.provider.make_request(calls[0][0], list(calls[0][1]))]
            else:
                answers = self.provider.make_batch_request([(method, list(parameters)) for method, parameters in calls])
        except (requests.RequestException, ValueError, TypeError, KeyError, OSError) as error:
            raise NodeUnreachable(f"{type(error).__name__}: {error}"[:300]) from error
        for answer in answers if isinstance(answers, list) else [answers]:
            if not isinstance(answer, dict):
                raise NodeUnreachable("the node's answer can't be read")
            if answer.get("error"):
                raise NodeRefused(str(answer["error"].get("message", answer["error"]))[:300])
        if not isinstance(answers, list) or len(answers) != len(calls):
            raise NodeUnreachable("the node answered another number of calls")
        return [answer.get("result") for answer in answers]


def node() -> Node:
    """This process's connection to the node (a forked worker makes its own)."""
    return _node(settings.CHAIN_RPC_URL, settings.CHAIN_RPC_TIMEOUT, os.getpid())


@functools.lru_cache(maxsize=1)
def _node(url: str, timeout: float, _process: int) -> Node:
    if not url:
        raise NodeUnreachable("CHAIN_RPC_URL is not set")
    return Node(url, timeout=timeout)


@dataclass(frozen=True)
class View:
    """What the node says at one moment. *_confirmed is the state deep enough to count, *_head that of the newest block."""

    chain_id: int
    genesis_hash: str
    code_hash: str
    head: int
    confirmed: int
    cursor_head: int
    cursor_confirmed: int
    nonce_head: int
    nonce_confirmed: int
    funds: int
    paused: bool
    operator: bool
    base_fee: int
    head_at: datetime

    def shows(self, identity: ChainIdentity) -> bool:
        """Whether this is the chain and the contract that the identity was taken from."""
        return (self.chain_id, self.genesis_hash, self.code_hash) == (identity.chain_id, identity.genesis_hash, identity.code_hash)


def look(node: Node, *, contract: str, signer: str) -> View:
    """Two round trips. Raises NodeUnreachable where a block was replaced in between (look again later)."""
    tag = settings.CHAIN_FINALITY_TAG
    calls: list[tuple[str, Sequence[Any]]] = [
        ("eth_chainId", []),
        ("eth_getBlockByNumber", ["0x0", False]),
        ("eth_getBlockByNumber", ["latest", False]),
    ]
    if tag:
        calls.append(("eth_getBlockByNumber", [tag, False]))
    chain_id, genesis, head_block, *final = node.batch(calls)
    head = number(head_block["number"])
    confirmed = number(final[0]["number"]) if tag else max(head - max(settings.CHAIN_CONFIRMATIONS, 1) + 1, 0)
    at_head, at_confirmed = hex(head), hex(confirmed)
    again, code, cursor_head, cursor_confirmed, nonce_head, nonce_confirmed, funds, paused, operator = node.batch(
        [
            ("eth_getBlockByNumber", [at_head, False]),
            ("eth_getCode", [contract, at_head]),
            ("eth_call", [{"to": contract, "data": abi.call("cursor")}, at_head]),
            ("eth_call", [{"to": contract, "data": abi.call("cursor")}, at_confirmed]),
            ("eth_getTransactionCount", [signer, at_head]),
            ("eth_getTransactionCount", [signer, at_confirmed]),
            ("eth_getBalance", [signer, at_head]),
            ("eth_call", [{"to": contract, "data": abi.call("paused")}, at_head]),
            ("eth_call", [{"to": contract, "data": abi.call("operators", signer)}, at_head]),
        ]
    )
    if again is None or again["hash"] != head_block["hash"]:
        raise NodeUnreachable("the newest block was replaced while it was read")
    return View(
        chain_id=number(chain_id),
        genesis_hash=genesis["hash"],
        code_hash=code_hash(code),
        head=head,
        confirmed=confirmed,
        cursor_head=number(cursor_head),
        cursor_confirmed=number(cursor_confirmed),
        nonce_head=number(nonce_head),
        nonce_confirmed=number(nonce_confirmed),
        funds=number(funds),
        paused=bool(number(paused)),
        operator=bool(number(operator)),
        base_fee=number(head_block.get("baseFeePerGas") or "0x0"),
        head_at=datetime.fromtimestamp(number(head_block["timestamp"]), UTC),
    )


def number(hexadecimal: str) -> int:
    """A quantity of the node's; "0x" (a call to an address without code) is 0."""
    return int(hexadecimal, 16) if hexadecimal not in ("0x", "") else 0


def code_hash(code: str) -> str:
    return "0x" + keccak(hexstr=code).hex()


def accounts(asset_id: int, addresses: Sequence[str], block: int, *, contract: str | None = None) -> list[tuple[int, int]]:
    """(balance in base units, remaining count) of each address, in order, all at one block (CHN-08)."""
    contract = contract or ChainIdentity.objects.get(status="active").contract
    found: list[tuple[int, int]] = []
    for start in range(0, len(addresses), ACCOUNTS_PER_CALL):
        data = abi.call("accounts", asset_id, addresses[start : start + ACCOUNTS_PER_CALL])
        found += abi.unpack_accounts(node().call("eth_call", {"to": contract, "data": data}, hex(block)))
    return found
