-- What was tried and moved nothing (TXN-04): an operation without entries, which says why and of what. Never settled, never counted.
CREATE FUNCTION ledger_note_attempt(
    p_move jsonb, p_status text, p_reason text, p_actor_type text, p_actor_id text, p_actor_label text, p_now timestamptz
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    at CONSTANT timestamptz := least(p_now, clock_timestamp());
    identifier CONSTANT text := ledger_new_reference();
    own_group bigint;
BEGIN
    IF p_status NOT IN ('refused', 'cancelled') THEN
        RAISE EXCEPTION 'an attempt is refused or cancelled, not %', p_status USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO ledger_group (posted_at) VALUES (at) RETURNING id INTO own_group;
    INSERT INTO ledger_operation (
        reference, group_id, type, status, refused_reason, asset_id, quantity, sender_id, receiver_id, count_debit, count_credit,
        actor_type, actor_id, actor_label, comment, cause_type, cause_id, cause_reference, is_test, posted_at, salt
    )
    SELECT identifier, own_group, p_move ->> 'type', p_status, p_reason, a.id, (p_move ->> 'quantity')::numeric, s.id, r.id, 0, 0,
        p_actor_type, p_actor_id, p_actor_label, coalesce(p_move ->> 'comment', ''), coalesce(p_move #>> '{cause,type}', ''),
        (p_move #>> '{cause,id}')::bigint, coalesce(p_move #>> '{cause,reference}', ''), a.is_test, at, uuid_send(gen_random_uuid())
    FROM assets_asset a, wallets_wallet s, wallets_wallet r
    WHERE a.id = (p_move ->> 'asset')::bigint AND s.id = (p_move ->> 'sender')::bigint AND r.id = (p_move ->> 'receiver')::bigint
        AND s.is_test = a.is_test AND r.is_test = a.is_test;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'LG001', MESSAGE = 'unknown_wallet_or_asset', DETAIL = p_move::text;
    END IF;
    RETURN identifier;
END $$;

REVOKE ALL ON FUNCTION ledger_note_attempt FROM PUBLIC;
