-- A user and all of the user's profiles are of one face (DESIGN section 3): the faces never change, and a profile of the
-- other face is refused. FOR SHARE isn't needed, because neither face can change after it was read.
CREATE OR REPLACE FUNCTION accounts_face_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the face of % % cannot change', TG_TABLE_NAME, OLD.id USING ERRCODE = 'check_violation', CONSTRAINT = 'face_stays';
END $$;

CREATE OR REPLACE FUNCTION accounts_faces_agree() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT face FROM accounts_user WHERE id = NEW.user_id) <> (SELECT face FROM accounts_profile WHERE id = NEW.profile_id) THEN
        RAISE EXCEPTION 'profile % and user % have different faces', NEW.profile_id, NEW.user_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_agree';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER user_face_stays BEFORE UPDATE OF face ON accounts_user
    FOR EACH ROW WHEN (OLD.face <> NEW.face) EXECUTE FUNCTION accounts_face_stays();
CREATE OR REPLACE TRIGGER profile_face_stays BEFORE UPDATE OF face ON accounts_profile
    FOR EACH ROW WHEN (OLD.face <> NEW.face) EXECUTE FUNCTION accounts_face_stays();
CREATE OR REPLACE TRIGGER faces_agree BEFORE INSERT OR UPDATE ON accounts_user_profiles
    FOR EACH ROW EXECUTE FUNCTION accounts_faces_agree();
