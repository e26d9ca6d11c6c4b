"""The contract on an EVM in this process, against a model in plain Python."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from eth_account import Account
from eth_tester.exceptions import TransactionFailed
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from web3 import EthereumTesterProvider, Web3
from web3.logs import DISCARD

from chain import abi
from chain.addresses import create2_address, proxy_init_code_hash
from contracts.compile import artefact

NOBODY = "0x" + "00" * 20
HOLDERS = ["0x" + f"{0xA0 + index:040x}" for index in range(4)]
PARTIES = [NOBODY, *HOLDERS]
MOST = 2**128 - 1
MOST_COUNT = 2**64 - 1
TOPIC_NAMES = ["OperationSettled", "OperationSkipped", "OperationRejected", "OperationVoided", "AssetCreated", "Anchored"]
FACTORY = """
@external
def make(target: address, salt: bytes32) -> address:
    return create_minimal_proxy_to(target, salt=salt)
"""


@dataclass
class Chain:
    """The contract and the three who talk to it."""

    w3: Web3
    contract: Any
    owner: str
    operator: str
    stranger: str

    def settle(self, operations: list[tuple[Any, ...]], *, sender: str | None = None) -> dict[str, list[Any]]:
        return self.send(self.contract.functions.settle(operations), sender=sender)

    def send(self, call: Any, *, sender: str | None = None) -> dict[str, list[Any]]:
        digest = call.transact({"from": sender or self.operator, "gas": 15_000_000})
        receipt = self.w3.eth.get_transaction_receipt(digest)
        assert receipt["status"] == 1
        return {
            name: [entry["args"] for entry in self.contract.events[name]().process_receipt(receipt, errors=DISCARD)] for name in TOPIC_NAMES
        }

    def state(self) -> tuple[int, int, list[int]]:
        view = self.contract.functions
        return view.cursor().call(), view.supply(1).call(), view.accounts(1, [Web3.to_checksum_address(one) for one in HOLDERS]).call()


@pytest.fixture(scope="module")
def deployed() -> Chain:
    w3 = Web3(EthereumTesterProvider())
    owner, operator, stranger = w3.eth.accounts[:3]
    code = abi.artefact()
    digest = w3.eth.contract(abi=code["abi"], bytecode=code["bytecode"]).constructor(owner, operator).transact({"from": stranger})
    address = w3.eth.get_transaction_receipt(digest)["contractAddress"]
    return Chain(w3, w3.eth.contract(address=address, abi=code["abi"]), owner, operator, stranger)


@pytest.fixture
def chain(deployed: Chain) -> Iterator[Chain]:
    snapshot = deployed.w3.provider.ethereum_tester.take_snapshot()
    deployed.send(deployed.contract.functions.create_asset(1, 1, 2, HOLDERS[0], "GOLD"))
    yield deployed
    deployed.w3.provider.ethereum_tester.revert_to_snapshot(snapshot)


def op(number: int, src: str, dst: str, amount: int = 0, debit: int = 0, credit: int = 0, *, asset: int = 1) -> tuple[Any, ...]:
    return (number, 1, asset, Web3.to_checksum_address(src), Web3.to_checksum_address(dst), amount, debit, credit, b"\7" * 32)


@pytest.mark.spec("CHN-01")
def test_the_committed_artefact_is_a_fresh_compile() -> None:
    assert json.loads(abi.ARTEFACT.read_text()) == artefact()


@pytest.mark.spec("CHN-01")
def test_our_own_encoding_is_web3s(chain: Chain) -> None:
    operations = [op(2, NOBODY, HOLDERS[0], 10, 0, 3), op(3, HOLDERS[0], HOLDERS[1], 4, 1, 2)]
    ours = abi.SELECTORS["settle"] + abi.encode([abi.OPERATIONS], [operations])
    assert chain.contract.encode_abi("settle", [operations]) == "0x" + ours.hex()
    for name in ("create_asset", "anchor", "void", "cursor", "paused", "operators", "set_operator", "set_paused", "supply", "accounts"):
        (declared,) = [entry for entry in abi.artefact()["abi"] if entry.get("name") == name and entry["type"] == "function"]
        assert [kind["type"] for kind in declared["inputs"]] == abi.PARAMETERS[name]
    declared_events = {entry["name"]: entry for entry in abi.artefact()["abi"] if entry["type"] == "event"}
    for signature, _types in abi.EVENTS.values():
        name = signature.split("(")[0]
        assert signature == f"{name}({','.join(each['type'] for each in declared_events[name]['inputs'])})"


@pytest.mark.spec("CHN-03")
def test_a_repeated_number_is_skipped_and_a_gap_stops(chain: Chain) -> None:
    batch = [op(2, NOBODY, HOLDERS[0], 10), op(3, HOLDERS[0], HOLDERS[1], 4)]
    assert len(chain.settle(batch)["OperationSettled"]) == 2
    before = chain.state()
    events = chain.settle(batch)
    assert [event["op_id"] for event in events["OperationSkipped"]] == [2, 3]
    assert chain.state() == before
    events = chain.settle([op(5, HOLDERS[0], HOLDERS[1], 1), op(4, HOLDERS[0], HOLDERS[1], 1)])
    assert [(event["op_id"], event["code"]) for event in events["OperationRejected"]] == [(5, 9)]
    assert not events["OperationSettled"]
    assert chain.state() == before


@pytest.mark.spec("CHN-03")
def test_single_calls_take_a_number_and_repeat_harmlessly(chain: Chain) -> None:
    functions = chain.contract.functions
    assert [event["digest"] for event in chain.send(functions.anchor(2, b"\1" * 32))["Anchored"]] == [b"\1" * 32]
    assert [event["op_id"] for event in chain.send(functions.anchor(2, b"\1" * 32))["OperationSkipped"]] == [2]
    assert [event["ref"] for event in chain.send(functions.void(3, b"\2" * 32))["OperationVoided"]] == [b"\2" * 32]
    assert [event["op_id"] for event in chain.send(functions.create_asset(1, 1, 2, HOLDERS[0], "GOLD"))["OperationSkipped"]] == [1]
    for call in (functions.anchor(5, b"\1" * 32), functions.void(5, b"\1" * 32), functions.create_asset(5, 2, 2, HOLDERS[0], "X")):
        with pytest.raises(TransactionFailed, match="sequence gap"):
            call.call({"from": chain.operator})
    with pytest.raises(TransactionFailed, match="asset exists"):
        functions.create_asset(4, 1, 2, HOLDERS[0], "X").call({"from": chain.operator})
    assert chain.state()[0] == 3


REJECTED = [
    (op(4, HOLDERS[0], HOLDERS[1], 1, asset=2), 1),
    (op(4, HOLDERS[0], HOLDERS[1], 101), 2),
    (op(4, HOLDERS[0], HOLDERS[1], 1, 6), 3),
    (op(4, NOBODY, HOLDERS[1], MOST), 4),
    (op(4, NOBODY, HOLDERS[1], 1, 0, MOST_COUNT), None),
    (op(4, HOLDERS[0], HOLDERS[1], 1, 0, MOST_COUNT - 6), 5),
    (op(4, NOBODY, NOBODY, 1), 6),
    (op(4, NOBODY, HOLDERS[0], 1, 1), 6),
    (op(4, HOLDERS[0], NOBODY, 1, 0, 1), 6),
]


@pytest.mark.spec("CHN-04")
@pytest.mark.parametrize(("bad", "code"), REJECTED)
def test_a_rejected_operation_has_no_effect_and_nothing_overtakes_it(chain: Chain, bad: tuple[Any, ...], code: int | None) -> None:
    chain.settle([op(2, NOBODY, HOLDERS[0], 100, 0, 5), op(3, NOBODY, HOLDERS[1], 7, 0, 7)])
    if code is None:  # the receiver's count is full afterwards: one more does not fit, and does not touch the balance
        chain.settle([op(4, NOBODY, HOLDERS[2], 1, 0, MOST_COUNT)])
        bad, code = op(5, HOLDERS[0], HOLDERS[2], 1, 0, 1), 5
    elif code == 5:
        bad = op(4, HOLDERS[0], HOLDERS[1], 1, 0, MOST_COUNT - 6)
    before = chain.state()
    events = chain.settle([bad, op(bad[0] + 1, HOLDERS[0], HOLDERS[1], 1)])
    assert [(event["op_id"], event["code"]) for event in events["OperationRejected"]] == [(bad[0], code)]
    assert not events["OperationSettled"]
    assert chain.state() == before


@pytest.mark.spec("CHN-03")
def test_the_prefix_of_a_bad_batch_stays(chain: Chain) -> None:
    events = chain.settle([op(2, NOBODY, HOLDERS[0], 5), op(3, HOLDERS[0], HOLDERS[1], 6), op(4, NOBODY, HOLDERS[0], 5)])
    assert [event["op_id"] for event in events["OperationSettled"]] == [2]
    assert chain.state() == (2, 5, [5, 0, 0, 0])


operations = st.lists(
    st.tuples(
        st.integers(0, 3),  # how far the number is from the one due, minus 1: 1 is right
        st.sampled_from(PARTIES),
        st.sampled_from(PARTIES),
        st.one_of(st.integers(0, 12), st.sampled_from([MOST, MOST - 3, 2**127])),
        st.one_of(st.integers(0, 2), st.just(MOST_COUNT)),
        st.one_of(st.integers(0, 3), st.sampled_from([MOST_COUNT, MOST_COUNT - 1])),
        st.sampled_from([1, 1, 1, 1, 2]),
    ),
    max_size=12,
)


@dataclass
class Model:
    """What the contract should do."""

    cursor: int = 1
    supply: int = 0
    held: dict[str, tuple[int, int]] = field(default_factory=lambda: dict.fromkeys(HOLDERS, (0, 0)))

    def settle(self, batch: list[tuple[Any, ...]]) -> None:
        for number, _kind, asset, src, dst, amount, debit, credit, _ref in batch:
            if number <= self.cursor:
                continue
            if number != self.cursor + 1 or asset != 1 or not self.move(src.lower(), dst.lower(), amount, debit, credit):
                return
            self.cursor = number

    def move(self, src: str, dst: str, amount: int, debit: int, credit: int) -> bool:
        after, supply = dict(self.held), self.supply
        if src == NOBODY:
            if dst == NOBODY or debit:
                return False
            supply += amount
        else:
            balance, count = after[src]
            after[src] = (balance - amount, count - debit)
            if min(after[src]) < 0:
                return False
        if dst == NOBODY:
            if credit:
                return False
            supply -= amount
        else:
            balance, count = after[dst]
            after[dst] = (balance + amount, count + credit)
            if after[dst][0] > MOST or after[dst][1] > MOST_COUNT:
                return False
        self.held, self.supply = after, supply
        return True


@pytest.mark.spec("CHN-01", "CHN-03")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(operations, min_size=1, max_size=3))
@example([[(1, NOBODY, HOLDERS[0], MOST, 0, MOST_COUNT, 1), (1, HOLDERS[0], HOLDERS[0], MOST, MOST_COUNT, MOST_COUNT, 1)]])
def test_the_contract_does_what_the_model_does(chain: Chain, batches: list[list[tuple[Any, ...]]]) -> None:
    """Sum of balances = supply; a replay changes nothing; no balance overflows into the count; rejects have no effect."""
    snapshot = chain.w3.provider.ethereum_tester.take_snapshot()
    model, sent = Model(), []
    for drawn in batches:
        due = model.cursor
        batch = []
        for offset, src, dst, amount, debit, credit, asset in drawn:
            due = due + offset if offset else due
            batch.append(op(max(due, 1), src, dst, amount, debit, credit, asset=asset))
        chain.settle(batch)
        model.settle(batch)
        sent.append(batch)
        expected = [balance | count << 128 for balance, count in model.held.values()]
        assert chain.state() == (model.cursor, model.supply, expected)
        assert sum(packed & MOST for packed in chain.state()[2]) == chain.state()[1]
    before = chain.state()
    for batch in sent:
        chain.settle([operation for operation in batch if operation[0] <= model.cursor])
    assert chain.state() == before
    chain.w3.provider.ethereum_tester.revert_to_snapshot(snapshot)


@pytest.mark.spec("CHN-01")
def test_the_largest_batch_fits_one_transaction(chain: Chain) -> None:
    """256 operations to receivers who are all new, under the cap of EIP-7825."""
    batch = [op(2, NOBODY, HOLDERS[0], 1000, 0, 1000)]
    batch += [op(3 + index, HOLDERS[0], f"0x{0xFFFF0000 + index:040x}", 1, 1, 1) for index in range(255)]
    digest = chain.contract.functions.settle(batch).transact({"from": chain.operator, "gas": 16_700_000})
    receipt = chain.w3.eth.get_transaction_receipt(digest)
    assert receipt["status"] == 1
    assert receipt["gasUsed"] < 100_000 + 45_000 * 256
    assert chain.contract.functions.cursor().call() == 257


@pytest.mark.spec("CHN-01")
def test_only_operators_settle_and_only_the_owner_rules(chain: Chain) -> None:
    functions = chain.contract.functions
    for call in (
        functions.settle([]),
        functions.anchor(2, b"\1" * 32),
        functions.void(2, b"\1" * 32),
        functions.create_asset(2, 2, 2, HOLDERS[0], "X"),
    ):
        for sender in (chain.stranger, chain.owner):
            with pytest.raises(TransactionFailed, match="not an operator"):
                call.call({"from": sender})
    for call in (functions.set_operator(chain.stranger, True), functions.set_paused(True), functions.offer_ownership(chain.stranger)):
        for sender in (chain.stranger, chain.operator):
            with pytest.raises(TransactionFailed, match="not the owner"):
                call.call({"from": sender})
    chain.send(functions.set_paused(True), sender=chain.owner)
    with pytest.raises(TransactionFailed, match="paused"):
        functions.settle([]).call({"from": chain.operator})
    chain.send(functions.set_paused(False), sender=chain.owner)
    chain.send(functions.set_operator(chain.operator, False), sender=chain.owner)
    with pytest.raises(TransactionFailed, match="not an operator"):
        functions.settle([]).call({"from": chain.operator})


@pytest.mark.spec("CHN-01")
def test_ownership_moves_in_two_steps(chain: Chain) -> None:
    functions = chain.contract.functions
    chain.send(functions.offer_ownership(chain.stranger), sender=chain.owner)
    assert functions.owner().call() == chain.owner
    with pytest.raises(TransactionFailed, match="not the successor"):
        functions.accept_ownership().call({"from": chain.operator})
    chain.send(functions.accept_ownership(), sender=chain.stranger)
    assert functions.owner().call() == chain.stranger
    with pytest.raises(TransactionFailed, match="not the owner"):
        functions.set_paused(True).call({"from": chain.owner})


@pytest.mark.spec("CHN-08")
def test_views_agree(chain: Chain) -> None:
    chain.settle([op(2, NOBODY, HOLDERS[0], MOST, 0, MOST_COUNT)])
    holder, view = Web3.to_checksum_address(HOLDERS[0]), chain.contract.functions
    assert view.balanceOf(holder, 1).call() == MOST
    assert view.txRemaining(holder, 1).call() == MOST_COUNT
    assert view.balanceOf(holder, 2**200).call() == 0
    raw = chain.w3.eth.call({"to": chain.contract.address, "data": abi.call("accounts", 1, [holder, HOLDERS[1]])})
    assert abi.unpack_accounts("0x" + raw.hex().removeprefix("0x")) == [(MOST, MOST_COUNT), (0, 0)]


@pytest.mark.spec("WAL-02")
def test_a_vyper_factory_deploys_at_the_address_we_compute(chain: Chain) -> None:
    from vyper.compiler import compile_code  # noqa: PLC0415

    compiled = compile_code(FACTORY, output_formats=["abi", "bytecode"])
    digest = chain.w3.eth.contract(abi=compiled["abi"], bytecode=compiled["bytecode"]).constructor().transact({"from": chain.owner})
    address = chain.w3.eth.get_transaction_receipt(digest)["contractAddress"]
    factory = chain.w3.eth.contract(address=address, abi=compiled["abi"])
    salt, target = b"\5" * 32, Account.create().address
    made = factory.functions.make(target, salt).call({"from": chain.owner})
    assert made == create2_address(address, salt, proxy_init_code_hash(target))
