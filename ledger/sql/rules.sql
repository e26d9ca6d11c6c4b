-- A move as both posting bodies see it: what was asked, and all that its asset, wallets and clients say about it.
-- `refusal` is what can be said without looking at balances; null where nothing speaks against it.

CREATE TYPE ledger_line AS (
    place int, member int, type text, asset_id bigint, quantity numeric, sender_id bigint, receiver_id bigint, comment text,
    expires_on date, count bigint, reservation_id bigint, optional boolean,
    expires boolean, counts boolean, maximum numeric, is_test boolean,
    sender_hot boolean, sender_outside boolean, sender_client bigint, sender_address text,
    receiver_hot boolean, receiver_outside boolean, receiver_client bigint, receiver_address text,
    chain_kind int, chain_units numeric, count_debit bigint, count_credit bigint, refusal text,
    cause_type text, cause_id bigint, cause_reference text
);

-- The next two are replaced by those of lines.sql.

-- Why a move is refused whatever the balances are, or null. `issuing` types bring an asset in from the outside world, `burning`
-- ones take it out. Back to the issuer goes what is closed, deactivated or expired; nothing else does.
CREATE FUNCTION ledger_refusal(
    p_type text, p_quantity numeric, p_decimals int, p_asset_status text, p_known boolean, p_one_mode boolean,
    p_sender bigint, p_sender_owner text, p_sender_open boolean, p_sender_client text,
    p_receiver bigint, p_receiver_owner text, p_receiver_open boolean, p_receiver_client text,
    p_expires_on date, p_takes_date boolean, p_count bigint, p_takes_count boolean, p_today date
) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    going_back CONSTANT boolean := p_type IN ('expiry_return', 'limit_return');
BEGIN
    IF p_known IS NOT TRUE THEN RETURN 'unknown_wallet_or_asset'; END IF;
    IF p_quantity IS NULL OR p_quantity = 'NaN' OR p_quantity <= 0 OR p_quantity <> round(p_quantity, p_decimals) THEN
        RETURN 'invalid_quantity';
    END IF;
    IF p_sender = p_receiver THEN RETURN 'same_wallet'; END IF;
    IF NOT p_one_mode THEN RETURN 'test_and_live_mixed'; END IF;
    IF (p_sender_owner = 'outside' AND p_type NOT IN ('asset_creation', 'additional_issuing', 'top_up', 'cash_desk', 'adjustment'))
        OR (p_receiver_owner = 'outside' AND p_type NOT IN ('burning', 'withdrawal', 'cash_desk', 'adjustment'))
        OR (p_type IN ('asset_creation', 'additional_issuing') AND p_sender_owner <> 'outside')
        OR (p_type = 'burning' AND p_receiver_owner <> 'outside')
        OR (going_back AND p_receiver_owner <> 'issuer')
        OR (p_sender_owner = 'outside' AND p_receiver_owner = 'outside') THEN
        RETURN 'wallets_do_not_fit_type';
    END IF;
    IF p_expires_on IS NOT NULL AND NOT p_takes_date THEN RETURN 'no_expiry_here'; END IF;
    IF p_expires_on < p_today THEN RETURN 'expiry_in_the_past'; END IF;
    IF p_count < 0 OR (p_count IS NOT NULL AND NOT p_takes_count) THEN RETURN 'no_count_here'; END IF;
    IF p_asset_status <> 'active' AND p_receiver_owner <> 'issuer' THEN RETURN 'asset_deactivated'; END IF;
    IF NOT p_receiver_open OR (NOT p_sender_open AND p_receiver_owner <> 'issuer') THEN RETURN 'wallet_closed'; END IF;
    IF NOT going_back THEN
        IF p_sender_client IN ('blocked', 'deactivated') OR p_receiver_client IN ('blocked', 'deactivated') THEN RETURN 'client_blocked'; END IF;
        IF p_sender_client = 'frozen' THEN RETURN 'client_frozen'; END IF;
    END IF;
    RETURN NULL;
END $$;

-- The moves of `p_groups` (a JSON array of {"moves": [...]}) in order, with everything around them. Read it after the locks.
-- Counts: a payment or P2P transfer takes one from its client; each credit from the issuer gives the asset's count, a P2P
-- transfer carries its one, and whoever posts may say another number (TXL-01, 04, 05).
CREATE FUNCTION ledger_lines(p_groups jsonb, p_today date) RETURNS SETOF ledger_line LANGUAGE sql STABLE AS $$
    SELECT
        g.place::int, m.member::int, m.type, m.asset, m.quantity, m.sender, m.receiver, coalesce(m.comment, ''),
        coalesce(m.expires_on, CASE WHEN a.expires AND s.client_id IS NULL AND r.client_id IS NOT NULL THEN p_today + a.expiration_days END),
        m.count, m.reservation, coalesce(m.optional, false),
        a.expires, a.limits_transactions, CASE WHEN r.client_id IS NOT NULL THEN a.max_client_balance END, a.is_test,
        s.is_hot, s.owner_type = 'outside', s.client_id, s.address,
        r.is_hot, r.owner_type = 'outside', r.client_id, r.address,
        CASE WHEN a.kind <> 'digital' OR a.is_test THEN NULL
             WHEN s.owner_type = 'outside' THEN 2 WHEN r.owner_type = 'outside' THEN 3
             WHEN m.type = 'expiry_return' THEN 4 WHEN m.type = 'limit_return' THEN 5 ELSE 1 END,
        trunc(m.quantity * (10::numeric ^ a.decimals)),
        CASE WHEN a.limits_transactions AND s.client_id IS NOT NULL AND m.type IN ('payment', 'p2p_transfer') THEN 1 ELSE 0 END,
        CASE WHEN NOT a.limits_transactions OR r.client_id IS NULL THEN 0
             WHEN m.count IS NOT NULL THEN m.count
             WHEN m.type = 'p2p_transfer' THEN 1
             WHEN s.owner_type IN ('issuer', 'outside') AND m.type NOT IN ('refund', 'chargeback', 'fee') THEN a.transaction_count
             ELSE 0 END,
        ledger_refusal(
            m.type, m.quantity, a.decimals, a.status, a.id IS NOT NULL AND s.id IS NOT NULL AND r.id IS NOT NULL,
            a.is_test = s.is_test AND a.is_test = r.is_test AND coalesce(sc.is_test, a.is_test) = a.is_test
                AND coalesce(rc.is_test, a.is_test) = a.is_test,
            m.sender, s.owner_type, s.status = 'open' AND s.organisation_active IS NOT FALSE, sc.status,
            m.receiver, r.owner_type, r.status = 'open' AND r.organisation_active IS NOT FALSE, rc.status,
            m.expires_on, a.expires AND r.client_id IS NOT NULL, m.count, a.limits_transactions AND r.client_id IS NOT NULL, p_today),
        coalesce(g.content -> 'cause' ->> 'type', ''), (g.content -> 'cause' ->> 'id')::bigint, coalesce(g.content -> 'cause' ->> 'reference', '')
    FROM jsonb_array_elements(p_groups) WITH ORDINALITY AS g (content, place)
    CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(g.content -> 'moves') AS (
        type text, asset bigint, quantity numeric, sender bigint, receiver bigint, comment text, expires_on date, count bigint,
        reservation bigint, optional boolean
    )) WITH ORDINALITY AS m (type, asset, quantity, sender, receiver, comment, expires_on, count, reservation, optional, member)
    -- OFFSET 0: one index probe a row, whatever the statistics say. Only the columns that are used: each is built anew for each call.
    LEFT JOIN LATERAL (
        SELECT o.id, o.kind, o.status, o.is_test, o.decimals, o.expires, o.expiration_days, o.limits_transactions, o.transaction_count,
               o.max_client_balance
        FROM assets_asset o WHERE o.id = m.asset OFFSET 0
    ) AS a ON true
    LEFT JOIN LATERAL (
        SELECT w.id, w.owner_type, w.client_id, w.address, w.status, w.is_hot, w.is_test,
               (SELECT o.is_active FROM organisations_organisation o WHERE o.id = w.organisation_id) AS organisation_active
        FROM wallets_wallet w WHERE w.id = m.sender OFFSET 0
    ) AS s ON true
    LEFT JOIN LATERAL (
        SELECT w.id, w.owner_type, w.client_id, w.address, w.status, w.is_hot, w.is_test,
               (SELECT o.is_active FROM organisations_organisation o WHERE o.id = w.organisation_id) AS organisation_active
        FROM wallets_wallet w WHERE w.id = m.receiver OFFSET 0
    ) AS r ON true
    LEFT JOIN LATERAL (SELECT c.status, c.is_test FROM clients_client c WHERE c.id = s.client_id OFFSET 0) AS sc ON true
    LEFT JOIN LATERAL (SELECT c.status, c.is_test FROM clients_client c WHERE c.id = r.client_id OFFSET 0) AS rc ON true
    ORDER BY g.place, m.member
$$;

-- Ends the whole call. The message is the reason's code, the detail says which move; Python words it (services/refusals.py).
CREATE FUNCTION ledger_refuse(l ledger_line, p_reason text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'LG001', MESSAGE = p_reason, DETAIL = jsonb_build_object(
        'group', l.place, 'move', l.member, 'type', l.type, 'asset', l.asset_id, 'quantity', l.quantity, 'sender', l.sender_id, 'receiver', l.receiver_id)::text;
END $$;
