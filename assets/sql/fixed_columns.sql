-- Columns that stay as they were at creation, named as the trigger's arguments (AST-03). Every role is refused, the owner too.
CREATE FUNCTION refuse_change_of_fixed_columns() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    fixed text;
BEGIN
    FOREACH fixed IN ARRAY TG_ARGV LOOP
        IF before -> fixed IS DISTINCT FROM after -> fixed THEN
            RAISE EXCEPTION '%.% is fixed after creation', TG_TABLE_NAME, fixed USING ERRCODE = 'check_violation', COLUMN = fixed;
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

CREATE TRIGGER asset_fixed BEFORE UPDATE ON assets_asset FOR EACH ROW
EXECUTE FUNCTION refuse_change_of_fixed_columns('id', 'kind', 'name', 'decimals', 'reissuable', 'expires', 'limits_transactions', 'is_test', 'created_at');

CREATE TRIGGER rate_fixed BEFORE UPDATE ON assets_rate FOR EACH ROW
EXECUTE FUNCTION refuse_change_of_fixed_columns('id', 'asset_id', 'currency_id');

-- A rate stands in a currency (RAT-01).
CREATE FUNCTION check_rate_assets() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM assets_asset WHERE id = NEW.currency_id AND kind = 'currency') THEN
        RAISE EXCEPTION 'a rate stands in a currency' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER rate_in_currency BEFORE INSERT ON assets_rate FOR EACH ROW EXECUTE FUNCTION check_rate_assets();

-- The history of rates is only added to; the role has no other right, and the owner is refused as well.
CREATE FUNCTION refuse_change_of_rate_history() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the history of rates is never changed' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER rate_history_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON assets_ratechange FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change_of_rate_history();
