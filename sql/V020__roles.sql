-- Roles to grant to logins, each with the least that its work needs. A user who may not create roles
-- gets a notice and goes on without them: the owner of the tables can do everything.

SET LOCAL search_path TO public;

-- Triggers run these for whoever writes; nobody else needs to call them.
REVOKE EXECUTE ON FUNCTION keyward.touch_zone(INT), keyward.bump_serial(INT),
  keyward.prune_changes(INTERVAL) FROM PUBLIC;

DO $roles$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['keyward_serve', 'keyward_sign', 'keyward_dba', 'keyward_auditor'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this server made it at the same moment
    END;
  END LOOP;

  GRANT USAGE ON SCHEMA keyward TO keyward_serve, keyward_sign, keyward_dba, keyward_auditor;

  GRANT SELECT ON domains, records, domainmetadata, cryptokeys, tsigkeys TO keyward_serve;
  GRANT SELECT ON keyward.change, keyward.assignment, keyward.key, keyward.zsk,
    keyward.signed_set TO keyward_serve;
  GRANT SELECT, INSERT, DELETE ON keyward.problem TO keyward_serve;

  GRANT SELECT ON domains, records, domainmetadata, cryptokeys, keyward.flyway_schema_history
    TO keyward_sign;
  -- Locks the zone that it assigns a key to, for which PostgreSQL wants the right to update something.
  GRANT UPDATE (notified_serial) ON domains TO keyward_sign;
  GRANT SELECT, INSERT, UPDATE, DELETE ON keyward.key, keyward.request, keyward.assignment,
    keyward.zsk, keyward.signed_set, keyward.signing_work, keyward.pin_memory,
    keyward.token_status TO keyward_sign;
  GRANT SELECT, INSERT ON keyward.audit TO keyward_sign;
  GRANT SELECT ON keyward.audit_head, keyward.problem TO keyward_sign;
  GRANT EXECUTE ON FUNCTION keyward.touch_zone(INT), keyward.bump_serial(INT),
    keyward.prune_changes(INTERVAL) TO keyward_sign;

  -- Not cryptokeys: private keys that PowerDNS signs with are in it.
  GRANT SELECT, INSERT, UPDATE, DELETE ON domains, records, domainmetadata, tsigkeys, comments,
    supermasters TO keyward_dba;
  GRANT USAGE ON SEQUENCE domains_id_seq, records_id_seq, domainmetadata_id_seq, tsigkeys_id_seq,
    comments_id_seq TO keyward_dba;
  GRANT SELECT ON keyward.problems, keyward.zone_status, keyward.key_assignments TO keyward_dba;

  GRANT SELECT ON keyward.audit, keyward.audit_head, keyward.key, keyward.assignment,
    keyward.request, keyward.problems, keyward.zone_status, keyward.key_assignments
    TO keyward_auditor;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'roles keyward_serve, keyward_sign, keyward_dba and keyward_auditor are left out: %', SQLERRM;
END
$roles$;
