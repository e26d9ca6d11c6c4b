-- What was asked of the chain never changes, and a number in the lane is given once (CHN-03). Only the way there moves.
CREATE FUNCTION chain_guard_operation() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'operations for the chain are never deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.id, NEW.operation_id, NEW.kind, NEW.asset_id, NEW.source, NEW.destination, NEW.amount, NEW.count_debit, NEW.count_credit,
        NEW.ref, NEW.payload, NEW.created_at)
       IS DISTINCT FROM
       (OLD.id, OLD.operation_id, OLD.kind, OLD.asset_id, OLD.source, OLD.destination, OLD.amount, OLD.count_debit, OLD.count_credit,
        OLD.ref, OLD.payload, OLD.created_at) THEN
        RAISE EXCEPTION 'what an operation asks of the chain never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.sequence IS NOT NULL AND NEW.sequence IS DISTINCT FROM OLD.sequence THEN
        RAISE EXCEPTION 'a sequence is given once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.is_void AND NOT NEW.is_void THEN
        RAISE EXCEPTION 'a voided operation stays void' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER chain_guard_operation BEFORE UPDATE OR DELETE ON chain_chainop
    FOR EACH ROW EXECUTE FUNCTION chain_guard_operation();

-- Signed transactions are kept for ever, byte for byte: a rollback of the chain is refilled from them.
CREATE FUNCTION chain_guard_transaction() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.identity_id, NEW.signer, NEW.nonce, NEW.version, NEW.hash, NEW.raw)
       IS DISTINCT FROM (OLD.identity_id, OLD.signer, OLD.nonce, OLD.version, OLD.hash, OLD.raw) THEN
        RAISE EXCEPTION 'signed transactions never change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER chain_guard_transaction BEFORE UPDATE OR DELETE ON chain_chaintx
    FOR EACH ROW EXECUTE FUNCTION chain_guard_transaction();
