-- What DBAs and auditors may do, exactly; docs/privileges.md lists it for every role, and a test holds
-- the database against that list. Functions are nobody's unless they are granted.

SET LOCAL search_path TO public;

DO $functions$
DECLARE
  f REGPROCEDURE;
BEGIN
  FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'keyward'::REGNAMESPACE LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
  END LOOP;
END
$functions$;

-- PostgreSQL asks whoever writes a record for the right to call what the trigger's WHEN calls: also the
-- logins of panels and scripts, which have no role of Keyward's. It tells them nothing that they could
-- not read, and without rights in the schema keyward nobody can call it by hand.
GRANT EXECUTE ON FUNCTION keyward.at_alias(INT, TEXT) TO PUBLIC;

DO $roles$
BEGIN
  -- The granted functions that others are called from; REVOKE above took these too.
  GRANT EXECUTE ON FUNCTION keyward.touch_zone(INT), keyward.bump_serial(INT),
    keyward.prune_changes(INTERVAL) TO keyward_sign;

  -- A secret is written, never read; keys that PowerDNS signs with are neither.
  REVOKE ALL ON tsigkeys FROM keyward_dba;
  GRANT SELECT (id, name, algorithm), INSERT, UPDATE, DELETE ON tsigkeys TO keyward_dba;
  GRANT SELECT (id, domain_id, flags, active, published) ON cryptokeys TO keyward_dba;
  GRANT SELECT ON keyward.requests, keyward.ds_records, keyward.token_forecast TO keyward_dba;
  GRANT EXECUTE ON FUNCTION
    keyward.name_fault(TEXT), keyward.stored_name(TEXT), keyward.zone_id(TEXT),
    keyward.owner_name(TEXT, TEXT), keyward.stored_content(TEXT, TEXT),
    keyward.stored_priority(TEXT, TEXT, TEXT, TEXT), keyward.wire_name(TEXT),
    keyward.create_zone(TEXT, TEXT[], TEXT, TEXT), keyward.drop_zone(TEXT),
    keyward.replace_rrset(TEXT, TEXT, TEXT, INT, TEXT[]), keyward.load_zone(TEXT, REGCLASS),
    keyward.assign(TEXT, TEXT, TEXT, TEXT), keyward.unassign(TEXT, TEXT)
    TO keyward_dba;

  GRANT SELECT ON domains, records, domainmetadata, comments, supermasters TO keyward_auditor;
  GRANT SELECT (id, domain_id, flags, active, published) ON cryptokeys TO keyward_auditor;
  GRANT SELECT (id, name, algorithm) ON tsigkeys TO keyward_auditor;
  GRANT SELECT ON keyward.change, keyward.touched, keyward.problem, keyward.signed_set,
    keyward.signing_work, keyward.token_status, keyward.flyway_schema_history,
    keyward.requests, keyward.ds_records, keyward.token_forecast TO keyward_auditor;
  GRANT SELECT (id, assignment_id, algorithm, public_key, key_tag) ON keyward.zsk TO keyward_auditor;
  GRANT SELECT (token_serial, verdict, at) ON keyward.pin_memory TO keyward_auditor;
  GRANT EXECUTE ON FUNCTION keyward.wire_name(TEXT), keyward.name_fault(TEXT),
    keyward.audit_field(TEXT) TO keyward_auditor;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the rights of keyward_dba and keyward_auditor are left out: %', SQLERRM;
END
$roles$;
