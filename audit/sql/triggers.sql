-- History refuses to change, whoever asks: by role (grants) and by trigger. ENABLE ALWAYS, because a session in
-- replica mode skips ordinary triggers; a statement trigger on TRUNCATE, because row triggers don't see it (AUD-03).

CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the trail is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- The place in the order of commits and the time of writing are the database's to say.
CREATE OR REPLACE FUNCTION audit_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.xid := pg_current_xact_id();
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER audit_stamp BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION audit_stamp();
ALTER TABLE audit_auditevent ENABLE ALWAYS TRIGGER audit_stamp;

DO $$
DECLARE history text;
BEGIN
    FOREACH history IN ARRAY ARRAY['audit_auditevent', 'audit_auditlink', 'audit_auditdigest', 'audit_auditanchor'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION audit_refuse()', history);
        EXECUTE format('CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', history);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_append_only', history);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_no_truncate', history);
    END LOOP;
END $$;

-- Personal values may be erased, never reworded.
CREATE OR REPLACE TRIGGER audit_no_update BEFORE UPDATE ON audit_auditpersonal FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE OR REPLACE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditpersonal FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_auditpersonal ENABLE ALWAYS TRIGGER audit_no_update;
ALTER TABLE audit_auditpersonal ENABLE ALWAYS TRIGGER audit_no_truncate;
