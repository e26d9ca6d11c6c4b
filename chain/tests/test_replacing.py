"""A stuck transaction is sped up or cancelled by a person, on a real node, and nothing happens twice (CHN-09)."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts.tests.factories import user
from audit.models import AuditEvent
from chain.models import ChainOp, ChainTx, Replacement
from chain.services import NotReplaceable, broadcast, build, request_replacement, track, verify
from chain.services.replacing import replace_as_asked
from chain.tests.factories import address, alerts, move, queue, seeded
from chain.tests.node import TestNode

pytestmark = [pytest.mark.usefixtures("contract"), pytest.mark.spec("CHN-09")]
Drain = Callable[[], None]


@pytest.fixture
def stuck(drain: Drain, node: TestNode) -> ChainTx:
    """A batch that the node has and that no block takes: nobody mines."""
    seeded()
    drain()
    queue(*(move(address(0), address(1), 1) for _ in range(3)))
    node.call("evm_setAutomine", False)
    build(now=timezone.now())
    broadcast(now=timezone.now())
    return ChainTx.objects.get(status="sent")


def ask(row: ChainTx, kind: str) -> Replacement:
    return request_replacement(row=row, kind=kind, actor=user(), now=timezone.now(), comment="it has waited for an hour")


def pool(node: TestNode) -> list[str]:
    """What the node holds and no block has."""
    pending = node.call("txpool_content")["pending"]
    return [row["hash"] for by_nonce in pending.values() for row in by_nonce.values()]


def mine(node: TestNode) -> None:
    node.call("evm_setAutomine", True)
    node.call("evm_mine")


def statuses(nonce: int) -> dict[int, str]:
    return dict(ChainTx.objects.filter(nonce=nonce).values_list("version", "status"))


def test_sped_up_it_replaces_the_first_in_the_nodes_pool(stuck: ChainTx, node: TestNode, drain: Drain) -> None:
    asked = ask(stuck, "speed_up")
    assert ChainTx.objects.filter(nonce=stuck.nonce).count() == 1  # the page signs nothing
    track(now=timezone.now())
    track(now=timezone.now())
    second = ChainTx.objects.get(nonce=stuck.nonce, version=2)
    assert bytes(second.data) == bytes(stuck.data)
    assert second.max_fee > stuck.max_fee
    broadcast(now=timezone.now())
    assert pool(node) == [second.hash]
    asked.refresh_from_db()
    assert (asked.status, asked.transaction) == ("sent", second)
    mine(node)
    drain()
    assert statuses(stuck.nonce) == {1: "superseded", 2: "confirmed"}
    assert verify(quiet=True) == []
    assert list(
        AuditEvent.objects.filter(action__in=["chain.speed_up_requested", "chain.replaced"]).values_list("actor_type", flat=True)
    ) == [
        "user",
        "system",
    ]


def test_cancelled_it_does_nothing_and_its_operations_come_again_in_order(stuck: ChainTx, node: TestNode, drain: Drain) -> None:
    queue(*(move(address(0), address(2), 1) for _ in range(2)))
    build(now=timezone.now())  # a batch behind it, which can't be done before it
    broadcast(now=timezone.now())
    ask(stuck, "cancel")
    track(now=timezone.now())
    filler = ChainTx.objects.get(nonce=stuck.nonce, version=2)
    assert (filler.purpose, bytes(filler.data), filler.to) == ("filler", b"", filler.signer)
    broadcast(now=timezone.now())
    assert stuck.hash not in pool(node)
    assert set(ChainOp.objects.filter(chain_tx=stuck).values_list("status", flat=True)) == {"assigned"}  # until it is decided
    mine(node)
    drain()
    assert statuses(stuck.nonce) == {1: "superseded", 2: "confirmed"}
    assert set(ChainOp.objects.values_list("status", flat=True)) == {"settled"}
    assert not alerts() & {"chain.reverted", "chain.foreign_nonce", "chain.halted"}
    assert verify(quiet=True) == []


@pytest.mark.parametrize("when", ["before the worker looks", "between its look and its signature", "after it has signed"])
def test_mined_meanwhile_the_original_counts_and_the_cancellation_never_happens(
    stuck: ChainTx, node: TestNode, drain: Drain, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(stuck, "cancel")
    if when == "before the worker looks":
        mine(node)
    elif when == "between its look and its signature":

        def mined_in_between(*arguments: object, **options: object) -> int:
            mine(node)
            return replace_as_asked(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setitem(track.__globals__, "replace_as_asked", mined_in_between)
    track(now=timezone.now())
    mine(node)
    drain()
    assert statuses(stuck.nonce)[1] == "confirmed"
    assert set(statuses(stuck.nonce).values()) <= {"confirmed", "superseded"}
    assert ChainOp.objects.filter(chain_tx=stuck, status="settled").count() == 3
    assert verify(quiet=True) == []


def test_cancelled_and_then_sped_up_and_reorganised_it_all_happens_once(stuck: ChainTx, node: TestNode, drain: Drain) -> None:
    ask(stuck, "cancel")
    track(now=timezone.now())
    broadcast(now=timezone.now())
    with pytest.raises(NotReplaceable):
        ask(stuck, "cancel")
    ask(stuck, "speed_up")  # of what is newest: the transfer of nothing
    track(now=timezone.now())
    third = ChainTx.objects.get(nonce=stuck.nonce, version=3)
    assert third.purpose == "filler"
    broadcast(now=timezone.now())
    mine(node)
    drain()
    node.call("anvil_reorg", 3, [])
    drain_again(node, drain)
    assert statuses(stuck.nonce) == {1: "superseded", 2: "superseded", 3: "confirmed"}
    assert verify(quiet=True) == []


def drain_again(node: TestNode, drain: Drain) -> None:
    """What a reorganisation has taken out goes out again once the tracker has seen it."""
    track(now=timezone.now())
    broadcast(now=timezone.now())
    node.call("evm_mine")
    drain()
    track(now=timezone.now())


def test_what_can_t_be_replaced_is_refused_by_the_page_or_said_by_the_worker(
    stuck: ChainTx, node: TestNode, drain: Drain, settings
) -> None:
    first = ask(stuck, "speed_up")
    with pytest.raises(NotReplaceable, match="just asked"):
        ask(stuck, "cancel")
    settings.CHAIN_MAX_FEE = int(stuck.max_fee)
    track(now=timezone.now())
    first.refresh_from_db()
    assert first.status == "refused"
    assert "CHAIN_MAX_FEE" in first.refusal
    mine(node)
    drain()
    with pytest.raises(NotReplaceable, match="ended"):
        ask(stuck, "speed_up")
    assert ChainTx.objects.filter(nonce=stuck.nonce).count() == 1


def test_two_who_ask_at_once_make_one_replacement(stuck: ChainTx, node: TestNode, drain: Drain) -> None:
    barrier, refused = threading.Barrier(4), []
    person = user()

    def work() -> None:
        barrier.wait()
        try:
            request_replacement(row=stuck, kind="cancel", actor=person, now=timezone.now(), comment="now")
        except NotReplaceable:
            refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    track(now=timezone.now())
    track(now=timezone.now())
    assert ChainTx.objects.filter(nonce=stuck.nonce).count() == 2
    broadcast(now=timezone.now())
    mine(node)
    drain()
    assert verify(quiet=True) == []
