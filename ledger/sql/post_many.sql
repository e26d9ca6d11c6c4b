-- ledger_post_many: many groups at once, set-based (DESIGN section 4.1). It writes the same rows as ledger_post for each group in turn, with one
-- statement for each table. What depends on the order inside the batch isn't decided here but row by row, after the same locks:
-- a move that would be refused, a wallet of a client that both gets and gives, reservations, counts that are taken, used keys.

-- Folds the pending credits of many locked hot balances; returns how many balances changed.
CREATE FUNCTION ledger_fold_all(p_wallets bigint[], p_assets bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    folded bigint;
BEGIN
    WITH gone AS (
        DELETE FROM ledger_pendingcredit p USING unnest(p_wallets, p_assets) AS k (wallet, asset)
        WHERE p.wallet_id = k.wallet AND p.asset_id = k.asset RETURNING p.wallet_id, p.asset_id, p.quantity
    ), added AS (
        UPDATE ledger_balance b SET quantity = b.quantity + g.quantity
        FROM (SELECT wallet_id, asset_id, sum(quantity) AS quantity FROM gone GROUP BY 1, 2) AS g
        WHERE b.wallet_id = g.wallet_id AND b.asset_id = g.asset_id RETURNING 1
    )
    SELECT count(*) INTO folded FROM added;
    RETURN folded;
END $$;

-- Whether the moves can all be posted whatever their order is. Hot senders are judged apart, under their locks.
CREATE FUNCTION ledger_independent(p_lines ledger_line[], p_today date) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH sides AS (
        SELECT s.wallet, l.asset_id AS asset, bool_or(s.is_credit) AND NOT bool_and(s.is_credit) AS is_both
        FROM unnest(p_lines) AS l
        CROSS JOIN LATERAL (VALUES (l.sender_client, l.sender_id, false), (l.receiver_client, l.receiver_id, true)) AS s (client, wallet, is_credit)
        WHERE s.client IS NOT NULL GROUP BY 1, 2
    ), debits AS (
        SELECT sender_id AS wallet, asset_id AS asset, bool_or(expires) AS expires,
               coalesce(sum(quantity) FILTER (WHERE type <> 'expiry_return'), 0) AS spent,
               coalesce(sum(quantity) FILTER (WHERE type = 'expiry_return'), 0) AS returned
        FROM unnest(p_lines) WHERE sender_client IS NOT NULL GROUP BY 1, 2
    ), credits AS (
        SELECT receiver_id AS wallet, asset_id AS asset, sum(quantity) AS total, min(maximum) AS maximum
        FROM unnest(p_lines) WHERE receiver_client IS NOT NULL GROUP BY 1, 2
    )
    SELECT NOT EXISTS (
        SELECT FROM unnest(p_lines)
        WHERE refusal IS NOT NULL OR reservation_id IS NOT NULL OR type = 'limit_return' OR (counts AND sender_client IS NOT NULL)
    ) AND NOT EXISTS (
        SELECT FROM sides WHERE is_both
    ) AND NOT EXISTS (
        SELECT FROM credits c JOIN ledger_balance b ON b.wallet_id = c.wallet AND b.asset_id = c.asset
        WHERE c.maximum IS NOT NULL AND b.quantity + c.total > c.maximum
    ) AND NOT EXISTS (
        SELECT FROM debits d JOIN ledger_balance b ON b.wallet_id = d.wallet AND b.asset_id = d.asset
        CROSS JOIN LATERAL (SELECT CASE WHEN d.expires THEN ledger_expired(d.wallet, d.asset, p_today) ELSE 0 END AS expired) AS e
        WHERE d.spent > b.quantity - b.reserved - e.expired OR d.returned > e.expired
    )
$$;

-- The first move that a hot sender's locked and folded balance can't give, if there is one.
CREATE FUNCTION ledger_first_hot_refusal(p_lines ledger_line[]) RETURNS ledger_line LANGUAGE sql STABLE AS $$
    SELECT (p_lines)[n.place] FROM (
        SELECT l.ordinality AS place, sum(l.quantity) OVER (PARTITION BY l.sender_id, l.asset_id ORDER BY l.ordinality) AS needed,
               b.quantity - b.reserved AS free
        FROM unnest(p_lines) WITH ORDINALITY AS l JOIN ledger_balance b ON b.wallet_id = l.sender_id AND b.asset_id = l.asset_id
        WHERE l.sender_hot AND NOT l.sender_outside
    ) AS n WHERE n.needed > n.free ORDER BY n.place LIMIT 1
$$;

-- Takes from the senders' lots and makes the receivers', all moves at once: what a move needs and what a lot has are laid side by
-- side, each as a range of running sums (nearest expiry first), and a move takes a lot's share where the ranges overlap.
CREATE FUNCTION ledger_move_lots(p_lines ledger_line[], p_operations bigint[], p_today date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    places bigint[];
    lots bigint[];
    dates date[];
    quantities numeric[];
    new_places bigint[];
    new_dates date[];
    new_quantities numeric[];
BEGIN
    -- Hash joins between what is in memory alone; the table stays behind OFFSET 0, one probe for each wallet.
    PERFORM set_config('enable_hashjoin', 'on', true), set_config('enable_nestloop', 'off', true);
    WITH needs AS MATERIALIZED (
        SELECT l.ordinality AS place, l.sender_id AS wallet, l.asset_id AS asset, l.type = 'expiry_return' AS late, l.quantity,
               sum(l.quantity) OVER (PARTITION BY l.sender_id, l.asset_id, l.type = 'expiry_return' ORDER BY l.ordinality) AS upto
        FROM unnest(p_lines) WITH ORDINALITY AS l WHERE l.expires AND l.sender_client IS NOT NULL
    ), pool AS MATERIALIZED (
        SELECT f.id, k.wallet, k.asset, k.late, f.expires_on, f.free,
               sum(f.free) OVER (PARTITION BY k.wallet, k.asset, k.late ORDER BY f.expires_on, f.id) AS upto
        FROM (SELECT DISTINCT wallet, asset, late FROM needs) AS k
        CROSS JOIN LATERAL (
            SELECT o.id, o.expires_on, o.quantity - o.reserved AS free FROM ledger_lot o
            WHERE o.wallet_id = k.wallet AND o.asset_id = k.asset AND o.is_open AND o.quantity > o.reserved AND (o.expires_on < p_today) = k.late
            OFFSET 0
        ) AS f
    )
    SELECT array_agg(n.place), array_agg(p.id), array_agg(p.expires_on),
           array_agg(least(n.upto, p.upto) - greatest(n.upto - n.quantity, p.upto - p.free))
    INTO places, lots, dates, quantities
    FROM needs n JOIN pool p ON p.wallet = n.wallet AND p.asset = n.asset AND p.late = n.late
    WHERE n.upto - n.quantity < p.upto AND p.upto - p.free < n.upto;

    SELECT array_agg(m.place ORDER BY m.place, m.date), array_agg(m.date ORDER BY m.place, m.date), array_agg(m.quantity ORDER BY m.place, m.date)
    INTO new_places, new_dates, new_quantities
    FROM (
        SELECT l.ordinality AS place, coalesce(l.expires_on, t.date) AS date, sum(coalesce(t.quantity, l.quantity)) AS quantity
        FROM unnest(p_lines) WITH ORDINALITY AS l
        LEFT JOIN unnest(places, dates, quantities) AS t (place, date, quantity) ON t.place = l.ordinality AND l.expires_on IS NULL
        WHERE l.expires AND l.receiver_client IS NOT NULL GROUP BY 1, 2
    ) AS m;
    PERFORM set_config('enable_hashjoin', 'off', true), set_config('enable_nestloop', 'on', true);

    UPDATE ledger_lot f SET quantity = f.quantity - t.quantity, is_open = f.quantity > t.quantity
    FROM (SELECT u.lot, sum(u.quantity) AS quantity FROM unnest(lots, quantities) AS u (lot, quantity) GROUP BY u.lot) AS t WHERE f.id = t.lot;
    INSERT INTO ledger_lotmove (operation_id, lot_id, quantity)
    SELECT p_operations[t.place], t.lot, -t.quantity FROM unnest(places, lots, quantities) AS t (place, lot, quantity);
    WITH made AS (
        INSERT INTO ledger_lot (wallet_id, asset_id, operation_id, expires_on, quantity)
        SELECT (p_lines[n.place]).receiver_id, (p_lines[n.place]).asset_id, p_operations[n.place], n.date, n.quantity
        FROM unnest(new_places, new_dates, new_quantities) WITH ORDINALITY AS n (place, date, quantity, number) ORDER BY n.number
        RETURNING id, operation_id, quantity
    )
    INSERT INTO ledger_lotmove (operation_id, lot_id, quantity) SELECT operation_id, id, quantity FROM made;
END $$;

-- Joins with tables go by index probes, as in ledger_post, so one plan fits batches of any size.
-- The door for many groups (a JSON array of what ledger_post takes). One row back for each operation, in order.
CREATE FUNCTION ledger_post_many(
    p_groups jsonb, p_actor_type text, p_actor_id text, p_actor_label text, p_now timestamptz, p_today date
) RETURNS SETOF ledger_result
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    c ledger_context := ROW(NULL, p_actor_type, p_actor_id, p_actor_label, p_now, p_today);
    at timestamptz := least(p_now, clock_timestamp());
    lines ledger_line[];
    operations bigint[];
    groups bigint[];
    hot_wallets bigint[];
    hot_assets bigint[];
    hot_first boolean;
    independent boolean;
    refused ledger_line;
BEGIN
    PERFORM ledger_lock_moves(p_groups);
    SELECT array_agg(l ORDER BY l.place, l.member) INTO lines FROM ledger_lines(p_groups, p_today) AS l;

    -- A hot balance is locked before anything is written only where that may still end in another verdict.
    SELECT array_agg(k.sender_id), array_agg(k.asset_id), coalesce(bool_or(k.optional), false) INTO hot_wallets, hot_assets, hot_first
    FROM (
        SELECT l.sender_id, l.asset_id, bool_or(l.optional) AS optional
        FROM unnest(lines) AS l WHERE l.sender_hot AND NOT l.sender_outside GROUP BY 1, 2 ORDER BY 1, 2
    ) AS k;
    hot_first := hot_first OR EXISTS (
        SELECT FROM unnest(lines) AS l WHERE l.receiver_hot AND (l.receiver_id, l.asset_id) IN (SELECT * FROM unnest(hot_wallets, hot_assets)));
    independent := ledger_independent(lines, p_today);
    IF hot_first OR NOT independent THEN
        PERFORM ledger_lock_hot(hot_wallets, hot_assets);
    END IF;
    IF independent AND hot_first THEN
        PERFORM ledger_fold_all(hot_wallets, hot_assets);
        independent := (ledger_first_hot_refusal(lines)).type IS NULL;
    END IF;
    IF independent THEN
        BEGIN
            WITH made AS (
                INSERT INTO ledger_group (idempotency_key, content_hash, posted_at)
                SELECT g.content ->> 'key', CASE WHEN g.content ->> 'key' IS NOT NULL THEN ledger_content(g.content) END, at
                FROM jsonb_array_elements(p_groups) WITH ORDINALITY AS g (content, place) ORDER BY g.place
                RETURNING id
            )
            SELECT array_agg(id ORDER BY id) INTO groups FROM made;
        EXCEPTION WHEN unique_violation THEN
            independent := false;
            PERFORM ledger_lock_hot(hot_wallets, hot_assets);
        END;
    END IF;
    IF NOT independent THEN
        RETURN QUERY SELECT * FROM ledger_post_rows(p_groups, c, true);
        RETURN;
    END IF;

    -- One time for all: no wallet's and no client's goes back.
    SELECT greatest(at, max(b.last_at)) INTO at FROM ledger_balance b WHERE b.wallet_id IN (
        SELECT w.id FROM wallets_wallet w WHERE w.client_id IN (
            SELECT l.sender_client FROM unnest(lines) AS l UNION SELECT l.receiver_client FROM unnest(lines) AS l));
    SELECT array_agg(nextval('ledger_operation_id_seq')) INTO operations FROM generate_series(1, cardinality(lines));

    INSERT INTO ledger_operation (
        id, reference, group_id, type, status, refused_reason, asset_id, quantity, sender_id, receiver_id, count_debit, count_credit,
        actor_type, actor_id, actor_label, comment, cause_type, cause_id, cause_reference, reservation_id, is_test, posted_at, salt
    )
    SELECT operations[l.ordinality], ledger_new_reference(), groups[l.place], l.type, 'posted', '', l.asset_id, l.quantity, l.sender_id, l.receiver_id,
           l.count_debit, l.count_credit, p_actor_type, p_actor_id, p_actor_label, l.comment,
           l.cause_type, l.cause_id, l.cause_reference, NULL, l.is_test, at, uuid_send(gen_random_uuid())
    FROM unnest(lines) WITH ORDINALITY AS l ORDER BY l.ordinality;

    INSERT INTO ledger_entry (operation_id, is_credit, wallet_id, asset_id, client_id, type, quantity, at, running_quantity, running_count)
    SELECT operations[l.ordinality], s.is_credit, s.wallet, l.asset_id, s.client, l.type, s.quantity, at,
           CASE WHEN s.client IS NOT NULL THEN coalesce(p.running_quantity, 0) + sum(l.quantity) OVER run END,
           CASE WHEN s.client IS NOT NULL THEN coalesce(p.running_count, 0) + count(*) OVER run END
    FROM unnest(lines) WITH ORDINALITY AS l
    CROSS JOIN LATERAL (VALUES (false, l.sender_id, l.sender_client, -l.quantity), (true, l.receiver_id, l.receiver_client, l.quantity))
        AS s (is_credit, wallet, client, quantity)
    LEFT JOIN LATERAL (
        SELECT e.running_quantity, e.running_count FROM ledger_entry e
        WHERE e.client_id = s.client AND e.asset_id = l.asset_id AND e.type = l.type AND e.is_credit = s.is_credit
        ORDER BY e.at DESC, e.operation_id DESC LIMIT 1
    ) AS p ON true
    WINDOW run AS (PARTITION BY s.client, l.asset_id, l.type, s.is_credit ORDER BY l.ordinality)
    ORDER BY l.ordinality, s.is_credit;

    UPDATE ledger_balance b SET quantity = b.quantity + d.change, remaining_count = b.remaining_count + d.count, last_at = at
    FROM (
        SELECT s.wallet, l.asset_id AS asset, sum(s.change) AS change, sum(s.count) AS count FROM unnest(lines) AS l
        CROSS JOIN LATERAL (VALUES (l.sender_client, l.sender_id, -l.quantity, 0), (l.receiver_client, l.receiver_id, l.quantity, l.count_credit))
            AS s (client, wallet, change, count)
        WHERE s.client IS NOT NULL GROUP BY 1, 2
    ) AS d WHERE b.wallet_id = d.wallet AND b.asset_id = d.asset;
    IF EXISTS (SELECT FROM unnest(lines) AS l WHERE l.expires AND (l.sender_client IS NOT NULL OR l.receiver_client IS NOT NULL)) THEN
        PERFORM ledger_move_lots(lines, operations, p_today);
    END IF;
    INSERT INTO ledger_pendingfigure (operation_id)
    SELECT operations[l.ordinality] FROM unnest(lines) WITH ORDINALITY AS l WHERE NOT l.is_test ORDER BY 1;

    IF hot_wallets IS NOT NULL THEN
        IF NOT hot_first THEN
            PERFORM ledger_lock_hot(hot_wallets, hot_assets);
            PERFORM ledger_fold_all(hot_wallets, hot_assets);
            refused := ledger_first_hot_refusal(lines);
            IF refused.type IS NOT NULL THEN
                PERFORM ledger_refuse(refused, 'insufficient_balance');
            END IF;
        END IF;
        -- What they get in this batch comes in at once: they are locked.
        UPDATE ledger_balance b SET quantity = b.quantity + d.change, last_at = greatest(at, b.last_at)
        FROM (
            SELECT s.wallet, l.asset_id AS asset, sum(s.change) AS change FROM unnest(lines) AS l
            CROSS JOIN LATERAL (VALUES (l.sender_id, -l.quantity), (l.receiver_id, l.quantity)) AS s (wallet, change)
            WHERE (s.wallet, l.asset_id) IN (SELECT * FROM unnest(hot_wallets, hot_assets)) GROUP BY 1, 2
        ) AS d WHERE b.wallet_id = d.wallet AND b.asset_id = d.asset;
    END IF;
    INSERT INTO ledger_pendingcredit (operation_id, wallet_id, asset_id, quantity)
    SELECT operations[l.ordinality], l.receiver_id, l.asset_id, l.quantity FROM unnest(lines) WITH ORDINALITY AS l
    WHERE l.receiver_hot AND NOT l.receiver_outside AND (l.receiver_id, l.asset_id) NOT IN (SELECT * FROM unnest(hot_wallets, hot_assets)) ORDER BY 1;

    -- After the last lock, in order: see ledger_post_line.
    INSERT INTO chain_chainop (operation_id, kind, asset_id, source, destination, amount, count_debit, count_credit, ref, created_at)
    SELECT o.id, l.chain_kind, l.asset_id, CASE WHEN l.sender_outside THEN '' ELSE l.sender_address END,
           CASE WHEN l.receiver_outside THEN '' ELSE l.receiver_address END, l.chain_units, l.count_debit, l.count_credit,
           ledger_commitment(o.reference, l.type, l.asset_id, l.quantity, l.sender_address, l.receiver_address, at, l.count_debit, l.count_credit,
                             CASE WHEN l.expires THEN ledger_lots_text(o.id) ELSE '' END, o.salt),
           at
    FROM unnest(lines) WITH ORDINALITY AS l JOIN ledger_operation o ON o.id = operations[l.ordinality]
    WHERE l.chain_kind IS NOT NULL ORDER BY l.ordinality;
    RETURN QUERY
    SELECT l.place, o.group_id, o.id, o.reference::text, NULL::text, l.chain_kind IS NOT NULL, false
    FROM unnest(lines) WITH ORDINALITY AS l JOIN ledger_operation o ON o.id = operations[l.ordinality] ORDER BY l.ordinality;
END $$;
