-- What the limits' evaluator reads (LIM-03 to LIM-08). Python words the answer and adds up what is asked together; which limit covers
-- a client, and how much of each rule is used, is said here alone.

-- Which limit covers a client: its personal one, and the one assigned by its criteria (LIM-03). One with a tier is of the tier's
-- level, whatever the client's is; without one that fits the client's own level the next lower level that has one counts (LIM-04), and
-- what sets no criterion at all comes last.
CREATE FUNCTION tiers_covering(p_client bigint)
RETURNS TABLE (reference text, level int, tier_id bigint, kind_id bigint, personal_id bigint, assigned_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT c.reference::text, c.verification_level::int, t.tier_id, t.kind_id,
        (SELECT l.id FROM tiers_limit l WHERE l.client_id = p_client AND l.is_active),
        (SELECT l.id FROM tiers_limit l
         WHERE l.is_active AND l.client_id IS NULL AND (l.client_type = '' OR l.client_type = c.type)
           AND (l.kind_id IS NULL OR l.kind_id = t.kind_id) AND (l.tier_id IS NULL OR l.tier_id = t.tier_id)
           AND (l.level IS NULL OR l.level <= c.verification_level OR l.tier_id IS NOT NULL)
         ORDER BY CASE WHEN l.tier_id IS NOT NULL THEN c.verification_level
                       WHEN l.level IS NOT NULL THEN l.level
                       WHEN l.client_type <> '' THEN c.verification_level ELSE -1 END DESC,
                  l.client_type <> '' DESC, l.kind_id IS NOT NULL DESC, l.tier_id IS NOT NULL DESC, l.level IS NOT NULL DESC
         LIMIT 1)
    FROM clients_client c
    LEFT JOIN LATERAL (SELECT o.tier_id, o.kind_id FROM tiers_clientterms o WHERE o.client_id = p_client OFFSET 0) AS t ON true
    WHERE c.id = p_client
$$;

-- For each of these (client, asset, direction, type; a null type stands for every one): the client's limits, and each of their rules
-- about it with the rate and what is used of it. `p_lock` locks the clients first, in the ledger's order, in a statement of its own:
-- the next one sees what was committed before.
--
-- A rolling window is the newest running total less the last before the window: two index probes for each type, however many
-- operations there are. The newest of every type and direction is found by walking the index backwards, one probe for each. A day is 24 hours: no
-- session's time zone makes it 23 or 25.
CREATE FUNCTION tiers_measure(
    p_clients bigint[], p_assets bigint[], p_credits boolean[], p_types text[], p_now timestamptz, p_lock boolean
) RETURNS TABLE (
    client_id bigint, client text, level int, tier_id bigint, kind_id bigint, personal_id bigint, personal_edition uuid, assigned_id bigint,
    assigned_edition uuid, asset_id bigint, limit_id bigint, threshold_id bigint, rate numeric, rate_set_at timestamptz,
    used numeric, used_count bigint, balance numeric
)
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    IF p_lock THEN
        PERFORM FROM (SELECT DISTINCT u.id FROM unnest(p_clients) AS u (id) ORDER BY 1) AS k
        CROSS JOIN LATERAL (SELECT FROM clients_client c WHERE c.id = k.id FOR NO KEY UPDATE) AS c;
    END IF;
    RETURN QUERY
    SELECT q.client, c.reference, c.level, c.tier_id, c.kind_id, c.personal_id,
           (SELECT l.edition FROM tiers_limit l WHERE l.id = c.personal_id), c.assigned_id,
           (SELECT l.edition FROM tiers_limit l WHERE l.id = c.assigned_id),
           q.asset, m.limit_id, m.id, r.rate, r.set_at, m.used, m.used_count, m.balance
    FROM unnest(p_clients, p_assets, p_credits, p_types) AS q (client, asset, is_credit, type)
    CROSS JOIN LATERAL tiers_covering(q.client) AS c
    LEFT JOIN LATERAL (
        WITH RECURSIVE rules AS MATERIALIZED (
            SELECT t.id, t.limit_id, t.currency_id, t.types, t.rule, t.period_days FROM tiers_threshold t
            WHERE t.limit_id IN (c.assigned_id, c.personal_id) AND t.asset_id = q.asset AND (t.rule <> 'send') = q.is_credit
              AND (q.type IS NULL OR t.types = '{}' OR q.type = ANY (t.types))
        ), newest AS (
            SELECT n.* FROM (SELECT FROM rules WHERE period_days IS NOT NULL LIMIT 1) AS any_period
            CROSS JOIN LATERAL (
                SELECT e.type, e.is_credit, e.running_quantity, e.running_count FROM ledger_entry e
                WHERE e.client_id = q.client AND e.asset_id = q.asset
                ORDER BY e.type DESC, e.is_credit DESC, e.at DESC, e.operation_id DESC LIMIT 1
            ) AS n
            UNION ALL
            SELECT n.* FROM newest w CROSS JOIN LATERAL (
                SELECT e.type, e.is_credit, e.running_quantity, e.running_count FROM ledger_entry e
                WHERE e.client_id = q.client AND e.asset_id = q.asset AND (e.type, e.is_credit) < (w.type, w.is_credit)
                ORDER BY e.type DESC, e.is_credit DESC, e.at DESC, e.operation_id DESC LIMIT 1
            ) AS n
        )
        SELECT t.id, t.limit_id, t.currency_id, u.used, u.used_count,
               CASE WHEN t.rule = 'balance' THEN (
                   SELECT sum(b.quantity) FROM wallets_wallet w
                   CROSS JOIN LATERAL (
                       SELECT b.quantity FROM ledger_balance b WHERE b.wallet_id = w.id AND b.asset_id = q.asset OFFSET 0
                   ) AS b WHERE w.client_id = q.client
               ) END AS balance
        FROM rules t
        LEFT JOIN LATERAL (
            SELECT sum(n.running_quantity - coalesce(b.running_quantity, 0)) AS used, sum(n.running_count - coalesce(b.running_count, 0))::bigint AS used_count
            FROM newest n
            LEFT JOIN LATERAL (
                SELECT e.running_quantity, e.running_count FROM ledger_entry e
                WHERE e.client_id = q.client AND e.asset_id = q.asset AND e.type = n.type AND e.is_credit = n.is_credit
                  AND e.at <= p_now - t.period_days * interval '24 hours'
                ORDER BY e.at DESC, e.operation_id DESC LIMIT 1
            ) AS b ON true
            WHERE t.period_days IS NOT NULL AND n.is_credit = q.is_credit AND (t.types = '{}' OR n.type = ANY (t.types))
        ) AS u ON true
    ) AS m ON true
    LEFT JOIN LATERAL (SELECT o.rate, o.set_at FROM assets_rate o WHERE o.asset_id = q.asset AND o.currency_id = m.currency_id OFFSET 0) AS r ON true;
END $$;
