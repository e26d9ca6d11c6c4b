"""What must hold between the rows and the chain (CHN-03): a part of `manage.py verify`, and of the chaos test."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Max

from chain import abi, client
from chain.client import Node, NodeRefused, NodeUnreachable, View, look, node, number
from chain.enums import OPEN_TX, ChainOpStatus
from chain.models import ChainOp, ChainTx, Lane

BLOCKS_PER_CALL = 2000
FAULTS_SHOWN = 20
DONE = (ChainOpStatus.SETTLED, ChainOpStatus.VOIDED)


def verify(now: datetime | None = None, *, quiet: bool = False) -> list[str]:
    """One line per fault, none where all is well. With `quiet` nothing may be on its way either (after a drain).

    Reads every event of the contract: seconds for ten thousand operations.
    """
    lane = Lane.objects.select_related("identity").first()
    if lane is None:
        return ["operations have numbers, but no lane gave them"] if ChainOp.objects.filter(sequence__isnull=False).exists() else []
    # The rows come first: what is settled meanwhile is then no fault.
    highest = ChainOp.objects.aggregate(highest=Max("sequence"))["highest"] or 0
    settled = ChainOp.objects.filter(status__in=DONE).aggregate(highest=Max("sequence"))["highest"] or 0
    try:
        view = look(node(), contract=lane.identity.contract, signer=lane.signer)
        if not view.shows(lane.identity):
            return [f"the node does not show {lane.identity}"]
        faults = [*sequences(lane), *cursor(view, highest=highest, settled=settled, quiet=quiet), *nonces(lane, view, quiet=quiet)]
        faults += [*effects(node(), lane, view), *balances(node(), lane, view)]
    except (NodeUnreachable, NodeRefused) as error:
        return [f"the node does not answer: {error}"]
    if quiet:
        waiting = ChainOp.objects.exclude(status__in=DONE).count()
        faults += [f"{waiting} operations are not settled"] if waiting else []
    return faults[:FAULTS_SHOWN] + ([f"and {len(faults) - FAULTS_SHOWN} more"] if len(faults) > FAULTS_SHOWN else [])


def sequences(lane: Lane) -> Iterator[str]:
    """Numbers have no holes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(sequence), coalesce(max(sequence), 0) FROM chain_chainop")
        count, highest = cursor.fetchone()
    next_sequence = Lane.objects.values_list("next_sequence", flat=True).get(pk=lane.pk)
    if count != highest or highest > next_sequence - 1:
        yield f"{count} operations have numbers, the highest is {highest}, the lane has given {next_sequence - 1}"


def cursor(view: View, *, highest: int, settled: int, quiet: bool) -> Iterator[str]:
    if settled > view.cursor_head:
        yield f"operation {settled} is called settled, the contract stands at {view.cursor_head}"
    if view.cursor_head > (ChainOp.objects.aggregate(highest=Max("sequence"))["highest"] or 0):
        yield f"the contract stands at {view.cursor_head}, the rows know {highest}"
    if quiet and view.cursor_head != highest:
        yield f"the contract stands at {view.cursor_head}, the last operation has {highest}"


def nonces(lane: Lane, view: View, *, quiet: bool) -> Iterator[str]:
    """Every nonce below the next has a stored transaction, and none is open after a drain."""
    row = Lane.objects.get(pk=lane.pk)
    unmined = ChainTx.objects.filter(identity=row.identity_id, signer=row.signer, status__in=OPEN_TX).count()
    if quiet and (unmined or row.next_nonce != view.nonce_head):
        yield f"{unmined} transactions are open; the next nonce is {row.next_nonce}, the chain's {view.nonce_head}"


def effects(at: Node, lane: Lane, view: View) -> Iterator[str]:
    """Each number has exactly one effect on the chain, field by field what its row asks for, `ref` included."""
    start = lane.identity.deployed_block or 0
    seen: set[int] = set()
    while start <= view.head:
        end = min(start + BLOCKS_PER_CALL - 1, view.head)
        query = {"address": lane.identity.contract, "fromBlock": hex(start), "toBlock": hex(end), "topics": [abi.EFFECT_TOPICS]}
        events = abi.events(at.call("eth_getLogs", query), contract=lane.identity.contract)
        rows = {row.sequence: row for row in ChainOp.objects.filter(sequence__in=[event.sequence for event in events])}
        for event in events:
            row = rows.get(event.sequence)
            if event.sequence in seen:
                yield f"number {event.sequence} happened twice on the chain"
            elif row is None or abi.asked(row) != (event.outcome, event.fields):
                yield f"number {event.sequence} is {event.outcome} on the chain, and not what its row asks for"
            seen.add(event.sequence)
        start = end + 1
    done = ChainOp.objects.filter(status__in=DONE, sequence__lte=view.cursor_confirmed).values_list("sequence", flat=True)
    yield from (f"number {sequence} is called settled and has no event" for sequence in done.iterator() if sequence not in seen)


def expected_balances(until: int) -> dict[int, dict[str, tuple[int, int]]]:
    """asset -> address -> (balance, remaining count) that the operations up to this number add up to."""
    with connection.cursor() as database:
        database.execute(
            "SELECT asset_id, address, sum(amount), sum(count) FROM ("
            "  SELECT asset_id, source AS address, -amount AS amount, -count_debit AS count FROM chain_chainop"
            "  WHERE sequence <= %(until)s AND kind < 10 AND NOT is_void AND source <> ''"
            "  UNION ALL"
            "  SELECT asset_id, destination, amount, count_credit FROM chain_chainop"
            "  WHERE sequence <= %(until)s AND kind < 10 AND NOT is_void AND destination <> ''"
            ") AS moves GROUP BY asset_id, address",
            {"until": until},
        )
        found: dict[int, dict[str, tuple[int, int]]] = {}
        for asset_id, address, amount, count in database.fetchall():
            found.setdefault(asset_id, {})[address] = (int(amount), int(count))
        return found


def balances(at: Node, lane: Lane, view: View) -> Iterator[str]:
    """Per asset and address: the chain's balance and count are the sums of the operations, and its supply their total."""
    for asset_id, expected in expected_balances(view.cursor_head).items():
        addresses = list(expected)
        held = client.accounts(asset_id, addresses, view.head, contract=lane.identity.contract)
        for address, there in zip(addresses, held, strict=True):
            if there != expected[address]:
                yield f"asset {asset_id}, {address}: {there} (balance, count) on the chain, {expected[address]} by the operations"
        supply = number(at.call("eth_call", {"to": lane.identity.contract, "data": abi.call("supply", asset_id)}, hex(view.head)))
        if supply != sum(balance for balance, _count in held):
            yield f"asset {asset_id}: the supply on the chain is {supply}, its balances add up to {sum(balance for balance, _ in held)}"
