-- What the tables themselves refuse, whoever asks (LED-01). Beside it the application's role may only read them.

-- The seal: an entry or a lot's move belongs to the transaction that made its operation. `pg_current_xact_id()` is the whole
-- transaction's, inside savepoints too. Checked once a statement, from what it inserted.
ALTER TABLE ledger_operation ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

-- Names its table in full instead of setting the search path, which every posting would pay for three times.
CREATE FUNCTION ledger_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- OFFSET 0 keeps it one index probe a row, whatever the statistics say of rows that this transaction has just made.
    IF EXISTS (
        SELECT FROM inserted i
        LEFT JOIN LATERAL (SELECT o.xid FROM public.ledger_operation o WHERE o.id = i.operation_id OFFSET 0) AS own ON true
        WHERE own.xid IS DISTINCT FROM pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION '% only grows in the transaction that made the operation', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_seal AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal();
CREATE TRIGGER ledger_seal AFTER INSERT ON ledger_lotmove REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_seal();

-- Balanced at commit: once for each operation (once for each entry is quadratic in a large batch).
CREATE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    legs bigint;
    total numeric;
    fitting boolean;
BEGIN
    SELECT count(*), coalesce(sum(e.quantity), 0), coalesce(bool_and(
            e.asset_id = NEW.asset_id AND e.type = NEW.type
            AND e.wallet_id = CASE WHEN e.is_credit THEN NEW.receiver_id ELSE NEW.sender_id END
            AND abs(e.quantity) = NEW.quantity), true)
    INTO legs, total, fitting
    FROM public.ledger_entry e WHERE e.operation_id = NEW.id;
    IF total <> 0 OR NOT fitting OR legs <> (CASE NEW.status WHEN 'posted' THEN 2 ELSE 0 END) THEN
        RAISE EXCEPTION 'operation % is not balanced', NEW.reference USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_balanced AFTER INSERT ON ledger_operation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_check_balanced();

-- History grows and never changes. TRUNCATE skips row triggers, so it has one of its own.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is never changed: corrections are new operations', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- What the ledger refers to stays: these triggers stand in for foreign keys (see models.py).
CREATE FUNCTION ledger_refuse_delete() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is never deleted: the ledger refers to it', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ledger_group', 'ledger_operation', 'ledger_entry', 'ledger_lotmove'] LOOP
        EXECUTE format('CREATE TRIGGER ledger_history BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()', name);
        EXECUTE format('CREATE TRIGGER ledger_history_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['wallets_wallet', 'assets_asset', 'clients_client', 'ledger_lot', 'ledger_balance', 'ledger_reservation'] LOOP
        EXECUTE format('CREATE TRIGGER ledger_keeps BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_refuse_delete()', name);
        EXECUTE format('CREATE TRIGGER ledger_keeps_whole BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_delete()', name);
    END LOOP;
END $$;

-- Rows that every posting updates: room on the page for the next version, so that no index is touched.
ALTER TABLE ledger_balance SET (fillfactor = 60);
ALTER TABLE ledger_lot SET (fillfactor = 80);
-- Queues: emptied every few seconds, so vacuumed by number, not by share of a table that is mostly gone.
ALTER TABLE ledger_pendingcredit SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE ledger_pendingfigure SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
