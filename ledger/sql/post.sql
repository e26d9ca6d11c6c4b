-- ledger_post: one group, row by row (DESIGN section 4). Everything that a single posting writes is here; ledger_post_many does the
-- same for thousands at once, and a property test compares the two row by row. The doors are SECURITY DEFINER and set the
-- search path; what they call runs inside it, and nobody else may call that.

CREATE TYPE ledger_context AS (
    group_id bigint, actor_type text, actor_id text, actor_label text, at timestamptz, today date
);

CREATE TYPE ledger_run AS (quantity numeric, count bigint, at timestamptz);

CREATE TYPE ledger_result AS (
    place int, group_id bigint, operation_id bigint, reference text, refused_reason text, chain boolean, repeated boolean
);

-- The newest running totals of a client's (asset, type, direction): quantity, count, time.
CREATE FUNCTION ledger_running(p_client bigint, p_asset bigint, p_type text, p_is_credit boolean) RETURNS ledger_run
LANGUAGE plpgsql STABLE AS $$
DECLARE
    run ledger_run;
BEGIN
    SELECT e.running_quantity, e.running_count, e.at INTO run FROM ledger_entry e
    WHERE e.client_id = p_client AND e.asset_id = p_asset AND e.type = p_type AND e.is_credit = p_is_credit
    ORDER BY e.at DESC, e.operation_id DESC LIMIT 1;
    IF NOT FOUND THEN
        run := ROW(0, 0, NULL);
    END IF;
    RETURN run;
END $$;

-- Takes a quantity from a wallet's lots, nearest expiry first (EXP-02): those of a reservation, or free ones. An expiry return takes
-- expired lots alone, a limit return whatever is left, everything else what hasn't expired. Returns what it took of which date.
CREATE FUNCTION ledger_take_lots(
    l ledger_line, p_operation bigint, p_today date, OUT dates date[], OUT quantities numeric[]
) LANGUAGE plpgsql AS $$
DECLARE
    held CONSTANT boolean := l.reservation_id IS NOT NULL;
    first_day CONSTANT date := CASE WHEN l.type IN ('expiry_return', 'limit_return') THEN '-infinity' ELSE p_today END;
    end_day CONSTANT date := CASE WHEN l.type = 'expiry_return' THEN p_today ELSE 'infinity' END;
    missing numeric := l.quantity;
    taken numeric;
    lots refcursor;
    lot record;
BEGIN
    IF held THEN
        OPEN lots NO SCROLL FOR
            SELECT f.id, f.expires_on, h.quantity AS free FROM ledger_reservationlot h JOIN ledger_lot f ON f.id = h.lot_id
            WHERE h.reservation_id = l.reservation_id AND h.quantity > 0 ORDER BY f.expires_on, f.id;
    ELSE
        OPEN lots NO SCROLL FOR
            SELECT f.id, f.expires_on, f.quantity - f.reserved AS free FROM ledger_lot f
            WHERE f.wallet_id = l.sender_id AND f.asset_id = l.asset_id AND f.is_open AND f.quantity > f.reserved
              AND f.expires_on >= first_day AND f.expires_on < end_day
            ORDER BY f.expires_on, f.id;
    END IF;
    WHILE missing > 0 LOOP
        FETCH lots INTO lot;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the lots of wallet % do not add up to its balance', l.sender_id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        taken := least(lot.free, missing);
        UPDATE ledger_lot SET quantity = quantity - taken, is_open = quantity > taken,
            reserved = CASE WHEN held THEN reserved - taken ELSE reserved END
        WHERE id = lot.id;
        INSERT INTO ledger_lotmove (operation_id, lot_id, quantity) VALUES (p_operation, lot.id, -taken);
        IF held THEN
            UPDATE ledger_reservationlot SET quantity = quantity - taken WHERE reservation_id = l.reservation_id AND lot_id = lot.id;
        END IF;
        dates := dates || lot.expires_on;
        quantities := quantities || taken;
        missing := missing - taken;
    END LOOP;
    CLOSE lots;
END $$;

-- A credit of an expiring asset makes a lot for each date it carries: the sender's lots' dates, or the one that was said (EXP-01, 02).
CREATE FUNCTION ledger_make_lots(l ledger_line, p_operation bigint, p_dates date[], p_quantities numeric[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH made AS (
        INSERT INTO ledger_lot (wallet_id, asset_id, operation_id, expires_on, quantity)
        SELECT l.receiver_id, l.asset_id, p_operation, p.date, sum(p.quantity)
        FROM unnest(p_dates, p_quantities) AS p (date, quantity) GROUP BY p.date ORDER BY p.date
        RETURNING id, quantity
    )
    INSERT INTO ledger_lotmove (operation_id, lot_id, quantity) SELECT p_operation, id, quantity FROM made;
END $$;

-- Posts one move, or refuses it: alone where it is optional, else with the whole call. `p_hot_first` says that hot balances
-- are locked already (several spend, or one may be refused alone); otherwise the sender's lock comes after everything else.
-- `exhausted` is what a client still has when this took its last transaction (TXL-02).
CREATE FUNCTION ledger_post_line(
    l ledger_line, c ledger_context, p_hot_first boolean, OUT result ledger_result, OUT exhausted numeric
) LANGUAGE plpgsql AS $$
DECLARE
    refusal text := l.refusal;
    at timestamptz := least(c.at, clock_timestamp());
    from_hold CONSTANT numeric := CASE WHEN l.reservation_id IS NULL THEN 0 ELSE l.quantity END;
    sent ledger_balance;
    got ledger_balance;
    debit ledger_run;
    credit ledger_run;
    free numeric;
    expired numeric := 0;
    dates date[];
    parts numeric[];
    lots text := '';
    operation bigint;
    name text;
    salt CONSTANT bytea := uuid_send(gen_random_uuid());
BEGIN
    IF refusal IS NULL AND l.reservation_id IS NOT NULL THEN
        SELECT quantity INTO free FROM ledger_reservation
        WHERE id = l.reservation_id AND wallet_id = l.sender_id AND asset_id = l.asset_id AND is_open;
        refusal := CASE WHEN free IS NULL THEN 'unknown_reservation' WHEN free < l.quantity THEN 'insufficient_balance' END;
    END IF;
    IF refusal IS NULL AND l.sender_client IS NOT NULL THEN
        SELECT * INTO STRICT sent FROM ledger_balance WHERE wallet_id = l.sender_id AND asset_id = l.asset_id;
        IF l.expires AND l.reservation_id IS NULL THEN
            expired := ledger_expired(l.sender_id, l.asset_id, c.today);
        END IF;
        free := CASE WHEN l.reservation_id IS NOT NULL THEN l.quantity
                     WHEN l.type = 'expiry_return' THEN expired
                     WHEN l.type = 'limit_return' THEN sent.quantity - sent.reserved
                     ELSE sent.quantity - sent.reserved - expired END;
        refusal := CASE WHEN free < l.quantity THEN 'insufficient_balance'
                        WHEN l.count_debit > sent.remaining_count THEN 'count_exhausted' END;
        IF l.counts AND sent.quantity = l.quantity THEN
            l.count_debit := sent.remaining_count;  -- an empty wallet has no transactions left (TXL-06)
        END IF;
    END IF;
    IF refusal IS NULL AND l.receiver_client IS NOT NULL THEN
        SELECT * INTO STRICT got FROM ledger_balance WHERE wallet_id = l.receiver_id AND asset_id = l.asset_id;
        IF got.quantity + l.quantity > l.maximum THEN
            refusal := 'maximum_balance_exceeded';
        END IF;
    END IF;
    IF refusal IS NULL AND l.sender_hot AND NOT l.sender_outside AND p_hot_first THEN
        refusal := ledger_hot_refusal(l, from_hold);
    END IF;
    IF refusal IS NOT NULL THEN
        IF NOT l.optional OR refusal IN ('unknown_wallet_or_asset', 'invalid_quantity', 'same_wallet', 'test_and_live_mixed') THEN
            PERFORM ledger_refuse(l, refusal);
        END IF;
        l.count_debit := 0;
        l.count_credit := 0;
    ELSE
        -- Times of a wallet and of a client's running totals never go back, whatever the clocks of several hosts say.
        IF l.sender_client IS NOT NULL THEN
            debit := ledger_running(l.sender_client, l.asset_id, l.type, false);
        END IF;
        IF l.receiver_client IS NOT NULL THEN
            credit := ledger_running(l.receiver_client, l.asset_id, l.type, true);
        END IF;
        at := greatest(at, sent.last_at, got.last_at, debit.at, credit.at);
    END IF;

    name := ledger_new_reference();
    INSERT INTO ledger_operation (
        reference, group_id, type, status, refused_reason, asset_id, quantity, sender_id, receiver_id, count_debit, count_credit,
        actor_type, actor_id, actor_label, comment, cause_type, cause_id, cause_reference, reservation_id, is_test, posted_at, salt
    ) VALUES (
        name, c.group_id, l.type, CASE WHEN refusal IS NULL THEN 'posted' ELSE 'refused' END, coalesce(refusal, ''), l.asset_id, l.quantity,
        l.sender_id, l.receiver_id, l.count_debit, l.count_credit, c.actor_type, c.actor_id, c.actor_label, l.comment,
        l.cause_type, l.cause_id, l.cause_reference, l.reservation_id, l.is_test, at, salt
    ) RETURNING id INTO operation;
    result := ROW(l.place, c.group_id, operation, name, refusal, refusal IS NULL AND l.chain_kind IS NOT NULL, false);
    IF refusal IS NOT NULL THEN
        RETURN;
    END IF;

    INSERT INTO ledger_entry (
        operation_id, is_credit, wallet_id, asset_id, client_id, type, quantity, at, running_quantity, running_count
    ) VALUES
        (operation, false, l.sender_id, l.asset_id, l.sender_client, l.type, -l.quantity, at,
         debit.quantity + l.quantity, debit.count + 1),
        (operation, true, l.receiver_id, l.asset_id, l.receiver_client, l.type, l.quantity, at,
         credit.quantity + l.quantity, credit.count + 1);

    IF l.sender_client IS NOT NULL THEN
        IF l.expires THEN
            SELECT t.dates, t.quantities INTO dates, parts FROM ledger_take_lots(l, operation, c.today) AS t;
        END IF;
        UPDATE ledger_balance SET quantity = quantity - l.quantity, reserved = reserved - from_hold,
            remaining_count = remaining_count - l.count_debit, last_at = at
        WHERE wallet_id = l.sender_id AND asset_id = l.asset_id;
        IF l.counts AND sent.remaining_count = l.count_debit AND l.count_debit > 0 THEN
            exhausted := nullif(sent.quantity - l.quantity - (sent.reserved - from_hold), 0);
        END IF;
    END IF;
    IF l.receiver_client IS NOT NULL THEN
        IF l.expires THEN
            IF l.expires_on IS NOT NULL THEN
                dates := ARRAY[l.expires_on];
                parts := ARRAY[l.quantity];
            END IF;
            PERFORM ledger_make_lots(l, operation, dates, parts);
        END IF;
        UPDATE ledger_balance SET quantity = quantity + l.quantity, remaining_count = remaining_count + l.count_credit, last_at = at
        WHERE wallet_id = l.receiver_id AND asset_id = l.asset_id;
    ELSIF NOT l.receiver_outside THEN
        INSERT INTO ledger_pendingcredit (operation_id, wallet_id, asset_id, quantity) VALUES (operation, l.receiver_id, l.asset_id, l.quantity);
    END IF;
    IF NOT l.is_test THEN
        INSERT INTO ledger_pendingfigure (operation_id) VALUES (operation);
    END IF;
    IF l.reservation_id IS NOT NULL THEN
        UPDATE ledger_reservation SET quantity = quantity - l.quantity, is_open = quantity > l.quantity WHERE id = l.reservation_id;
    END IF;

    IF l.sender_hot AND NOT l.sender_outside THEN
        IF NOT p_hot_first THEN
            PERFORM ledger_lock_hot(ARRAY[l.sender_id], ARRAY[l.asset_id]);
            IF ledger_hot_refusal(l, from_hold) IS NOT NULL THEN
                PERFORM ledger_refuse(l, 'insufficient_balance');
            END IF;
        END IF;
        UPDATE ledger_balance SET quantity = quantity - l.quantity, reserved = reserved - from_hold, last_at = at
        WHERE wallet_id = l.sender_id AND asset_id = l.asset_id;
    END IF;

    -- Its id is drawn here, after the last lock: for one wallet and asset the order of these ids is the order of commits.
    IF l.chain_kind IS NOT NULL THEN
        IF l.expires THEN
            lots := ledger_lots_text(operation);
        END IF;
        INSERT INTO chain_chainop (operation_id, kind, asset_id, source, destination, amount, count_debit, count_credit, ref, created_at)
        VALUES (
            operation, l.chain_kind, l.asset_id, CASE WHEN l.sender_outside THEN '' ELSE l.sender_address END,
            CASE WHEN l.receiver_outside THEN '' ELSE l.receiver_address END, l.chain_units, l.count_debit, l.count_credit,
            ledger_commitment(name, l.type, l.asset_id, l.quantity, l.sender_address, l.receiver_address, at, l.count_debit, l.count_credit, lots, salt),
            at
        );
    END IF;
END $$;

-- Whether a locked hot balance, its pending credits folded in, can't give the move's quantity.
CREATE FUNCTION ledger_hot_refusal(l ledger_line, p_from_hold numeric) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    held ledger_balance;
BEGIN
    PERFORM ledger_fold(l.sender_id, l.asset_id);
    SELECT * INTO STRICT held FROM ledger_balance WHERE wallet_id = l.sender_id AND asset_id = l.asset_id;
    RETURN CASE WHEN held.quantity - held.reserved + p_from_hold < l.quantity THEN 'insufficient_balance' END;
END $$;

-- The groups one after the other, each move after the other. Clients and balances are locked already, hot ones where `p_hot_first`.
CREATE FUNCTION ledger_post_rows(p_groups jsonb, c ledger_context, p_hot_first boolean) RETURNS SETOF ledger_result
LANGUAGE plpgsql AS $$
DECLARE
    l ledger_line;
    back ledger_line;
    current_place int := 0;
    skipped int := 0;
    posted record;
    issuer bigint;
    claim record;
BEGIN
    FOR l IN SELECT * FROM ledger_lines(p_groups, c.today) LOOP
        CONTINUE WHEN l.place = skipped;
        IF l.place <> current_place THEN
            current_place := l.place;
            claim := ledger_claim(p_groups -> (l.place - 1), c.at);
            c.group_id := claim.group_id;
            IF claim.repeated THEN
                skipped := l.place;
                RETURN QUERY
                SELECT l.place, o.group_id, o.id, o.reference::text, nullif(o.refused_reason, '')::text, false, true
                FROM ledger_operation o WHERE o.group_id = claim.group_id ORDER BY o.id;
                CONTINUE;
            END IF;
        END IF;
        posted := ledger_post_line(l, c, p_hot_first);
        RETURN NEXT posted.result;
        IF posted.exhausted IS NOT NULL THEN
            SELECT issuing_wallet_id INTO issuer FROM wallets_assetwallets WHERE asset_id = l.asset_id;
            SELECT * INTO back FROM ledger_lines(jsonb_build_array(jsonb_build_object('cause', p_groups -> (l.place - 1) -> 'cause', 'moves', jsonb_build_array(jsonb_build_object(
                'type', 'limit_return', 'asset', l.asset_id, 'quantity', posted.exhausted, 'sender', l.sender_id, 'receiver', issuer)))), c.today);
            back.place := l.place;
            posted := ledger_post_line(back, c, p_hot_first);
            RETURN NEXT posted.result;
        END IF;
    END LOOP;
END $$;

-- The group's row, or the one that its idempotency key made before (LED-03). Whoever comes second waits for the first to
-- commit at the unique index. The same key with other content ends the call.
CREATE FUNCTION ledger_claim(p_group jsonb, p_at timestamptz, OUT group_id bigint, OUT repeated boolean)
LANGUAGE plpgsql AS $$
DECLARE
    key CONSTANT text := p_group ->> 'key';
    content bytea;
    known bytea;
BEGIN
    IF key IS NOT NULL THEN
        content := ledger_content(p_group);
    END IF;
    repeated := false;
    INSERT INTO ledger_group (idempotency_key, content_hash, posted_at) VALUES (key, content, least(p_at, clock_timestamp()))
    ON CONFLICT (idempotency_key) DO NOTHING RETURNING id INTO group_id;
    IF group_id IS NULL THEN
        repeated := true;
        SELECT g.id, g.content_hash INTO STRICT group_id, known FROM ledger_group g WHERE g.idempotency_key = key;
        IF known <> content THEN
            RAISE EXCEPTION USING ERRCODE = 'LG001', MESSAGE = 'idempotency_conflict', DETAIL = jsonb_build_object('key', key)::text;
        END IF;
    END IF;
END $$;

-- What the idempotency key stands for: the moves and their cause; jsonb's text is canonical.
CREATE FUNCTION ledger_content(p_group jsonb) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to((p_group - 'key')::text, 'UTF8'))
$$;

-- Which hot balances spend, in lock order, and whether they have to be locked before the first write: where several spend,
-- since each lock in its turn would break the order; and where one may be refused alone, since what is written stays.
CREATE FUNCTION ledger_hot_senders(p_groups jsonb, OUT wallets bigint[], OUT assets bigint[], OUT first boolean)
LANGUAGE sql STABLE AS $$
    SELECT array_agg(k.sender ORDER BY k.sender, k.asset), array_agg(k.asset ORDER BY k.sender, k.asset),
           coalesce(count(*) > 1 OR bool_or(k.optional), false)
    FROM (
        SELECT m.sender, m.asset, bool_or(coalesce(m.optional, false)) AS optional
        FROM jsonb_array_elements(p_groups) AS g (content)
        CROSS JOIN LATERAL jsonb_to_recordset(g.content -> 'moves') AS m (sender bigint, asset bigint, optional boolean)
        JOIN wallets_wallet w ON w.id = m.sender AND w.is_hot AND w.owner_type <> 'outside'
        JOIN assets_asset a ON a.id = m.asset
        GROUP BY m.sender, m.asset
    ) AS k
$$;

-- Every balance that the moves touch, by position.
CREATE FUNCTION ledger_lock_moves(p_groups jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wallets bigint[];
    assets bigint[];
BEGIN
    SELECT array_agg(side.wallet), array_agg(m.asset) INTO wallets, assets
    FROM jsonb_array_elements(p_groups) AS g (content)
    CROSS JOIN LATERAL jsonb_to_recordset(g.content -> 'moves') AS m (sender bigint, receiver bigint, asset bigint)
    CROSS JOIN LATERAL (VALUES (m.sender), (m.receiver)) AS side (wallet);
    PERFORM ledger_lock_pairs(wallets, assets);
END $$;

-- Each table is reached by index probes, one a row, whatever the statistics say (none yet, on a new database): so without hash and
-- merge joins, which would read the whole table, and planned once a session.
-- The door for one group: {"key": …, "cause": {"type", "id", "reference"}, "moves": [{"type", "asset", "quantity", "sender", "receiver",
-- "comment", "expires_on", "count", "reservation", "optional"}]}. One row back for each operation, limit returns among them.
CREATE FUNCTION ledger_post(
    p_group jsonb, p_actor_type text, p_actor_id text, p_actor_label text, p_now timestamptz, p_today date
) RETURNS SETOF ledger_result
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_memoize = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    groups CONSTANT jsonb := jsonb_build_array(p_group);
    single CONSTANT jsonb := CASE WHEN jsonb_array_length(p_group -> 'moves') = 1 THEN p_group -> 'moves' -> 0 END;
    hot record;
    hot_first boolean := false;
BEGIN
    IF single IS NOT NULL THEN
        PERFORM ledger_lock_move((single ->> 'sender')::bigint, (single ->> 'receiver')::bigint, (single ->> 'asset')::bigint);
    ELSE
        PERFORM ledger_lock_moves(groups);
    END IF;
    IF single IS NULL OR (single ->> 'optional')::boolean THEN
        hot := ledger_hot_senders(groups);
        hot_first := hot.first;
        IF hot_first THEN
            PERFORM ledger_lock_hot(hot.wallets, hot.assets);
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM ledger_post_rows(
        groups, ROW(NULL, p_actor_type, p_actor_id, p_actor_label, p_now, p_today)::ledger_context, hot_first);
END $$;
