-- Who may use the admin API, and who is written down for what people do.

SET LOCAL search_path TO public;

-- A token is 256 random bits, so that nobody finds it by trying: a plain SHA-256 of it is enough, and
-- a slow hash, which is for passwords that people choose, would only slow every call down. Rows stay
-- when a token is revoked, and its name is not given out again: the audit log names it.
CREATE TABLE keyward.api_token (
  id          INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  role        TEXT NOT NULL CHECK (role IN ('auditor', 'operator')),
  hash        BYTEA NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  created_at  TIMESTAMPTZ NOT NULL,
  created_by  TEXT NOT NULL,
  expires_at  TIMESTAMPTZ,
  revoked_at  TIMESTAMPTZ,
  revoked_by  TEXT
);
COMMENT ON TABLE keyward.api_token IS 'who may use the admin API; the tokens themselves are nowhere';

-- Who deletes a zone: the login, unless Keyward says for whom it does it. Only who may write the
-- audit log can say so, and could write any actor into it anyway.
CREATE FUNCTION keyward.acting() RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN has_table_privilege(session_user, 'keyward.audit', 'INSERT')
      THEN coalesce(nullif(current_setting('keyward.actor', true), ''), 'sql:' || session_user)
    ELSE 'sql:' || session_user END
$$;

CREATE OR REPLACE FUNCTION keyward.end_assignment_of_deleted_zone() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  ended RECORD;
BEGIN
  FOR ended IN
    UPDATE keyward.assignment a
      SET state = 'ended', ended_at = clock_timestamp(), ended_by = keyward.acting()
      FROM keyward.key k
      WHERE k.id = a.key_id AND a.domain_id = OLD.id AND a.state <> 'ended'
      RETURNING a.id, a.zone, a.request_id, k.token_serial, k.label, k.cka_id, k.key_tag
  LOOP
    DELETE FROM keyward.signing_work w WHERE w.assignment_id = ended.id;
    DELETE FROM keyward.zsk z WHERE z.assignment_id = ended.id;
    UPDATE keyward.request r
      SET state = 'failed', answer = 'the zone was deleted', answered_at = clock_timestamp()
      WHERE r.id = ended.request_id AND r.state = 'started';
    INSERT INTO keyward.audit
      (at, actor, action, result, zone, token_serial, key_label, cka_id, key_tag, detail)
    VALUES (
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      keyward.acting(), 'ZONE_UNSIGNED', 'DONE',
      CASE WHEN ended.zone = '.' THEN '.' ELSE ended.zone || '.' END,
      ended.token_serial, ended.label, ended.cka_id, ended.key_tag::TEXT, 'the zone was deleted');
  END LOOP;
  RETURN OLD;
END
$$;

-- For a server's login, beside keyward_serve, where people are to work through its admin API.
DO $roles$
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keyward_admin') THEN
      CREATE ROLE keyward_admin NOLOGIN;
    END IF;
  EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database of this server made it at the same moment
  END;

  GRANT USAGE ON SCHEMA keyward TO keyward_admin;
  GRANT SELECT, INSERT, UPDATE, DELETE ON domains, records TO keyward_admin;
  GRANT SELECT ON domainmetadata TO keyward_admin;
  GRANT USAGE ON SEQUENCE domains_id_seq, records_id_seq TO keyward_admin;
  GRANT SELECT, INSERT, UPDATE ON keyward.request, keyward.api_token TO keyward_admin;
  GRANT SELECT, INSERT ON keyward.audit TO keyward_admin;
  GRANT SELECT ON keyward.audit_head, keyward.key, keyward.assignment, keyward.signed_set,
    keyward.signing_work, keyward.token_status, keyward.token_forecast, keyward.zone_status,
    keyward.key_assignments, keyward.problem, keyward.problems TO keyward_admin;
  GRANT SELECT (id, name, role, created_at, created_by, expires_at, revoked_at, revoked_by)
    ON keyward.api_token TO keyward_auditor;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the role keyward_admin is left out: %', SQLERRM;
END
$roles$;
