-- The days, beside the hours (DSH-05).

-- What lies there already; the settle step counts on when this has committed.
SELECT pg_advisory_xact_lock(hashtext('ledger_settle_figures'));
INSERT INTO ledger_dailyfigure (asset_id, type, day, quantity, count)
SELECT asset_id, type, date_trunc('day', hour, 'UTC'), sum(quantity), sum(count) FROM ledger_hourlyfigure GROUP BY 1, 2, 3;

-- A part of the proof: each day is the sum of its hours. Both are written by one statement, so this holds at every moment.
CREATE FUNCTION ledger_prove_days() RETURNS TABLE (name text, asset bigint, subject text, expected numeric, found numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT 'days', asset_id, type || ' ' || day, coalesce(h.quantity, 0), coalesce(d.quantity, 0)
    FROM ledger_dailyfigure d FULL JOIN (
        SELECT asset_id, type, date_trunc('day', hour, 'UTC') AS day, sum(quantity) AS quantity, sum(count) AS count
        FROM ledger_hourlyfigure GROUP BY 1, 2, 3
    ) AS h USING (asset_id, type, day)
    WHERE h.quantity IS DISTINCT FROM d.quantity OR h.count IS DISTINCT FROM d.count
$$;
REVOKE ALL ON FUNCTION ledger_prove_days() FROM PUBLIC;
