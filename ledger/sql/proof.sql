-- The proof (LED-07): figures, and every row that breaks what must hold. One statement, so one snapshot: it can run while
-- others post. Test assets are left out: they are in no total.

-- `figure` rows tell (found); all others are faults: what should be there, and what is.
CREATE FUNCTION ledger_prove() RETURNS TABLE (name text, asset bigint, subject text, expected numeric, found numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
WITH assets AS MATERIALIZED (
    SELECT id, expires FROM assets_asset WHERE NOT is_test
), entries AS MATERIALIZED (
    SELECT e.asset_id, e.wallet_id, sum(e.quantity) AS total, count(*) AS number,
           coalesce(sum(e.quantity) FILTER (WHERE e.is_credit), 0) AS credits, coalesce(-sum(e.quantity) FILTER (WHERE NOT e.is_credit), 0) AS debits
    FROM ledger_entry e JOIN assets a ON a.id = e.asset_id GROUP BY 1, 2
), held AS MATERIALIZED (
    SELECT h.asset_id, h.wallet_id, sum(h.quantity) AS total FROM (
        SELECT asset_id, wallet_id, quantity FROM ledger_balance UNION ALL SELECT asset_id, wallet_id, quantity FROM ledger_pendingcredit
    ) AS h JOIN assets a ON a.id = h.asset_id GROUP BY 1, 2
), world AS (
    SELECT e.asset_id, sum(e.debits) AS issued, sum(e.credits) AS burnt
    FROM entries e JOIN wallets_wallet w ON w.id = e.wallet_id AND w.owner_type = 'outside' GROUP BY 1
), supply AS (
    SELECT a.id AS asset_id, coalesce(w.issued, 0) AS issued, coalesce(w.burnt, 0) AS burnt,
           coalesce((SELECT sum(h.total) FROM held h WHERE h.asset_id = a.id), 0) AS held
    FROM assets a LEFT JOIN world w ON w.asset_id = a.id
), operations AS MATERIALIZED (
    SELECT o.asset_id, o.type, date_trunc('hour', o.posted_at, 'UTC') AS hour, sum(o.quantity) AS quantity, count(*) AS number
    FROM ledger_operation o JOIN assets a ON a.id = o.asset_id WHERE o.status = 'posted' GROUP BY 1, 2, 3
)
SELECT 'figure', s.asset_id, f.subject, NULL::numeric, f.value FROM supply s
CROSS JOIN LATERAL (VALUES ('issued', s.issued), ('burnt', s.burnt), ('held', s.held)) AS f (subject, value)
UNION ALL SELECT 'figure', NULL, 'operations', NULL, coalesce(sum(number), 0) FROM operations
UNION ALL SELECT 'figure', NULL, 'entries', NULL, coalesce(sum(number), 0) FROM entries
UNION ALL SELECT 'figure', NULL, 'balances', NULL, count(*) FROM held
UNION ALL -- what all wallets hold is what was issued and not burnt
SELECT 'supply', asset_id, '', issued - burnt, held FROM supply WHERE issued - burnt <> held
UNION ALL -- legs sum to zero
SELECT 'legs', asset_id, '', 0, sum(total) FROM entries GROUP BY asset_id HAVING sum(total) <> 0
UNION ALL -- two legs for each operation
SELECT 'legs', NULL, 'entries', 2 * (SELECT coalesce(sum(number), 0) FROM operations), (SELECT coalesce(sum(number), 0) FROM entries)
WHERE 2 * (SELECT coalesce(sum(number), 0) FROM operations) <> (SELECT coalesce(sum(number), 0) FROM entries)
UNION ALL -- every balance is the sum of its entries
SELECT 'balance', asset_id, w.reference, coalesce(e.total, 0), coalesce(h.total, 0)
FROM held h FULL JOIN (SELECT e.* FROM entries e JOIN wallets_wallet v ON v.id = e.wallet_id AND v.owner_type <> 'outside') AS e USING (asset_id, wallet_id)
JOIN wallets_wallet w ON w.id = wallet_id WHERE coalesce(e.total, 0) <> coalesce(h.total, 0)
UNION ALL -- the lots of a client's expiring asset add up to the balance
SELECT 'lots', b.asset_id, w.reference, b.quantity, coalesce(l.quantity, 0)
FROM ledger_balance b JOIN assets a ON a.id = b.asset_id AND a.expires JOIN wallets_wallet w ON w.id = b.wallet_id AND w.client_id IS NOT NULL
LEFT JOIN (SELECT wallet_id, asset_id, sum(quantity) AS quantity FROM ledger_lot GROUP BY 1, 2) AS l ON l.wallet_id = b.wallet_id AND l.asset_id = b.asset_id
WHERE b.quantity <> coalesce(l.quantity, 0)
UNION ALL -- a lot is the sum of its moves
SELECT 'lot moves', l.asset_id, 'lot ' || l.id, coalesce(m.quantity, 0), l.quantity
FROM ledger_lot l JOIN assets a ON a.id = l.asset_id
LEFT JOIN (SELECT lot_id, sum(quantity) AS quantity FROM ledger_lotmove GROUP BY 1) AS m ON m.lot_id = l.id WHERE l.quantity <> coalesce(m.quantity, 0)
UNION ALL -- what is reserved is what open reservations hold
SELECT 'reserved', b.asset_id, w.reference, coalesce(r.quantity, 0), b.reserved
FROM ledger_balance b JOIN assets a ON a.id = b.asset_id JOIN wallets_wallet w ON w.id = b.wallet_id
LEFT JOIN (SELECT wallet_id, asset_id, sum(quantity) AS quantity FROM ledger_reservation WHERE is_open GROUP BY 1, 2) AS r
    ON r.wallet_id = b.wallet_id AND r.asset_id = b.asset_id
WHERE b.reserved <> coalesce(r.quantity, 0)
UNION ALL
SELECT 'reserved lots', l.asset_id, 'lot ' || l.id, coalesce(r.quantity, 0), l.reserved
FROM ledger_lot l JOIN assets a ON a.id = l.asset_id
LEFT JOIN (SELECT lot_id, sum(quantity) AS quantity FROM ledger_reservationlot GROUP BY 1) AS r ON r.lot_id = l.id WHERE l.reserved <> coalesce(r.quantity, 0)
UNION ALL -- remaining counts are what was given less what was taken
SELECT 'counts', b.asset_id, w.reference, coalesce(c.given, 0), b.remaining_count
FROM ledger_balance b JOIN assets a ON a.id = b.asset_id JOIN wallets_wallet w ON w.id = b.wallet_id
LEFT JOIN (
    SELECT s.wallet_id, o.asset_id, sum(s.change) AS given FROM ledger_operation o
    CROSS JOIN LATERAL (VALUES (o.receiver_id, o.count_credit), (o.sender_id, -o.count_debit)) AS s (wallet_id, change)
    WHERE o.count_credit <> 0 OR o.count_debit <> 0 GROUP BY 1, 2
) AS c ON c.wallet_id = b.wallet_id AND c.asset_id = b.asset_id
WHERE b.remaining_count <> coalesce(c.given, 0)
UNION ALL -- a client's newest running total is the sum of all
SELECT 'running totals', e.asset_id, 'client ' || e.client_id || ', ' || e.type, sum(abs(e.quantity)), max(e.running_quantity)
FROM ledger_entry e JOIN assets a ON a.id = e.asset_id WHERE e.client_id IS NOT NULL
GROUP BY e.client_id, e.asset_id, e.type, e.is_credit
HAVING sum(abs(e.quantity)) <> max(e.running_quantity) OR count(*) <> max(e.running_count)
UNION ALL -- hot wallets' totals, with what is still to be counted
SELECT 'wallet totals', asset_id, w.reference || ', ' || type, s.quantity, coalesce(t.quantity, 0)
FROM (
    SELECT e.wallet_id, e.asset_id, e.type, e.is_credit, sum(abs(e.quantity)) AS quantity, count(*) AS number
    FROM ledger_entry e JOIN assets a ON a.id = e.asset_id
    WHERE e.client_id IS NULL AND NOT EXISTS (SELECT FROM ledger_pendingfigure p WHERE p.operation_id = e.operation_id) GROUP BY 1, 2, 3, 4
) AS s FULL JOIN ledger_wallettotal t USING (wallet_id, asset_id, type, is_credit) JOIN wallets_wallet w ON w.id = wallet_id
WHERE s.quantity IS DISTINCT FROM t.quantity OR s.number IS DISTINCT FROM t.count
UNION ALL -- the hours, likewise
SELECT 'hours', asset_id, type || ' ' || hour, coalesce(o.quantity, 0) - coalesce(p.quantity, 0), coalesce(f.quantity, 0)
FROM operations o FULL JOIN ledger_hourlyfigure f USING (asset_id, type, hour)
LEFT JOIN (
    SELECT q.asset_id, q.type, date_trunc('hour', q.posted_at, 'UTC') AS hour, sum(q.quantity) AS quantity
    FROM ledger_pendingfigure p JOIN ledger_operation q ON q.id = p.operation_id GROUP BY 1, 2, 3
) AS p USING (asset_id, type, hour)
WHERE coalesce(o.quantity, 0) - coalesce(p.quantity, 0) <> coalesce(f.quantity, 0)
UNION ALL -- one order to the chain for each operation on a digital asset, and for nothing else
SELECT 'chain', o.asset_id, o.reference, 1, 0
FROM ledger_operation o JOIN assets_asset a ON a.id = o.asset_id AND a.kind = 'digital' AND NOT a.is_test
WHERE o.status = 'posted' AND NOT EXISTS (SELECT FROM chain_chainop c WHERE c.operation_id = o.id)
UNION ALL
SELECT 'chain', c.asset_id, 'operation ' || c.operation_id, 0, 1 FROM chain_chainop c
WHERE c.operation_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM ledger_operation o JOIN assets_asset a ON a.id = o.asset_id AND a.kind = 'digital' AND NOT a.is_test
    WHERE o.id = c.operation_id AND o.status = 'posted')
$$;

-- Operations whose record no longer gives the commitment that went to the chain; at most 20.
CREATE FUNCTION ledger_broken_commitments() RETURNS TABLE (reference text) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT o.reference::text FROM chain_chainop c JOIN ledger_operation o ON o.id = c.operation_id WHERE c.ref <> ledger_ref(o.id) LIMIT 20
$$;
