-- Reservations: a quantity that waits for something and can be neither spent nor expire meanwhile.

-- Holds a quantity of a wallet, lots nearest expiry first. Refuses what isn't available, and a client who may not send.
CREATE FUNCTION ledger_reserve(
    p_wallet bigint, p_asset bigint, p_quantity numeric, p_purpose_type text, p_purpose_id bigint, p_expires_at timestamptz,
    p_now timestamptz, p_today date
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    reservation bigint;
    client_status text;
    hot boolean;
    decimals int;
    missing numeric := p_quantity;
    taken numeric;
    lot record;
    refusal text;
BEGIN
    PERFORM ledger_lock_pairs(ARRAY[p_wallet], ARRAY[p_asset]);
    SELECT w.is_hot, c.status, a.decimals INTO hot, client_status, decimals
    FROM wallets_wallet w CROSS JOIN assets_asset a LEFT JOIN clients_client c ON c.id = w.client_id
    WHERE w.id = p_wallet AND a.id = p_asset AND w.owner_type <> 'outside' AND a.is_test = w.is_test;
    IF hot THEN
        PERFORM ledger_lock_hot(ARRAY[p_wallet], ARRAY[p_asset]);
        PERFORM ledger_fold(p_wallet, p_asset);
    END IF;
    refusal := CASE
        WHEN hot IS NULL THEN 'unknown_wallet_or_asset'
        WHEN p_quantity IS NULL OR p_quantity = 'NaN' OR p_quantity <= 0 OR p_quantity <> round(p_quantity, decimals) THEN 'invalid_quantity'
        WHEN client_status IN ('blocked', 'deactivated') THEN 'client_blocked'
        WHEN client_status = 'frozen' THEN 'client_frozen'
        WHEN ledger_available(p_wallet, p_asset, p_today) < p_quantity THEN 'insufficient_balance' END;
    IF refusal IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'LG001', MESSAGE = refusal,
            DETAIL = jsonb_build_object('asset', p_asset, 'quantity', p_quantity, 'sender', p_wallet)::text;
    END IF;
    INSERT INTO ledger_reservation (wallet_id, asset_id, quantity, purpose_type, purpose_id, expires_at, created_at)
    VALUES (p_wallet, p_asset, p_quantity, p_purpose_type, p_purpose_id, p_expires_at, least(p_now, clock_timestamp()))
    RETURNING id INTO reservation;
    UPDATE ledger_balance SET reserved = reserved + p_quantity WHERE wallet_id = p_wallet AND asset_id = p_asset;
    FOR lot IN
        SELECT id, quantity - reserved AS free FROM ledger_lot
        WHERE wallet_id = p_wallet AND asset_id = p_asset AND is_open AND quantity > reserved AND expires_on >= p_today
        ORDER BY expires_on, id
    LOOP
        EXIT WHEN missing = 0;
        taken := least(lot.free, missing);
        UPDATE ledger_lot SET reserved = reserved + taken WHERE id = lot.id;
        INSERT INTO ledger_reservationlot (reservation_id, lot_id, quantity) VALUES (reservation, lot.id, taken);
        missing := missing - taken;
    END LOOP;
    RETURN reservation;
END $$;

-- Lets go what a reservation still holds and returns how much that was; 0 where it is closed already. What expired meanwhile
-- can't be spent any more: the daily job returns it.
CREATE FUNCTION ledger_release(p_reservation bigint) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    held ledger_reservation;
BEGIN
    SELECT * INTO held FROM ledger_reservation WHERE id = p_reservation;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'LG001', MESSAGE = 'unknown_reservation', DETAIL = jsonb_build_object('reservation', p_reservation)::text;
    END IF;
    PERFORM ledger_lock_pairs(ARRAY[held.wallet_id], ARRAY[held.asset_id]);
    PERFORM FROM ledger_balance WHERE wallet_id = held.wallet_id AND asset_id = held.asset_id FOR NO KEY UPDATE;
    SELECT * INTO held FROM ledger_reservation WHERE id = p_reservation;  -- again: it may have changed while we waited
    IF NOT held.is_open THEN
        RETURN 0;
    END IF;
    UPDATE ledger_reservation SET quantity = 0, is_open = false WHERE id = p_reservation;
    UPDATE ledger_balance SET reserved = reserved - held.quantity WHERE wallet_id = held.wallet_id AND asset_id = held.asset_id;
    UPDATE ledger_lot l SET reserved = l.reserved - h.quantity
    FROM ledger_reservationlot h WHERE h.reservation_id = p_reservation AND h.lot_id = l.id AND h.quantity > 0;
    UPDATE ledger_reservationlot SET quantity = 0 WHERE reservation_id = p_reservation AND quantity > 0;
    RETURN held.quantity;
END $$;
