-- What the limits' evaluator reads (LIM-03 to LIM-08). Python words the answer and adds up what is asked together; which limit covers
-- a client, and how much of each rule is used, is said here alone. Each migration that changes this file loads it again.
DROP FUNCTION IF EXISTS tiers_measure, tiers_covering;

-- Which limit covers a client: its personal one, and the one assigned by its criteria (LIM-03). One with a tier is of the tier's
-- level, whatever the client's is; without one that fits the client's own level the next lower level that has one counts (LIM-04), and
-- what sets no criterion at all comes last.
CREATE FUNCTION tiers_covering(p_client bigint)
RETURNS TABLE (reference text, level int, personal_id bigint, personal_edition text, assigned_id bigint, assigned_edition text)
LANGUAGE sql STABLE AS $$
    SELECT c.reference::text, c.verification_level::int, p.id, p.edition::text, a.id, a.edition::text
    FROM clients_client c
    LEFT JOIN LATERAL (SELECT o.tier_id, o.kind_id FROM tiers_clientterms o WHERE o.client_id = p_client OFFSET 0) AS t ON true
    LEFT JOIN LATERAL (SELECT l.id, l.edition FROM tiers_limit l WHERE l.client_id = p_client AND l.is_active OFFSET 0) AS p ON true
    LEFT JOIN LATERAL (
        SELECT l.id, l.edition FROM tiers_limit l
        WHERE l.is_active AND l.client_id IS NULL AND (l.client_type = '' OR l.client_type = c.type)
          AND (l.kind_id IS NULL OR l.kind_id = t.kind_id) AND (l.tier_id IS NULL OR l.tier_id = t.tier_id)
          AND (l.level IS NULL OR l.level <= c.verification_level OR l.tier_id IS NOT NULL)
        ORDER BY CASE WHEN l.tier_id IS NOT NULL THEN c.verification_level
                      WHEN l.level IS NOT NULL THEN l.level
                      WHEN l.client_type <> '' THEN c.verification_level ELSE -1 END DESC,
                 l.client_type <> '' DESC, l.kind_id IS NOT NULL DESC, l.tier_id IS NOT NULL DESC, l.level IS NOT NULL DESC
        LIMIT 1
    ) AS a ON true
    WHERE c.id = p_client
$$;

-- For each of these (client, asset, direction, type; a null type stands for every one), of which those of one client follow each other:
-- the client's rules about it, with the rate (null where it is more than `p_hours` old) and what is used, and what covers the client; where
-- there is no rule, a row without one. `p_lock` locks the clients first, in the ledger's order, in a statement of its own: the next
-- one sees what was committed before.
--
-- A rolling window is the newest running total less the last before the window: two index probes for each type, however many
-- operations there are. The newest of every type and direction is found by walking the index backwards, one probe for each, and not at all
-- where no rule has a period. A day is 24 hours: no session's time zone makes it 23 or 25.
--
-- One statement for each ask: one over all of them takes longer to begin than this takes. Few columns, and what covers the client as one
-- text: each column of each row costs the reader as much as an index probe.
CREATE FUNCTION tiers_measure(
    p_clients bigint[], p_assets bigint[], p_credits boolean[], p_types text[], p_now timestamptz, p_hours int, p_lock boolean
) RETURNS TABLE (client_id bigint, threshold_id bigint, rate numeric, used numeric, used_count bigint, covered text)
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    oldest CONSTANT timestamptz := p_now - p_hours * interval '1 hour';
    own_client bigint;
    own_asset bigint;
    own_credit boolean;
    own_type text;
    held numeric;
BEGIN
    IF p_lock THEN
        IF cardinality(p_clients) = 1 THEN
            PERFORM FROM clients_client o WHERE o.id = p_clients[1] FOR NO KEY UPDATE;
        ELSE
            PERFORM FROM (SELECT DISTINCT u.id FROM unnest(p_clients) AS u (id) ORDER BY 1) AS k
            CROSS JOIN LATERAL (SELECT FROM clients_client o WHERE o.id = k.id FOR NO KEY UPDATE) AS o;
        END IF;
    END IF;
    FOR i IN 1 .. cardinality(p_clients) LOOP
        own_client := p_clients[i];
        own_asset := p_assets[i];
        own_credit := p_credits[i];
        own_type := p_types[i];
        IF own_credit THEN
            SELECT coalesce(sum(b.quantity), 0) INTO held FROM wallets_wallet w CROSS JOIN LATERAL (
                SELECT o.quantity FROM ledger_balance o WHERE o.wallet_id = w.id AND o.asset_id = own_asset OFFSET 0
            ) AS b WHERE w.client_id = own_client;
        END IF;
        RETURN QUERY
        WITH RECURSIVE newest AS (
            (
                SELECT e.type, e.is_credit, e.running_quantity, e.running_count FROM ledger_entry e
                WHERE e.client_id = own_client AND e.asset_id = own_asset
                ORDER BY e.type DESC, e.is_credit DESC, e.at DESC, e.operation_id DESC LIMIT 1
            )
            UNION ALL
            SELECT n.* FROM newest w CROSS JOIN LATERAL (
                SELECT e.type, e.is_credit, e.running_quantity, e.running_count FROM ledger_entry e
                WHERE e.client_id = own_client AND e.asset_id = own_asset AND (e.type, e.is_credit) < (w.type, w.is_credit)
                ORDER BY e.type DESC, e.is_credit DESC, e.at DESC, e.operation_id DESC LIMIT 1
            ) AS n
        )
        SELECT own_client, m.id, m.rate, m.used, m.used_count,
            concat(c.reference, ' ', c.level, ' ', c.personal_id, ' ', c.personal_edition, ' ', c.assigned_id, ' ', c.assigned_edition)
        FROM tiers_covering(own_client) AS c
        LEFT JOIN LATERAL (
            SELECT t.id, CASE WHEN t.currency_id IS NOT NULL THEN (
                    SELECT r.rate FROM assets_rate r WHERE r.asset_id = own_asset AND r.currency_id = t.currency_id AND r.set_at >= oldest
                ) END AS rate,
                CASE WHEN t.rule = 'balance' THEN held ELSE u.used END AS used, u.used_count
            FROM tiers_threshold t
            LEFT JOIN LATERAL (
                SELECT sum(n.running_quantity - coalesce(b.running_quantity, 0)) AS used,
                       sum(n.running_count - coalesce(b.running_count, 0))::bigint AS used_count
                FROM newest n
                LEFT JOIN LATERAL (
                    SELECT e.running_quantity, e.running_count FROM ledger_entry e
                    WHERE e.client_id = own_client AND e.asset_id = own_asset AND e.type = n.type AND e.is_credit = own_credit
                      AND e.at <= p_now - t.period_days * interval '24 hours'
                    ORDER BY e.at DESC, e.operation_id DESC LIMIT 1
                ) AS b ON true
                WHERE t.period_days IS NOT NULL AND n.is_credit = own_credit AND (t.types = '{}' OR n.type = ANY (t.types))
            ) AS u ON true
            WHERE t.limit_id IN (c.assigned_id, c.personal_id) AND t.asset_id = own_asset AND (t.rule <> 'send') = own_credit
              AND (own_type IS NULL OR t.types = '{}' OR own_type = ANY (t.types))
        ) AS m ON true;
    END LOOP;
END $$;
