-- One lock order everywhere: clients by id, then balances that aren't hot by (wallet, asset), then hot balances that spend,
-- in the same order. Each step is a statement of its own: one that waits for a lock reads what was there before the wait.

-- Locks the clients and the balances of these wallets and assets (pairs, by position) that aren't hot; makes missing rows.
-- The pairs are put in order first and locked one after the other: LATERAL leaves the planner no other way.
CREATE FUNCTION ledger_lock_pairs(p_wallets bigint[], p_assets bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wallets bigint[];
    assets bigint[];
BEGIN
    PERFORM FROM (
        SELECT DISTINCT w.client_id AS id FROM unnest(p_wallets) AS p (id)
        CROSS JOIN LATERAL (SELECT o.client_id FROM wallets_wallet o WHERE o.id = p.id OFFSET 0) AS w
        WHERE w.client_id IS NOT NULL ORDER BY 1
    ) AS k
    CROSS JOIN LATERAL (SELECT FROM clients_client c WHERE c.id = k.id FOR NO KEY UPDATE) AS c;
    SELECT array_agg(k.wallet ORDER BY k.wallet, k.asset), array_agg(k.asset ORDER BY k.wallet, k.asset) INTO wallets, assets
    FROM (SELECT DISTINCT p.wallet, p.asset FROM unnest(p_wallets, p_assets) AS p (wallet, asset)) AS k
    CROSS JOIN LATERAL (SELECT FROM wallets_wallet w WHERE w.id = k.wallet AND NOT w.is_hot OFFSET 0) AS w
    CROSS JOIN LATERAL (SELECT FROM assets_asset a WHERE a.id = k.asset OFFSET 0) AS a;
    PERFORM ledger_lock_balances(wallets, assets);
END $$;

-- The same for the one move that most calls are about: single probes cost a fraction of statements that could take any number.
CREATE FUNCTION ledger_lock_move(p_sender bigint, p_receiver bigint, p_asset bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    sender_client bigint;
    sender_hot boolean;
    receiver_client bigint;
    receiver_hot boolean;
BEGIN
    SELECT client_id, is_hot INTO sender_client, sender_hot FROM wallets_wallet WHERE id = p_sender;
    SELECT client_id, is_hot INTO receiver_client, receiver_hot FROM wallets_wallet WHERE id = p_receiver;
    IF sender_client IS NOT NULL OR receiver_client IS NOT NULL THEN
        PERFORM FROM clients_client WHERE id = least(sender_client, receiver_client) FOR NO KEY UPDATE;
        IF sender_client <> receiver_client THEN
            PERFORM FROM clients_client WHERE id = greatest(sender_client, receiver_client) FOR NO KEY UPDATE;
        END IF;
    END IF;
    IF p_sender < p_receiver THEN
        PERFORM ledger_lock_balance(p_sender, p_asset, sender_hot);
        PERFORM ledger_lock_balance(p_receiver, p_asset, receiver_hot);
    ELSE
        PERFORM ledger_lock_balance(p_receiver, p_asset, receiver_hot);
        PERFORM ledger_lock_balance(p_sender, p_asset, sender_hot);
    END IF;
END $$;

-- Locks a balance that isn't hot; makes it where wallet and asset are known and it is missing.
CREATE FUNCTION ledger_lock_balance(p_wallet bigint, p_asset bigint, p_is_hot boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT p_is_hot THEN
        PERFORM FROM ledger_balance WHERE wallet_id = p_wallet AND asset_id = p_asset FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            PERFORM ledger_lock_pairs(ARRAY[p_wallet], ARRAY[p_asset]);
        END IF;
    END IF;
END $$;

CREATE FUNCTION ledger_lock(p_wallets bigint[], p_assets bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
BEGIN
    PERFORM ledger_lock_pairs(p_wallets, p_assets);
END $$;

-- Makes what is missing of these balances, which stand in lock order, and locks them.
CREATE FUNCTION ledger_lock_balances(p_wallets bigint[], p_assets bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
BEGIN
    SELECT count(*) INTO found FROM unnest(p_wallets, p_assets) AS k (wallet, asset)
    CROSS JOIN LATERAL (SELECT FROM ledger_balance b WHERE b.wallet_id = k.wallet AND b.asset_id = k.asset FOR NO KEY UPDATE) AS b;
    IF found < cardinality(p_wallets) THEN
        -- Rarely: a wallet's first operation. Its client's lock is held, so nobody else makes a client's row meanwhile.
        INSERT INTO ledger_balance (wallet_id, asset_id) SELECT k.wallet, k.asset FROM unnest(p_wallets, p_assets) AS k (wallet, asset)
        ON CONFLICT DO NOTHING;
        PERFORM FROM unnest(p_wallets, p_assets) AS k (wallet, asset)
        CROSS JOIN LATERAL (SELECT FROM ledger_balance b WHERE b.wallet_id = k.wallet AND b.asset_id = k.asset FOR NO KEY UPDATE) AS b;
    END IF;
END $$;

-- Locks hot balances that are about to spend. The last locks of a transaction: every order waits for the issuer's.
CREATE FUNCTION ledger_lock_hot(p_wallets bigint[], p_assets bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_wallets IS NOT NULL THEN
        PERFORM ledger_lock_balances(p_wallets, p_assets);
    END IF;
END $$;

-- Adds a locked hot balance's pending credits to it. Deleting them and adding is one step of one transaction, so a credit
-- that commits meanwhile waits for the next one; a watermark would lose it.
CREATE FUNCTION ledger_fold(p_wallet bigint, p_asset bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    folded numeric;
BEGIN
    WITH gone AS (DELETE FROM ledger_pendingcredit WHERE wallet_id = p_wallet AND asset_id = p_asset RETURNING quantity)
    SELECT sum(quantity) INTO folded FROM gone;
    IF folded IS NOT NULL THEN
        UPDATE ledger_balance SET quantity = quantity + folded WHERE wallet_id = p_wallet AND asset_id = p_asset;
    END IF;
END $$;
