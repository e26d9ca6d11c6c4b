-- Who takes part in these moves and what the rules must know of them, one row a move (transactions/services/pipeline.py).
--
-- `p_lock` locks first, in the ledger's order, in statements of their own: what is read after was committed before, and nobody changes a
-- client's level, tier, status or balances until the end of the transaction. One move, as most are, is locked and described by single
-- probes, as the ledger does it.
--
-- `refusal` is what the ledger would say whatever the balances are; `group_id` is the group that the idempotency key made before. The
-- *doer* is the client whose operation it is: who buys or tops up receives, all else is sent. `opens` says whether the doer's tier opens
-- it (TIE-07), null at tier 0. Each migration that changes this file loads it again.
DROP FUNCTION IF EXISTS transactions_parties, transactions_rules_about, transactions_doer;

CREATE FUNCTION transactions_rules_about(p_type text, p_asset bigint, p_doer bigint, p_now timestamptz)
RETURNS TABLE (opens boolean, is_priced boolean, is_limited boolean) LANGUAGE sql STABLE AS $$
    SELECT
        (SELECT (e.operations = '[]' OR e.operations ? p_type)
            AND (NOT EXISTS (SELECT FROM tiers_dictionaryentry_assets a WHERE a.dictionaryentry_id = e.id)
                 OR EXISTS (SELECT FROM tiers_dictionaryentry_assets a WHERE a.dictionaryentry_id = e.id AND a.asset_id = p_asset))
         FROM tiers_clientterms t JOIN tiers_dictionaryentry e ON e.id = t.tier_id WHERE t.client_id = p_doer),
        EXISTS (
            SELECT FROM tiers_operationfee f WHERE f.asset_id = p_asset AND f.type = p_type AND f.valid_from <= p_now
                AND (f.valid_to IS NULL OR f.valid_to > p_now)
        ),
        EXISTS (SELECT FROM tiers_limit i WHERE i.is_active)
$$;

CREATE FUNCTION transactions_doer(p_type text, p_sender_client bigint, p_receiver_client bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_type IN ('purchase', 'top_up') THEN coalesce(p_receiver_client, p_sender_client)
                ELSE coalesce(p_sender_client, p_receiver_client) END
$$;

CREATE FUNCTION transactions_parties(p_groups jsonb, p_today date, p_now timestamptz, p_lock boolean)
RETURNS TABLE (
    place int, member int, refusal text, group_id bigint, sender_client bigint, receiver_client bigint, doer bigint, opens boolean,
    is_priced boolean, is_limited boolean, is_test boolean
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    l ledger_line;
BEGIN
    IF p_lock AND jsonb_array_length(p_groups) = 1 AND jsonb_array_length(p_groups #> '{0,moves}') = 1 THEN
        l := ledger_lock_line(p_groups -> 0, p_today);
        doer := transactions_doer(l.type, l.sender_client, l.receiver_client);
        RETURN QUERY
        SELECT l.place, l.member, l.refusal, (SELECT k.id FROM ledger_group k WHERE k.idempotency_key = p_groups -> 0 ->> 'key'),
            l.sender_client, l.receiver_client, doer, r.opens, r.is_priced, r.is_limited, l.is_test
        FROM transactions_rules_about(l.type, l.asset_id, doer, p_now) AS r;
        RETURN;
    END IF;
    IF p_lock THEN
        PERFORM FROM (
            SELECT DISTINCT w.client_id AS id FROM jsonb_array_elements(p_groups) AS g (content)
            CROSS JOIN LATERAL jsonb_to_recordset(g.content -> 'moves') AS m (sender bigint, receiver bigint)
            CROSS JOIN LATERAL (SELECT o.client_id FROM wallets_wallet o WHERE o.id IN (m.sender, m.receiver) OFFSET 0) AS w
            WHERE w.client_id IS NOT NULL ORDER BY 1
        ) AS k
        CROSS JOIN LATERAL (SELECT FROM clients_client c WHERE c.id = k.id FOR NO KEY UPDATE) AS c;
    END IF;
    RETURN QUERY
    SELECT l.place, l.member, l.refusal,
        (SELECT k.id FROM ledger_group k WHERE k.idempotency_key = p_groups -> (l.place - 1) ->> 'key'),
        l.sender_client, l.receiver_client, d.id, r.opens, r.is_priced, r.is_limited, l.is_test
    FROM ledger_lines(p_groups, p_today) AS l
    CROSS JOIN LATERAL (SELECT transactions_doer(l.type, l.sender_client, l.receiver_client)) AS d (id)
    CROSS JOIN LATERAL transactions_rules_about(l.type, l.asset_id, d.id, p_now) AS r
    ORDER BY l.place, l.member;
END $$;

REVOKE ALL ON FUNCTION transactions_parties, transactions_rules_about, transactions_doer FROM PUBLIC;
