-- What people see in psql (\d+, \df+, \du+) and what docs/reference/sql.md is made from.

COMMENT ON VIEW keyward.zone_status IS 'each zone: signed or not, with which key, until when, and what is left out of it';
COMMENT ON COLUMN keyward.zone_status.mode IS 'presigned when Keyward signs it, powerdns when PowerDNS does, else unsigned';
COMMENT ON COLUMN keyward.zone_status.state IS 'signing, signed or leaving; null when Keyward does not sign it';
COMMENT ON COLUMN keyward.zone_status.signed_until IS 'when the last signature of the key signing key ends';
COMMENT ON COLUMN keyward.zone_status.next_step IS 'when the next signature of the key signing key takes over';
COMMENT ON COLUMN keyward.zone_status.steps_waiting IS 'signatures that the token has still to make';
COMMENT ON COLUMN keyward.zone_status.problems IS 'records that are left out: see keyward.problems';
COMMENT ON VIEW keyward.key_assignments IS 'each use of a key for a zone, also past ones: since when, by whom, why';
COMMENT ON VIEW keyward.token_forecast IS 'each token: its fault, how much waits for it, when it will be done';
COMMENT ON COLUMN keyward.token_forecast.queue IS 'signatures that wait';
COMMENT ON COLUMN keyward.token_forecast.rate IS 'signatures a second, lately';
COMMENT ON COLUMN keyward.token_forecast.empty_in IS 'null while nothing was signed yet';
COMMENT ON COLUMN keyward.requests.state IS 'waiting (for a second person), queued, started, done, failed or rejected';
COMMENT ON COLUMN keyward.ds_records.digest_type IS '2: SHA-256';
COMMENT ON COLUMN keyward.ds_records.record IS 'the whole record, for the parent''s master file or registry';
COMMENT ON COLUMN keyward.problems.reason IS 'why the record is not served, and what to do';
COMMENT ON COLUMN keyward.findings.severity IS 'critical, warning or info';
COMMENT ON COLUMN keyward.findings.todo IS 'what to do about it';

DO $roles$
DECLARE
  role RECORD;
BEGIN
  FOR role IN SELECT * FROM (VALUES
      ('keyward_dba', 'people who change zones and ask for keys; reads no key material, no audit row, no signed set'),
      ('keyward_auditor', 'people who look: everything but key material, and changes nothing'),
      ('keyward_serve', 'the login of keyward serve'),
      ('keyward_writer', 'beside keyward_serve, where PowerDNS is to change zones'),
      ('keyward_admin', 'beside keyward_serve, for the admin API, the page and the command line'),
      ('keyward_sign', 'the login of keyward sign')) r (name, text)
    WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = r.name
      AND shobj_description(pg_roles.oid, 'pg_authid') IS DISTINCT FROM r.text)
  LOOP
    BEGIN
      EXECUTE format('COMMENT ON ROLE %I IS %L', role.name, role.text);
    EXCEPTION
      WHEN OTHERS THEN
        -- Not ours to describe, or another database of this server does it at the same moment.
        RAISE NOTICE 'the role % has no comment: %', role.name, SQLERRM;
    END;
  END LOOP;
END
$roles$;
