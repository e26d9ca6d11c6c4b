-- Who takes part in these moves and what the rules must know of them, one row a move (transactions/services/pipeline.py).
--
-- `p_lock` locks the clients first, in the ledger's order, in a statement of its own: what is read after it was committed before, and
-- nobody changes a client's level, tier, status or balances until the end of the transaction. `refusal` is what the ledger would say
-- whatever the balances are; `group_id` is the group that the idempotency key made before. The *doer* is the client whose operation it
-- is: who buys or tops up receives, all else is sent. `opens` says whether the doer's tier opens it (TIE-07), null at tier 0.
CREATE FUNCTION transactions_parties(p_groups jsonb, p_today date, p_now timestamptz, p_lock boolean)
RETURNS TABLE (
    place int, member int, refusal text, group_id bigint, sender_client bigint, receiver_client bigint, doer bigint, opens boolean,
    is_priced boolean, is_limited boolean, is_test boolean
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off AS $$
#variable_conflict use_column
BEGIN
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
        l.sender_client, l.receiver_client, d.id,
        (SELECT (e.operations = '[]' OR e.operations ? l.type)
            AND (NOT EXISTS (SELECT FROM tiers_dictionaryentry_assets a WHERE a.dictionaryentry_id = e.id)
                 OR EXISTS (SELECT FROM tiers_dictionaryentry_assets a WHERE a.dictionaryentry_id = e.id AND a.asset_id = l.asset_id))
         FROM tiers_clientterms t JOIN tiers_dictionaryentry e ON e.id = t.tier_id WHERE t.client_id = d.id),
        EXISTS (
            SELECT FROM tiers_operationfee f WHERE f.asset_id = l.asset_id AND f.type = l.type AND f.valid_from <= p_now
                AND (f.valid_to IS NULL OR f.valid_to > p_now)
        ),
        EXISTS (SELECT FROM tiers_limit i WHERE i.is_active),
        l.is_test
    FROM ledger_lines(p_groups, p_today) AS l
    CROSS JOIN LATERAL (
        SELECT CASE WHEN l.type IN ('purchase', 'top_up') THEN coalesce(l.receiver_client, l.sender_client)
                    ELSE coalesce(l.sender_client, l.receiver_client) END
    ) AS d (id)
    ORDER BY l.place, l.member;
END $$;

REVOKE ALL ON FUNCTION transactions_parties FROM PUBLIC;
