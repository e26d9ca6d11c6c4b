"""Every balance and count on the chain against the ledger's, at one block (CHN-08)."""

from decimal import Decimal

from django.db import connection, transaction

from chain import abi
from chain.client import NodeUnreachable, accounts, look, node, number
from chain.models import Lane
from chain.services.comparing import Compared, Difference
from core.amounts import from_base_units

# The ledger's side in base units, what the chain has not done yet taken off: operations without a number or above the
# contract's cursor. An operation that was voided has no effect on the chain, and neither has its compensation.
EXPECTED = """
WITH unsettled AS MATERIALIZED (
    SELECT id, asset_id, source, destination, amount, count_debit, count_credit FROM chain_chainop
    WHERE kind < 10 AND (sequence > %(cursor)s OR (status = 'pending' AND sequence IS NULL) OR is_void)
), off AS (
    SELECT asset_id, address, sum(amount) AS amount, sum(count) AS count FROM (
        SELECT asset_id, source AS address, -amount AS amount, -count_debit AS count FROM unsettled WHERE source <> ''
        UNION ALL
        SELECT asset_id, destination, amount, count_credit FROM unsettled WHERE destination <> ''
    ) AS moves GROUP BY asset_id, address
), pending AS (
    SELECT wallet_id, asset_id, sum(quantity) AS quantity FROM ledger_pendingcredit GROUP BY wallet_id, asset_id
), held AS (
    SELECT wallet_id, asset_id, sum(quantity) AS quantity, sum(remaining_count) AS remaining_count FROM (
        SELECT wallet_id, asset_id, quantity, remaining_count FROM ledger_balance
        UNION ALL
        SELECT wallet_id, asset_id, quantity, 0 FROM pending
    ) AS parts GROUP BY wallet_id, asset_id
)
SELECT asset.id, asset.code, asset.decimals, wallet.reference, wallet.address,
       (held.quantity * power(10::numeric, asset.decimals) - coalesce(off.amount, 0))::numeric(60, 0)::text,
       (held.remaining_count - coalesce(off.count, 0))::bigint,
       (SELECT count(*) FROM unsettled)
FROM held
JOIN assets_asset AS asset ON asset.id = held.asset_id AND asset.kind = 'digital' AND NOT asset.is_test
JOIN wallets_wallet AS wallet ON wallet.id = held.wallet_id AND wallet.owner_type <> 'outside' AND NOT wallet.is_test
LEFT JOIN off ON off.asset_id = held.asset_id AND off.address = wallet.address
ORDER BY asset.id, wallet.id
"""
UNKNOWN_HOLDERS = "?"


def compare() -> Compared:
    """Compare now. Raises NodeUnreachable or NodeRefused.

    The block is fixed first and the database read after it, in one snapshot: whatever the chain has done by that block was
    committed in the ledger before, so that the snapshot knows it.
    """
    lane = Lane.objects.select_related("identity").first()
    if lane is None:
        raise NodeUnreachable("no contract is deployed yet")
    contract = lane.identity.contract
    view = look(node(), contract=contract, signer=lane.signer)
    if not view.shows(lane.identity):
        raise NodeUnreachable(f"the node does not show {lane.identity}")
    block = node().call("eth_getBlockByNumber", hex(view.head), False)
    rows = expected(view.cursor_head)
    by_asset: dict[int, list[tuple[str, int, str, str, int, int]]] = {}
    for asset_id, code, decimals, wallet, address, units_held, count, _unsettled in rows:
        by_asset.setdefault(asset_id, []).append((code, decimals, wallet, address, int(units_held), count))
    differences: list[Difference] = []
    for asset_id, wallets in by_asset.items():
        held = accounts(
            asset_id, [address for _code, _decimals, _wallet, address, _balance, _count in wallets], view.head, contract=contract
        )
        for (code, decimals, wallet, address, balance, count), (there, count_there) in zip(wallets, held, strict=True):
            if (there, count_there) != (balance, count):
                differences.append(Difference(code, wallet, address, units(balance, decimals), units(there, decimals), count, count_there))
        supply = number(node().call("eth_call", {"to": contract, "data": abi.call("supply", asset_id)}, hex(view.head)))
        code, decimals, known = wallets[0][0], wallets[0][1], sum(there for there, _count in held)
        if supply != known:  # somebody holds a balance there whom the ledger does not know
            differences.append(Difference(code, UNKNOWN_HOLDERS, "", units(0, decimals), units(supply - known, decimals), 0, 0))
    again = node().call("eth_getBlockByNumber", hex(view.head), False)
    if again is None or again["hash"] != block["hash"]:
        raise NodeUnreachable("the block was replaced while it was read: compare again")
    return Compared(block=view.head, wallets=len(rows), unsettled=rows[0][-1] if rows else 0, differences=differences)


def expected(cursor: int) -> list[tuple[int, str, int, str, str, str, int, int]]:
    """What the contract should hold after the operation `cursor`, by the ledger; one snapshot of the database."""
    with transaction.atomic(durable=True), connection.cursor() as database:
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        database.execute(EXPECTED, {"cursor": cursor})
        rows: list[tuple[int, str, int, str, str, str, int, int]] = database.fetchall()
    return rows


def units(amount: int, decimals: int) -> str:
    quantity: Decimal = from_base_units(amount, decimals=decimals)
    return f"{quantity:f}"
