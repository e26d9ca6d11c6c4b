-- Names and commitments of operations.

-- TXN- and 11 random characters of core/references.py, with its check character. Bytes 6 and 8 of a random uuid
-- carry its version and variant and are left out.
CREATE FUNCTION ledger_new_reference() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    alphabet CONSTANT text := '0123456789ABCDEFGHJKMNPQRSTVWXY';
    random CONSTANT bytea := uuid_send(gen_random_uuid());
    a CONSTANT int := get_byte(random, 0) % 31;
    b CONSTANT int := get_byte(random, 1) % 31;
    c CONSTANT int := get_byte(random, 2) % 31;
    d CONSTANT int := get_byte(random, 3) % 31;
    e CONSTANT int := get_byte(random, 4) % 31;
    f CONSTANT int := get_byte(random, 5) % 31;
    g CONSTANT int := get_byte(random, 7) % 31;
    h CONSTANT int := get_byte(random, 9) % 31;
    i CONSTANT int := get_byte(random, 10) % 31;
    j CONSTANT int := get_byte(random, 11) % 31;
    k CONSTANT int := get_byte(random, 12) % 31;
BEGIN
    -- Written out: as a loop it takes nearly twice as long, in every posting.
    RETURN concat('TXN-',
        substr(alphabet, 1 + a, 1), substr(alphabet, 1 + b, 1), substr(alphabet, 1 + c, 1), substr(alphabet, 1 + d, 1),
        substr(alphabet, 1 + e, 1), substr(alphabet, 1 + f, 1), substr(alphabet, 1 + g, 1), substr(alphabet, 1 + h, 1),
        substr(alphabet, 1 + i, 1), substr(alphabet, 1 + j, 1), substr(alphabet, 1 + k, 1),
        substr(alphabet, 1 + (a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k) % 31, 1));
END $$;

-- The 32 bytes that the chain keeps of an operation: a hash over its whole record, the lots it took and made included.
-- Without the salt, which stays in the ledger, nobody can guess the record behind it.
CREATE FUNCTION ledger_commitment(
    p_reference text, p_type text, p_asset bigint, p_quantity numeric, p_sender text, p_receiver text, p_at timestamptz,
    p_count_debit bigint, p_count_credit bigint, p_lots text, p_salt bytea
) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN sha256(convert_to(concat_ws('|', 'v1', p_reference, p_type, p_asset, trim_scale(p_quantity), p_sender, p_receiver,
        (extract(epoch FROM p_at) * 1000000)::bigint, p_count_debit, p_count_credit, p_lots, encode(p_salt, 'hex')), 'UTF8'));
END $$;

-- The lots of an operation as the commitment holds them.
CREATE FUNCTION ledger_lots_text(p_operation bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(concat_ws(':', m.lot_id, l.expires_on, trim_scale(m.quantity)), ',' ORDER BY m.lot_id), '')
    FROM ledger_lotmove m JOIN ledger_lot l ON l.id = m.lot_id WHERE m.operation_id = p_operation
$$;

-- The commitment computed again from the stored rows: what verification compares with the chain.
CREATE FUNCTION ledger_ref(p_operation bigint) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT ledger_commitment(o.reference, o.type, o.asset_id, o.quantity, s.address, r.address, o.posted_at,
                             o.count_debit, o.count_credit, ledger_lots_text(o.id), o.salt)
    FROM ledger_operation o JOIN wallets_wallet s ON s.id = o.sender_id JOIN wallets_wallet r ON r.id = o.receiver_id
    WHERE o.id = p_operation
$$;
