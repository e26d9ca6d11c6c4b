-- Posting one move with few statements: what every payment and purchase takes. The functions here stand in the place of those of the
-- same names in records.sql, lock.sql and post.sql. A statement costs more to start than to run here, so what can be one is one.
-- Each migration that changes this file loads it again.

-- A name as ledger_new_reference makes it, of 16 random bytes; in one expression, since each step of its own costs more than what it does.
CREATE OR REPLACE FUNCTION ledger_reference_of(r bytea) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    c CONSTANT text := '0123456789ABCDEFGHJKMNPQRSTVWXY';
BEGIN
    RETURN concat('TXN-',
        substr(c, 1 + get_byte(r, 0) % 31, 1), substr(c, 1 + get_byte(r, 1) % 31, 1), substr(c, 1 + get_byte(r, 2) % 31, 1),
        substr(c, 1 + get_byte(r, 3) % 31, 1), substr(c, 1 + get_byte(r, 4) % 31, 1), substr(c, 1 + get_byte(r, 5) % 31, 1),
        substr(c, 1 + get_byte(r, 7) % 31, 1), substr(c, 1 + get_byte(r, 9) % 31, 1), substr(c, 1 + get_byte(r, 10) % 31, 1),
        substr(c, 1 + get_byte(r, 11) % 31, 1), substr(c, 1 + get_byte(r, 12) % 31, 1),
        substr(c, 1 + (get_byte(r, 0) % 31 + 2 * (get_byte(r, 1) % 31) + 3 * (get_byte(r, 2) % 31) + 4 * (get_byte(r, 3) % 31)
            + 5 * (get_byte(r, 4) % 31) + 6 * (get_byte(r, 5) % 31) + 7 * (get_byte(r, 7) % 31) + 8 * (get_byte(r, 9) % 31)
            + 9 * (get_byte(r, 10) % 31) + 10 * (get_byte(r, 11) % 31) + 11 * (get_byte(r, 12) % 31)) % 31, 1));
END $$;

CREATE OR REPLACE FUNCTION ledger_new_reference() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN ledger_reference_of(uuid_send(gen_random_uuid()));
END $$;

-- Locks what one move touches and describes the move: as ledger_lock_pairs and then ledger_lines, by single probes.
CREATE OR REPLACE FUNCTION ledger_lock_line(p_group jsonb, p_today date, OUT l ledger_line) LANGUAGE plpgsql AS $$
DECLARE
    m CONSTANT jsonb := p_group -> 'moves' -> 0;
    sender CONSTANT bigint := m ->> 'sender';
    receiver CONSTANT bigint := m ->> 'receiver';
    asset CONSTANT bigint := m ->> 'asset';
    type CONSTANT text := m ->> 'type';
    quantity CONSTANT numeric := m ->> 'quantity';
    sender_client bigint;
    receiver_client bigint;
    sender_hot boolean;
    receiver_hot boolean;
    sender_status text;
    receiver_status text;
    sender_test boolean;
    receiver_test boolean;
    w record;
BEGIN
    SELECT s.client_id, s.is_hot, r.client_id, r.is_hot INTO sender_client, sender_hot, receiver_client, receiver_hot
    FROM wallets_wallet s, wallets_wallet r WHERE s.id = sender AND r.id = receiver;
    IF receiver_client < sender_client THEN
        SELECT status, is_test INTO receiver_status, receiver_test FROM clients_client WHERE id = receiver_client FOR NO KEY UPDATE;
    END IF;
    IF sender_client IS NOT NULL THEN
        SELECT status, is_test INTO sender_status, sender_test FROM clients_client WHERE id = sender_client FOR NO KEY UPDATE;
    END IF;
    IF receiver_client > sender_client OR sender_client IS NULL AND receiver_client IS NOT NULL THEN
        SELECT status, is_test INTO receiver_status, receiver_test FROM clients_client WHERE id = receiver_client FOR NO KEY UPDATE;
    ELSIF receiver_client = sender_client THEN
        receiver_status := sender_status;
        receiver_test := sender_test;
    END IF;
    IF sender < receiver THEN
        PERFORM ledger_lock_balance(sender, asset, sender_hot);
        PERFORM ledger_lock_balance(receiver, asset, receiver_hot);
    ELSE
        PERFORM ledger_lock_balance(receiver, asset, receiver_hot);
        PERFORM ledger_lock_balance(sender, asset, sender_hot);
    END IF;

    -- A statement of its own, after the locks: what changed while it waited for them counts.
    SELECT a.kind, a.status, a.is_test, a.decimals, a.expires, a.expiration_days, a.limits_transactions, a.transaction_count, a.max_client_balance,
           a.payable, a.p2p, a.redeemable, a.exchangeable,
           s.owner_type AS s_owner, s.address AS s_address, s.is_test AS s_test,
           s.status = 'open' AND (s.organisation_id IS NULL
               OR (SELECT o.is_active FROM organisations_organisation o WHERE o.id = s.organisation_id)) AS s_open,
           r.owner_type AS r_owner, r.address AS r_address, r.is_test AS r_test,
           r.status = 'open' AND (r.organisation_id IS NULL
               OR (SELECT o.is_active FROM organisations_organisation o WHERE o.id = r.organisation_id)) AS r_open
    INTO w FROM assets_asset a, wallets_wallet s, wallets_wallet r WHERE a.id = asset AND s.id = sender AND r.id = receiver;
    IF NOT FOUND THEN
        SELECT * INTO l FROM ledger_lines(jsonb_build_array(p_group), p_today);
        RETURN;
    END IF;

    l.place := 1;
    l.member := 1;
    l.type := type;
    l.asset_id := asset;
    l.quantity := quantity;
    l.sender_id := sender;
    l.receiver_id := receiver;
    l.comment := coalesce(m ->> 'comment', '');
    l.expires_on := m ->> 'expires_on';
    l.count := m ->> 'count';
    l.reservation_id := m ->> 'reservation';
    l.optional := false;
    l.expires := w.expires;
    l.counts := w.limits_transactions;
    l.is_test := w.is_test;
    l.sender_hot := sender_hot;
    l.sender_outside := w.s_owner = 'outside';
    l.sender_client := sender_client;
    l.sender_address := w.s_address;
    l.receiver_hot := receiver_hot;
    l.receiver_outside := w.r_owner = 'outside';
    l.receiver_client := receiver_client;
    l.receiver_address := w.r_address;
    IF receiver_client IS NOT NULL THEN
        l.maximum := w.max_client_balance;
        IF w.expires AND sender_client IS NULL AND l.expires_on IS NULL THEN
            l.expires_on := p_today + w.expiration_days;
        END IF;
    END IF;
    IF w.kind = 'digital' AND NOT w.is_test THEN
        l.chain_kind := CASE WHEN l.sender_outside THEN 2 WHEN l.receiver_outside THEN 3 WHEN type = 'expiry_return' THEN 4
                             WHEN type = 'limit_return' THEN 5 ELSE 1 END;
    END IF;
    l.chain_units := trunc(quantity * (10::numeric ^ w.decimals));
    l.count_debit := 0;
    l.count_credit := 0;
    IF w.limits_transactions THEN
        IF sender_client IS NOT NULL AND type IN ('payment', 'p2p_transfer') THEN
            l.count_debit := 1;
        END IF;
        IF receiver_client IS NOT NULL THEN
            l.count_credit := CASE WHEN l.count IS NOT NULL THEN l.count WHEN type = 'p2p_transfer' THEN 1
                WHEN w.s_owner IN ('issuer', 'outside') AND type NOT IN ('refund', 'chargeback', 'fee') THEN w.transaction_count ELSE 0 END;
        END IF;
    END IF;
    l.refusal := ledger_refusal(
        type, quantity, w.decimals, w.status, true,
        w.is_test = w.s_test AND w.is_test = w.r_test AND sender_test IS DISTINCT FROM NOT w.is_test AND receiver_test IS DISTINCT FROM NOT w.is_test,
        sender, w.s_owner, w.s_open, sender_status, receiver, w.r_owner, w.r_open, receiver_status,
        (m ->> 'expires_on')::date, w.expires AND receiver_client IS NOT NULL, l.count, w.limits_transactions AND receiver_client IS NOT NULL,
        CASE WHEN type = 'payment' AND NOT w.payable THEN 'asset_not_payable'
             WHEN type = 'p2p_transfer' AND NOT w.p2p THEN 'asset_not_p2p'
             WHEN type = 'resell' AND NOT w.redeemable THEN 'asset_not_redeemable'
             WHEN type = 'exchange' AND NOT w.exchangeable THEN 'asset_not_exchangeable' END,
        p_today);
    l.cause_type := coalesce(p_group -> 'cause' ->> 'type', '');
    l.cause_id := p_group -> 'cause' ->> 'id';
    l.cause_reference := coalesce(p_group -> 'cause' ->> 'reference', '');
END $$;
DROP FUNCTION IF EXISTS ledger_lock_move(bigint, bigint, bigint);

-- Takes a quantity from a wallet's lots, nearest expiry first (EXP-02): those of a reservation, or free ones that expire from the first day
-- on and before the end day. What it took, of which lots and dates.
DROP FUNCTION IF EXISTS ledger_take_lots(ledger_line, bigint, date), ledger_take_lots(ledger_line, date);
CREATE OR REPLACE FUNCTION ledger_take_lots(
    l ledger_line, p_first_day date, p_end_day date, OUT lots bigint[], OUT dates date[], OUT quantities numeric[]
) LANGUAGE plpgsql AS $$
DECLARE
    held CONSTANT boolean := l.reservation_id IS NOT NULL;
    missing numeric := l.quantity;
    taken numeric;
    found_lots refcursor;
    lot record;
BEGIN
    IF held THEN
        OPEN found_lots NO SCROLL FOR
            SELECT f.id, f.expires_on, h.quantity AS free FROM ledger_reservationlot h JOIN ledger_lot f ON f.id = h.lot_id
            WHERE h.reservation_id = l.reservation_id AND h.quantity > 0 ORDER BY f.expires_on, f.id;
    ELSE
        OPEN found_lots NO SCROLL FOR
            SELECT f.id, f.expires_on, f.quantity - f.reserved AS free FROM ledger_lot f
            WHERE f.wallet_id = l.sender_id AND f.asset_id = l.asset_id AND f.is_open AND f.quantity > f.reserved
              AND f.expires_on >= p_first_day AND f.expires_on < p_end_day
            ORDER BY f.expires_on, f.id;
    END IF;
    WHILE missing > 0 LOOP
        FETCH found_lots INTO lot;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the lots of wallet % do not add up to its balance', l.sender_id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        taken := least(lot.free, missing);
        UPDATE ledger_lot SET quantity = quantity - taken, is_open = quantity > taken,
            reserved = CASE WHEN held THEN reserved - taken ELSE reserved END
        WHERE id = lot.id;
        IF held THEN
            UPDATE ledger_reservationlot SET quantity = quantity - taken WHERE reservation_id = l.reservation_id AND lot_id = lot.id;
        END IF;
        lots := lots || lot.id;
        dates := dates || lot.expires_on;
        quantities := quantities || taken;
        missing := missing - taken;
    END LOOP;
    CLOSE found_lots;
END $$;

-- A credit of an expiring asset makes a lot for each date it carries: the sender's lots' dates, or the one that was said (EXP-01, 02).
DROP FUNCTION IF EXISTS ledger_make_lots(ledger_line, bigint, date[], numeric[]);
CREATE FUNCTION ledger_make_lots(
    l ledger_line, p_operation bigint, p_dates date[], p_quantities numeric[], OUT lots bigint[], OUT dates date[], OUT quantities numeric[]
) LANGUAGE plpgsql AS $$
BEGIN
    WITH made AS (
        INSERT INTO ledger_lot (wallet_id, asset_id, operation_id, expires_on, quantity)
        SELECT l.receiver_id, l.asset_id, p_operation, p.date, sum(p.quantity)
        FROM unnest(p_dates, p_quantities) AS p (date, quantity) GROUP BY p.date ORDER BY p.date
        RETURNING id, expires_on, quantity
    )
    SELECT array_agg(id), array_agg(expires_on), array_agg(quantity) INTO lots, dates, quantities FROM made;
END $$;

-- The lots as the commitment holds them: see ledger_lots_text. What was taken counts as negative.
CREATE OR REPLACE FUNCTION ledger_lots_said(p_lots bigint[], p_dates date[], p_quantities numeric[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF cardinality(p_lots) = 1 THEN
        RETURN concat_ws(':', p_lots[1], p_dates[1], trim_scale(p_quantities[1]));
    END IF;
    RETURN (
        SELECT string_agg(concat_ws(':', m.lot, m.date, trim_scale(m.quantity)), ',' ORDER BY m.lot)
        FROM unnest(p_lots, p_dates, p_quantities) AS m (lot, date, quantity)
    );
END $$;

-- Posts one move, or refuses it: alone where it is optional, else with the whole call. `p_hot_first` says that hot balances
-- are locked already (several spend, or one may be refused alone); otherwise the sender's lock comes after everything else.
-- `exhausted` is what a client still has when this took its last transaction (TXL-02).
CREATE OR REPLACE FUNCTION ledger_post_line(
    l ledger_line, c ledger_context, p_hot_first boolean, OUT result ledger_result, OUT exhausted numeric
) LANGUAGE plpgsql AS $$
DECLARE
    refusal text := l.refusal;
    at timestamptz := least(c.at, clock_timestamp());
    from_hold CONSTANT numeric := CASE WHEN l.reservation_id IS NULL THEN 0 ELSE l.quantity END;
    -- The lots that it may take of expire from the first day on and before the end day: an expiry return takes expired ones alone, a limit
    -- return whatever is left, everything else what hasn't expired.
    first_day CONSTANT date := CASE WHEN l.type IN ('expiry_return', 'limit_return') THEN '-infinity' ELSE c.today END;
    end_day CONSTANT date := CASE WHEN l.type = 'expiry_return' THEN c.today ELSE 'infinity' END;
    sent_quantity numeric;
    sent_reserved numeric;
    sent_count bigint;
    sent_at timestamptz;
    expired numeric;
    debited numeric;
    debits bigint;
    debited_at timestamptz;
    got_quantity numeric;
    got_at timestamptz;
    credited numeric;
    credits bigint;
    credited_at timestamptz;
    free numeric;
    near_lot bigint;
    near_date date;
    near_free numeric;
    lots bigint[];
    dates date[];
    parts numeric[];
    made_lots bigint[];
    made_dates date[];
    made_parts numeric[];
    operation bigint;
    name text;
    -- Drawn once, since each draw opens the system's source: name and salt are halves of one hash, so that neither tells the other.
    random CONSTANT bytea := sha256(uuid_send(gen_random_uuid()));
    salt CONSTANT bytea := substr(random, 1, 16);
BEGIN
    IF refusal IS NULL AND l.reservation_id IS NOT NULL THEN
        SELECT quantity INTO free FROM ledger_reservation
        WHERE id = l.reservation_id AND wallet_id = l.sender_id AND asset_id = l.asset_id AND is_open;
        refusal := CASE WHEN free IS NULL THEN 'unknown_reservation' WHEN free < l.quantity THEN 'insufficient_balance' END;
    END IF;
    -- Balance, what of it has expired (as ledger_expired), the nearest lot and the newest running totals: one statement for each side.
    IF refusal IS NULL AND l.sender_client IS NOT NULL THEN
        SELECT b.quantity, b.reserved, b.remaining_count, b.last_at, coalesce(e.running_quantity, 0), coalesce(e.running_count, 0), e.at,
            CASE WHEN l.expires AND l.reservation_id IS NULL THEN (
                SELECT coalesce(sum(f.quantity - f.reserved), 0) FROM ledger_lot f
                WHERE f.wallet_id = l.sender_id AND f.asset_id = l.asset_id AND f.is_open AND f.expires_on < c.today
            ) ELSE 0 END, k.id, k.expires_on, k.free
        INTO STRICT sent_quantity, sent_reserved, sent_count, sent_at, debited, debits, debited_at, expired, near_lot, near_date, near_free
        FROM ledger_balance b LEFT JOIN LATERAL (
            SELECT f.id, f.expires_on, f.quantity - f.reserved AS free FROM ledger_lot f
            WHERE l.expires AND l.reservation_id IS NULL AND f.wallet_id = l.sender_id AND f.asset_id = l.asset_id AND f.is_open
              AND f.quantity > f.reserved AND f.expires_on >= first_day AND f.expires_on < end_day
            ORDER BY f.expires_on, f.id LIMIT 1
        ) AS k ON true LEFT JOIN LATERAL (
            SELECT n.running_quantity, n.running_count, n.at FROM ledger_entry n
            WHERE n.client_id = l.sender_client AND n.asset_id = l.asset_id AND n.type = l.type AND NOT n.is_credit
            ORDER BY n.at DESC, n.operation_id DESC LIMIT 1
        ) AS e ON true
        WHERE b.wallet_id = l.sender_id AND b.asset_id = l.asset_id;
        free := CASE WHEN l.reservation_id IS NOT NULL THEN l.quantity
                     WHEN l.type = 'expiry_return' THEN expired
                     WHEN l.type = 'limit_return' THEN sent_quantity - sent_reserved
                     ELSE sent_quantity - sent_reserved - expired END;
        refusal := CASE WHEN free < l.quantity THEN 'insufficient_balance'
                        WHEN l.count_debit > sent_count THEN 'count_exhausted' END;
        IF l.counts AND sent_quantity = l.quantity THEN
            l.count_debit := sent_count;  -- an empty wallet has no transactions left (TXL-06)
        END IF;
    END IF;
    IF refusal IS NULL AND l.receiver_client IS NOT NULL THEN
        SELECT b.quantity, b.last_at, coalesce(e.running_quantity, 0), coalesce(e.running_count, 0), e.at
        INTO STRICT got_quantity, got_at, credited, credits, credited_at
        FROM ledger_balance b LEFT JOIN LATERAL (
            SELECT n.running_quantity, n.running_count, n.at FROM ledger_entry n
            WHERE n.client_id = l.receiver_client AND n.asset_id = l.asset_id AND n.type = l.type AND n.is_credit
            ORDER BY n.at DESC, n.operation_id DESC LIMIT 1
        ) AS e ON true
        WHERE b.wallet_id = l.receiver_id AND b.asset_id = l.asset_id;
        IF got_quantity + l.quantity > l.maximum THEN
            refusal := 'maximum_balance_exceeded';
        END IF;
    END IF;
    IF refusal IS NULL AND l.sender_hot AND NOT l.sender_outside AND p_hot_first THEN
        refusal := ledger_hot_refusal(l, from_hold);
    END IF;
    operation := nextval('public.ledger_operation_id_seq');
    name := ledger_reference_of(substr(random, 17));
    IF refusal IS NOT NULL THEN
        IF NOT l.optional OR refusal IN ('unknown_wallet_or_asset', 'invalid_quantity', 'same_wallet', 'test_and_live_mixed') THEN
            PERFORM ledger_refuse(l, refusal);
        END IF;
        INSERT INTO ledger_operation (
            id, reference, group_id, type, status, refused_reason, asset_id, quantity, sender_id, receiver_id, count_debit, count_credit,
            actor_type, actor_id, actor_label, comment, cause_type, cause_id, cause_reference, reservation_id, is_test, posted_at, salt
        ) VALUES (
            operation, name, c.group_id, l.type, 'refused', refusal, l.asset_id, l.quantity, l.sender_id, l.receiver_id, 0, 0,
            c.actor_type, c.actor_id, c.actor_label, l.comment, l.cause_type, l.cause_id, l.cause_reference, l.reservation_id, l.is_test, at, salt
        );
        result := ROW(l.place, c.group_id, operation, name, refusal, false, false);
        RETURN;
    END IF;
    result := ROW(l.place, c.group_id, operation, name, NULL, l.chain_kind IS NOT NULL, false);
    -- Times of a wallet and of a client's running totals never go back, whatever the clocks of several hosts say.
    at := greatest(at, sent_at, got_at, debited_at, credited_at);

    WITH made AS (
        INSERT INTO ledger_operation (
            id, reference, group_id, type, status, refused_reason, asset_id, quantity, sender_id, receiver_id, count_debit, count_credit,
            actor_type, actor_id, actor_label, comment, cause_type, cause_id, cause_reference, reservation_id, is_test, posted_at, salt
        ) VALUES (
            operation, name, c.group_id, l.type, 'posted', '', l.asset_id, l.quantity, l.sender_id, l.receiver_id, l.count_debit, l.count_credit,
            c.actor_type, c.actor_id, c.actor_label, l.comment, l.cause_type, l.cause_id, l.cause_reference, l.reservation_id, l.is_test, at, salt
        )
    ), legs AS (
        INSERT INTO ledger_entry (
            operation_id, is_credit, wallet_id, asset_id, client_id, type, quantity, at, running_quantity, running_count
        ) VALUES
            (operation, false, l.sender_id, l.asset_id, l.sender_client, l.type, -l.quantity, at, debited + l.quantity, debits + 1),
            (operation, true, l.receiver_id, l.asset_id, l.receiver_client, l.type, l.quantity, at, credited + l.quantity, credits + 1)
    ), taken AS (
        UPDATE ledger_balance b SET quantity = b.quantity - l.quantity, reserved = b.reserved - from_hold,
            remaining_count = b.remaining_count - l.count_debit, last_at = at
        WHERE l.sender_client IS NOT NULL AND b.wallet_id = l.sender_id AND b.asset_id = l.asset_id
    ), given AS (
        UPDATE ledger_balance b SET quantity = b.quantity + l.quantity, remaining_count = b.remaining_count + l.count_credit, last_at = at
        WHERE l.receiver_client IS NOT NULL AND b.wallet_id = l.receiver_id AND b.asset_id = l.asset_id
    ), pending AS (
        INSERT INTO ledger_pendingcredit (operation_id, wallet_id, asset_id, quantity)
        SELECT operation, l.receiver_id, l.asset_id, l.quantity WHERE l.receiver_client IS NULL AND NOT l.receiver_outside
    )
    INSERT INTO ledger_pendingfigure (operation_id) SELECT operation WHERE NOT l.is_test;

    IF l.expires AND (l.sender_client IS NOT NULL OR l.receiver_client IS NOT NULL) THEN
        IF near_free >= l.quantity THEN
            UPDATE ledger_lot SET quantity = quantity - l.quantity, is_open = quantity > l.quantity WHERE id = near_lot;
            lots := ARRAY[near_lot];
            dates := ARRAY[near_date];
            parts := ARRAY[l.quantity];
        ELSIF l.sender_client IS NOT NULL THEN
            SELECT t.lots, t.dates, t.quantities INTO lots, dates, parts FROM ledger_take_lots(l, first_day, end_day) AS t;
        END IF;
        IF l.receiver_client IS NOT NULL THEN
            SELECT t.lots, t.dates, t.quantities INTO made_lots, made_dates, made_parts FROM ledger_make_lots(
                l, operation,
                CASE WHEN l.expires_on IS NULL THEN dates ELSE ARRAY[l.expires_on] END,
                CASE WHEN l.expires_on IS NULL THEN parts ELSE ARRAY[l.quantity] END) AS t;
        END IF;
        parts := (SELECT array_agg(-p) FROM unnest(parts) AS p);
        lots := lots || made_lots;
        dates := dates || made_dates;
        parts := parts || made_parts;
        INSERT INTO ledger_lotmove (operation_id, lot_id, quantity) SELECT operation, m.lot, m.quantity FROM unnest(lots, parts) AS m (lot, quantity);
    END IF;
    IF l.counts AND sent_count = l.count_debit AND l.count_debit > 0 THEN
        exhausted := nullif(sent_quantity - l.quantity - (sent_reserved - from_hold), 0);
    END IF;
    IF l.reservation_id IS NOT NULL THEN
        UPDATE ledger_reservation SET quantity = quantity - l.quantity, is_open = quantity > l.quantity WHERE id = l.reservation_id;
    END IF;

    IF l.sender_hot AND NOT l.sender_outside THEN
        -- Locked, looked at and changed at once; what waits to be credited is only asked where there is too little without it.
        UPDATE ledger_balance SET quantity = quantity - l.quantity, reserved = reserved - from_hold, last_at = at
        WHERE wallet_id = l.sender_id AND asset_id = l.asset_id AND quantity - reserved + from_hold >= l.quantity;
        IF NOT FOUND THEN
            PERFORM ledger_lock_hot(ARRAY[l.sender_id], ARRAY[l.asset_id]);
            IF ledger_hot_refusal(l, from_hold) IS NOT NULL THEN
                PERFORM ledger_refuse(l, 'insufficient_balance');
            END IF;
            UPDATE ledger_balance SET quantity = quantity - l.quantity, reserved = reserved - from_hold, last_at = at
            WHERE wallet_id = l.sender_id AND asset_id = l.asset_id;
        END IF;
    END IF;

    -- Its id is drawn here, after the last lock: for one wallet and asset the order of these ids is the order of commits.
    IF l.chain_kind IS NOT NULL THEN
        INSERT INTO chain_chainop (operation_id, kind, asset_id, source, destination, amount, count_debit, count_credit, ref, created_at)
        VALUES (
            operation, l.chain_kind, l.asset_id, CASE WHEN l.sender_outside THEN '' ELSE l.sender_address END,
            CASE WHEN l.receiver_outside THEN '' ELSE l.receiver_address END, l.chain_units, l.count_debit, l.count_credit,
            ledger_commitment(name, l.type, l.asset_id, l.quantity, l.sender_address, l.receiver_address, at, l.count_debit, l.count_credit,
                CASE WHEN lots IS NULL THEN '' ELSE ledger_lots_said(lots, dates, parts) END, salt),
            at
        );
    END IF;
END $$;

-- The door for one group: see post.sql. One move, as most are, is locked, described and posted by single probes.
CREATE OR REPLACE FUNCTION ledger_post(
    p_group jsonb, p_actor_type text, p_actor_id text, p_actor_label text, p_now timestamptz, p_today date
) RETURNS SETOF ledger_result
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_memoize = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    c ledger_context := ROW(NULL, p_actor_type, p_actor_id, p_actor_label, p_now, p_today);
    groups jsonb;
    hot record;
    l ledger_line;
    claim record;
    posted record;
BEGIN
    IF jsonb_array_length(p_group -> 'moves') = 1 AND NOT coalesce((p_group #>> '{moves,0,optional}')::boolean, false) THEN
        l := ledger_lock_line(p_group, p_today);
        claim := ledger_claim(p_group, p_now);
        c.group_id := claim.group_id;
        IF claim.repeated THEN
            RETURN QUERY SELECT * FROM ledger_repeated(claim.group_id, 1);
            RETURN;
        END IF;
        posted := ledger_post_line(l, c, false);
        RETURN NEXT posted.result;
        IF posted.exhausted IS NOT NULL THEN
            RETURN NEXT ledger_return_rest(l, c, posted.exhausted, false);
        END IF;
        RETURN;
    END IF;
    groups := jsonb_build_array(p_group);
    PERFORM ledger_lock_moves(groups);
    hot := ledger_hot_senders(groups);
    IF hot.first THEN
        PERFORM ledger_lock_hot(hot.wallets, hot.assets);
    END IF;
    RETURN QUERY SELECT * FROM ledger_post_rows(groups, c, hot.first);
END $$;

-- What a used key's group came to.
CREATE OR REPLACE FUNCTION ledger_repeated(p_group bigint, p_place int) RETURNS SETOF ledger_result LANGUAGE sql STABLE AS $$
    SELECT p_place, o.group_id, o.id, o.reference::text, nullif(o.refused_reason, '')::text, false, true
    FROM ledger_operation o WHERE o.group_id = p_group ORDER BY o.id
$$;

-- What a client has left when a count is used up goes to the asset's issuing wallet (TXL-02).
CREATE OR REPLACE FUNCTION ledger_return_rest(l ledger_line, c ledger_context, p_quantity numeric, p_hot_first boolean) RETURNS ledger_result
LANGUAGE plpgsql AS $$
DECLARE
    issuer bigint;
    back ledger_line;
    cause jsonb;
BEGIN
    SELECT issuing_wallet_id INTO issuer FROM wallets_assetwallets WHERE asset_id = l.asset_id;
    IF l.cause_type <> '' THEN
        cause := jsonb_build_object('type', l.cause_type, 'id', l.cause_id, 'reference', l.cause_reference);
    END IF;
    SELECT * INTO back FROM ledger_lines(jsonb_build_array(jsonb_build_object('cause', cause, 'moves', jsonb_build_array(jsonb_build_object(
        'type', 'limit_return', 'asset', l.asset_id, 'quantity', p_quantity, 'sender', l.sender_id, 'receiver', issuer)))), c.today);
    back.place := l.place;
    RETURN (ledger_post_line(back, c, p_hot_first)).result;
END $$;

-- The groups one after the other, each move after the other. Clients and balances are locked already, hot ones where `p_hot_first`.
CREATE OR REPLACE FUNCTION ledger_post_rows(p_groups jsonb, c ledger_context, p_hot_first boolean) RETURNS SETOF ledger_result
LANGUAGE plpgsql AS $$
DECLARE
    l ledger_line;
    current_place int := 0;
    skipped int := 0;
    posted record;
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
                RETURN QUERY SELECT * FROM ledger_repeated(claim.group_id, l.place);
                CONTINUE;
            END IF;
        END IF;
        posted := ledger_post_line(l, c, p_hot_first);
        RETURN NEXT posted.result;
        IF posted.exhausted IS NOT NULL THEN
            RETURN NEXT ledger_return_rest(l, c, posted.exhausted, p_hot_first);
        END IF;
    END LOOP;
END $$;
DROP FUNCTION IF EXISTS ledger_running(bigint, bigint, text, boolean);

-- As in post.sql; without a key there is nothing to collide with.
CREATE OR REPLACE FUNCTION ledger_claim(p_group jsonb, p_at timestamptz, OUT group_id bigint, OUT repeated boolean)
LANGUAGE plpgsql AS $$
DECLARE
    key CONSTANT text := p_group ->> 'key';
    content bytea;
    known bytea;
BEGIN
    repeated := false;
    IF key IS NULL THEN
        INSERT INTO ledger_group (posted_at) VALUES (least(p_at, clock_timestamp())) RETURNING id INTO group_id;
        RETURN;
    END IF;
    content := ledger_content(p_group);
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
DROP TYPE IF EXISTS ledger_run;

REVOKE ALL ON FUNCTION ledger_reference_of, ledger_lock_line, ledger_take_lots, ledger_make_lots, ledger_lots_said, ledger_repeated,
    ledger_return_rest FROM PUBLIC;
