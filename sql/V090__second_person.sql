-- The two-person rule holds whichever way somebody comes: who is whom is decided here, and a zone is
-- not deleted past it with plain SQL either.

SET LOCAL search_path TO public;

CREATE TABLE keyward.rule (
  single      BOOLEAN PRIMARY KEY DEFAULT true CHECK (single),
  two_person  BOOLEAN NOT NULL
);
INSERT INTO keyward.rule (two_person) VALUES (false);
COMMENT ON TABLE keyward.rule IS 'what the configuration of the signer said when it last started';

-- The same name is the same person: as a user of the system on whatever host, as an API token, as a login.
ALTER TABLE keyward.request DROP CONSTRAINT request_second_person;
CREATE OR REPLACE FUNCTION keyward.person(actor TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT lower(split_part(regexp_replace(actor, '^(os|api|sql):', ''), '@', 1))
$$;

-- Why somebody is not a second person for what another asked; null when they are. Who makes a token
-- has seen it, and could act with it.
CREATE FUNCTION keyward.second_person_fault(request BIGINT, asked_by TEXT, approver TEXT) RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN keyward.person(asked_by) = keyward.person(approver)
      THEN asked_by || ' made request ' || request || ': somebody else must approve it'
    ELSE (
      SELECT 'the API token ''' || t.name || ''' was made by ' || t.created_by || ': as a second person for request '
        || request || ' of ' || asked_by || ', somebody else must approve it'
      FROM keyward.api_token t
      WHERE 'api:' || t.name = approver AND keyward.person(t.created_by) = keyward.person(asked_by)
        OR 'api:' || t.name = asked_by AND keyward.person(t.created_by) = keyward.person(approver)
      LIMIT 1)
    END
$$;

CREATE FUNCTION keyward.check_second_person() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  fault TEXT := keyward.second_person_fault(NEW.id, NEW.actor, NEW.approved_by);
BEGIN
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_second_person BEFORE INSERT OR UPDATE ON keyward.request
  FOR EACH ROW WHEN (NEW.approved_by IS NOT NULL) EXECUTE FUNCTION keyward.check_second_person();

-- A zone goes, or gets another name, in the transaction that approves it and in no other.
CREATE FUNCTION keyward.check_zone_removal() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF (SELECT two_person FROM keyward.rule) AND NOT EXISTS (
    SELECT FROM keyward.request r
    WHERE r.kind = 'delete' AND r.state = 'done' AND r.approved_by IS NOT NULL
      AND rtrim(lower(r.zone), '.') = rtrim(lower(OLD.name), '.')
      AND r.xmin = pg_current_xact_id()::XID)
  THEN
    RAISE EXCEPTION 'zone %: it takes two people to delete or rename a zone; ask with ''keyward zone delete %'', and somebody else approves it',
      OLD.name, OLD.name USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER keyward_check_zone_removal BEFORE DELETE ON domains
  FOR EACH ROW EXECUTE FUNCTION keyward.check_zone_removal();
CREATE TRIGGER keyward_check_zone_renaming BEFORE UPDATE OF name ON domains
  FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION keyward.check_zone_removal();

REVOKE EXECUTE ON FUNCTION keyward.person(TEXT), keyward.check_second_person(), keyward.check_zone_removal(),
  keyward.second_person_fault(BIGINT, TEXT, TEXT) FROM PUBLIC;
DO $roles$
BEGIN
  GRANT SELECT ON keyward.rule TO keyward_admin, keyward_auditor;
  GRANT SELECT, UPDATE ON keyward.rule TO keyward_sign;
  GRANT EXECUTE ON FUNCTION keyward.second_person_fault(BIGINT, TEXT, TEXT) TO keyward_admin;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'rights on the two-person rule are left out: %', SQLERRM;
END
$roles$;
