-- What the tables refuse, said so that it costs little: PostgreSQL reads the text of each CHECK again at every statement that writes, so
-- one that calls a function is cheaper than several, and what a trigger looks at anyhow it judges there.
-- Each migration that changes this file loads it again.

CREATE OR REPLACE FUNCTION ledger_balance_holds(quantity numeric, reserved numeric, remaining bigint) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    -- NaN is above every number.
    RETURN reserved >= 0 AND reserved <= quantity AND quantity < 100000000000000000000 AND remaining >= 0;
END $$;

CREATE OR REPLACE FUNCTION ledger_lot_holds(quantity numeric, reserved numeric, is_open boolean) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN reserved >= 0 AND reserved <= quantity AND quantity < 100000000000000000000 AND is_open = (quantity > 0);
END $$;

-- The seal of tables.sql; what is sealed moves something, and a number. Planned once a session, perhaps while the table is still small: so
-- without reading it from end to end.
CREATE OR REPLACE FUNCTION ledger_seal() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    odd boolean;
BEGIN
    -- OFFSET 0 keeps it one index probe a row, whatever the statistics say of rows that this transaction has just made.
    SELECT i.quantity = 0 OR i.quantity >= 100000000000000000000 INTO odd
    FROM inserted i
    LEFT JOIN LATERAL (SELECT o.xid FROM public.ledger_operation o WHERE o.id = i.operation_id OFFSET 0) AS own ON true
    WHERE own.xid IS DISTINCT FROM pg_current_xact_id() OR i.quantity = 0 OR i.quantity >= 100000000000000000000 LIMIT 1;
    IF odd THEN
        RAISE EXCEPTION '% moves nothing, or no number', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    ELSIF FOUND THEN
        RAISE EXCEPTION '% only grows in the transaction that made the operation', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

-- Balanced at commit, once for each operation, as in tables.sql; here, too, what an operation and its entries may say at all: an entry is made in
-- its operation's transaction alone, and neither ever changes.
CREATE OR REPLACE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    legs bigint;
    total numeric;
    fitting boolean;
BEGIN
    IF NOT (NEW.quantity > 0 AND NEW.quantity < 100000000000000000000 AND NEW.sender_id <> NEW.receiver_id
            AND NEW.count_debit >= 0 AND NEW.count_credit >= 0
            AND CASE NEW.status WHEN 'posted' THEN NEW.refused_reason = '' WHEN 'refused' THEN NEW.refused_reason <> ''
                                WHEN 'cancelled' THEN NEW.refused_reason <> '' ELSE false END) THEN
        RAISE EXCEPTION 'operation % can''t be', NEW.reference USING ERRCODE = 'check_violation';
    END IF;
    SELECT count(*), coalesce(sum(e.quantity), 0), coalesce(bool_and(
            e.asset_id = NEW.asset_id AND e.type = NEW.type
            AND e.wallet_id = CASE WHEN e.is_credit THEN NEW.receiver_id ELSE NEW.sender_id END
            AND e.quantity = CASE WHEN e.is_credit THEN NEW.quantity ELSE -NEW.quantity END
            AND CASE WHEN e.client_id IS NULL THEN e.running_quantity IS NULL AND e.running_count IS NULL
                     ELSE e.running_quantity > 0 AND e.running_quantity < 100000000000000000000000000000000 AND e.running_count > 0 END), true)
    INTO legs, total, fitting
    FROM public.ledger_entry e WHERE e.operation_id = NEW.id;
    IF total <> 0 OR fitting IS NOT TRUE OR legs <> (CASE NEW.status WHEN 'posted' THEN 2 ELSE 0 END) THEN
        RAISE EXCEPTION 'operation % is not balanced', NEW.reference USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger_balance_holds, ledger_lot_holds FROM PUBLIC;
