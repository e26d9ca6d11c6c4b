-- The settle step, every few seconds: hot wallets' credits into their balances, operations into the figures.

-- Folds pending credits into balances, at most `p_most` wallets and assets at once; returns how many. Who is about to spend
-- holds the lock and folds by itself, so nobody is waited for.
CREATE OR REPLACE FUNCTION ledger_settle(p_most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
DECLARE
    wallets bigint[];
    assets bigint[];
BEGIN
    SELECT array_agg(k.wallet_id), array_agg(k.asset_id) INTO wallets, assets
    FROM (SELECT DISTINCT wallet_id, asset_id FROM ledger_pendingcredit ORDER BY 1, 2 LIMIT p_most) AS k;
    INSERT INTO ledger_balance (wallet_id, asset_id)
    SELECT k.wallet, k.asset FROM unnest(wallets, assets) AS k (wallet, asset)
    WHERE NOT EXISTS (SELECT FROM ledger_balance b WHERE b.wallet_id = k.wallet AND b.asset_id = k.asset)
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    -- Locked in a statement of its own, before anything is read: what committed while another held the row is seen then.
    SELECT array_agg(k.wallet_id), array_agg(k.asset_id) INTO wallets, assets FROM (
        SELECT b.wallet_id, b.asset_id FROM unnest(wallets, assets) AS k (wallet, asset)
        JOIN ledger_balance b ON b.wallet_id = k.wallet AND b.asset_id = k.asset
        ORDER BY b.wallet_id, b.asset_id FOR NO KEY UPDATE OF b SKIP LOCKED
    ) AS k;
    RETURN ledger_fold_all(wallets, assets);
END $$;

-- Counts at most `p_most` operations into the hours, the days and hot wallets' totals; returns how many. One at a time: a second
-- caller finds nothing to do. Deleting the queue's rows and adding them up is one transaction, so each counts once.
CREATE OR REPLACE FUNCTION ledger_settle_figures(p_most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
DECLARE
    operations bigint[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('ledger_settle_figures')) THEN
        RETURN 0;
    END IF;
    WITH gone AS (
        DELETE FROM ledger_pendingfigure WHERE operation_id IN (SELECT operation_id FROM ledger_pendingfigure ORDER BY 1 LIMIT p_most)
        RETURNING operation_id
    )
    SELECT array_agg(operation_id) INTO operations FROM gone;
    WITH hours AS (
        SELECT o.asset_id, o.type, date_trunc('hour', o.posted_at, 'UTC') AS hour, sum(o.quantity) AS quantity, count(*) AS count
        FROM ledger_operation o WHERE o.id = ANY (operations) GROUP BY 1, 2, 3
    ), counted AS (
        INSERT INTO ledger_hourlyfigure AS f (asset_id, type, hour, quantity, count)
        SELECT asset_id, type, hour, quantity, count FROM hours ORDER BY 1, 2, 3
        ON CONFLICT (asset_id, type, hour) DO UPDATE SET quantity = f.quantity + excluded.quantity, count = f.count + excluded.count
    )
    INSERT INTO ledger_dailyfigure AS f (asset_id, type, day, quantity, count)
    SELECT asset_id, type, date_trunc('day', hour, 'UTC'), sum(quantity), sum(count) FROM hours GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (asset_id, type, day) DO UPDATE SET quantity = f.quantity + excluded.quantity, count = f.count + excluded.count;
    INSERT INTO ledger_wallettotal AS t (wallet_id, asset_id, type, is_credit, quantity, count)
    SELECT e.wallet_id, e.asset_id, e.type, e.is_credit, sum(abs(e.quantity)), count(*)
    FROM ledger_entry e WHERE e.operation_id = ANY (operations) AND e.client_id IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (wallet_id, asset_id, type, is_credit) DO UPDATE SET quantity = t.quantity + excluded.quantity, count = t.count + excluded.count;
    RETURN coalesce(cardinality(operations), 0);
END $$;
