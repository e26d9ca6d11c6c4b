-- What a wallet is never changes: whose it is, its address, hot or not, test or not (DESIGN section 4).
CREATE TRIGGER wallet_fixed BEFORE UPDATE ON wallets_wallet FOR EACH ROW
EXECUTE FUNCTION refuse_change_of_fixed_columns(
    'id', 'reference', 'code', 'uuid', 'owner_type', 'organisation_id', 'client_id', 'address', 'address_scheme', 'is_hot', 'is_test', 'created_at'
);

-- A test client has test wallets alone, a live client live ones (API-05).
CREATE FUNCTION check_wallet_client() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM clients_client WHERE id = NEW.client_id AND is_test = NEW.is_test) THEN
        RAISE EXCEPTION 'test and live do not meet: client % and its wallet', NEW.client_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER wallet_client_mode BEFORE INSERT ON wallets_wallet FOR EACH ROW
WHEN (NEW.client_id IS NOT NULL) EXECUTE FUNCTION check_wallet_client();

-- An asset's wallets are the issuer's and of its own mode (AST-01).
CREATE FUNCTION check_asset_wallets() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM wallets_wallet w, assets_asset a
        WHERE w.id IN (NEW.issuing_wallet_id, NEW.beneficiary_wallet_id) AND a.id = NEW.asset_id
          AND (w.owner_type <> 'issuer' OR w.is_test <> a.is_test OR a.kind <> 'digital')
    ) THEN
        RAISE EXCEPTION 'the wallets of an asset are the issuer''s own' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER asset_wallets_fit BEFORE INSERT ON wallets_assetwallets FOR EACH ROW EXECUTE FUNCTION check_asset_wallets();

CREATE TRIGGER asset_wallets_fixed BEFORE UPDATE ON wallets_assetwallets FOR EACH ROW
EXECUTE FUNCTION refuse_change_of_fixed_columns('asset_id', 'issuing_wallet_id', 'beneficiary_wallet_id');
