-- What a wallet can spend now: the one definition, used by posting, pages and API alike.
-- An expired lot that the daily job hasn't moved yet can't be spent (EXP-04); a reserved one doesn't expire.
-- `p_today` is the date in the instance's time zone: a lot expires at 24:00 of its date.

CREATE FUNCTION ledger_expired(p_wallet bigint, p_asset bigint, p_today date) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(quantity - reserved), 0) FROM ledger_lot
    WHERE wallet_id = p_wallet AND asset_id = p_asset AND is_open AND expires_on < p_today
$$;

CREATE FUNCTION ledger_available(p_wallet bigint, p_asset bigint, p_today date) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT quantity - reserved FROM ledger_balance WHERE wallet_id = p_wallet AND asset_id = p_asset), 0)
         + coalesce((SELECT sum(quantity) FROM ledger_pendingcredit WHERE wallet_id = p_wallet AND asset_id = p_asset), 0)
         - ledger_expired(p_wallet, p_asset, p_today)
$$;
