-- Roles to grant to logins, each with the least that its work needs: docs/privileges.md lists it, and a
-- test holds the database against that list. A user who may not create roles gets a notice and goes on
-- without them: the owner of the tables can do everything.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

-- Functions are nobody's unless they are granted; triggers run theirs for whoever writes.
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
DECLARE
  role RECORD;
BEGIN
  FOR role IN SELECT * FROM (VALUES
    ('keyward_dba', 'people who change zones and ask for keys; reads no key material, no audit row, no signed set'),
    ('keyward_auditor', 'people who look: everything but key material, and changes nothing'),
    ('keyward_serve', 'the login of keyward serve'),
    ('keyward_writer', 'beside keyward_serve, where PowerDNS is to change zones'),
    ('keyward_admin', 'beside keyward_serve, for the admin API, the page and the command line'),
    ('keyward_sign', 'the login of keyward sign'),
    ('keyward_tools', 'the login of a PowerDNS for its API and pdnsutil alone: PowerDNS''s own tables and nothing of Keyward''s')) r (name, text)
  LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role.name) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role.name);
      END IF;
      IF shobj_description(to_regrole(role.name), 'pg_authid') IS DISTINCT FROM role.text THEN
        EXECUTE format('COMMENT ON ROLE %I IS %L', role.name, role.text);
      END IF;
    EXCEPTION
      WHEN OTHERS THEN
        -- Not ours to make or describe, or another database of this server does it at the same moment.
        RAISE NOTICE 'the role % is left as it is: %', role.name, SQLERRM;
    END;
  END LOOP;
END
$roles$;

-- Who can make objects of their own could give them the names that somebody else's statement means. A login
-- that needs temporary tables is granted them by name, as keyward_dba is for bulk loads: docs/privileges.md.
DO $creating$
BEGIN
  IF (SELECT pg_has_role(d.datdba, 'USAGE') FROM pg_database d WHERE d.datname = current_database()) THEN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    IF to_regrole('keyward_dba') IS NOT NULL THEN
      EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO keyward_dba', current_database());
    END IF;
  END IF;
  IF (SELECT pg_has_role(n.nspowner, 'USAGE') FROM pg_namespace n WHERE n.nspname = 'public') THEN
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  END IF;
END
$creating$;

DO $rights$
BEGIN
  GRANT USAGE ON SCHEMA keyward TO keyward_dba, keyward_auditor, keyward_serve, keyward_writer,
    keyward_admin, keyward_sign;

  -- Who looks at keyward.findings calls it.
  GRANT EXECUTE ON FUNCTION keyward.unreadable_rows() TO keyward_dba, keyward_auditor, keyward_serve,
    keyward_admin, keyward_sign;

  GRANT EXECUTE ON FUNCTION keyward.is_held_back(BIGINT, TEXT) TO keyward_dba, keyward_auditor, keyward_serve,
    keyward_writer, keyward_admin, keyward_sign;
  GRANT EXECUTE ON FUNCTION keyward.needs_two_people() TO keyward_dba, keyward_auditor, keyward_serve,
    keyward_writer, keyward_admin, keyward_sign;

  -- Who looks at keyward.parents_here calls it.
  GRANT EXECUTE ON FUNCTION keyward.names_above(TEXT) TO keyward_dba, keyward_auditor, keyward_admin, keyward_sign;

  -- Who looks at keyward.requests calls it.
  GRANT EXECUTE ON FUNCTION keyward.lasting(BIGINT),
    keyward.request_words(TEXT, TEXT, TEXT, TEXT, INT, TEXT, BIGINT, BOOL, TEXT) TO keyward_dba, keyward_auditor,
    keyward_serve, keyward_writer, keyward_admin, keyward_sign;

  -- A secret is written, never read; keys that PowerDNS signs with are neither.
  GRANT SELECT, INSERT, UPDATE, DELETE ON public.domains, public.records, public.domainmetadata,
    public.comments, public.supermasters TO keyward_dba;
  GRANT SELECT (id, name, algorithm), INSERT, UPDATE, DELETE ON public.tsigkeys TO keyward_dba;
  GRANT SELECT (id, domain_id, flags, active, published) ON public.cryptokeys TO keyward_dba;
  GRANT USAGE ON SEQUENCE public.domains_id_seq, public.records_id_seq, public.domainmetadata_id_seq,
    public.tsigkeys_id_seq, public.comments_id_seq TO keyward_dba;
  GRANT SELECT ON keyward.denial, keyward.problems, keyward.runway, keyward.zone_status, keyward.key_assignments,
    keyward.requests, keyward.ds_records, keyward.token_forecast, keyward.findings,
    keyward.key_inventory, keyward.powerdns_keys, keyward.key_states, keyward.rolls, keyward.roll_history,
    keyward.zone_servers, keyward.parent_servers, keyward.parents_here, keyward.ds_due, keyward.policies, keyward.policy_value,
    keyward.zone_policies TO keyward_dba;
  GRANT EXECUTE ON FUNCTION
    keyward.name_fault(TEXT), keyward.stored_name(TEXT), keyward.zone_id(TEXT),
    keyward.owner_name(TEXT, TEXT), keyward.a_label(TEXT), keyward.a_name(TEXT), keyward.content_name(TEXT, TEXT), keyward.stored_content(TEXT, TEXT, TEXT),
    keyward.stored_priority(TEXT, TEXT, TEXT, TEXT), keyward.wire_name(TEXT),
    keyward.create_zone(TEXT, TEXT[], TEXT, TEXT), keyward.drop_zone(TEXT, TEXT),
    keyward.replace_rrset(TEXT, TEXT, TEXT, BIGINT, TEXT[]), keyward.load_zone(TEXT, REGCLASS),
    keyward.assign(TEXT, TEXT, TEXT, TEXT, TEXT), keyward.set_mode(TEXT, TEXT, TEXT),
    keyward.unassign(TEXT, TEXT), keyward.cancel_unassign(TEXT, TEXT),
    keyward.cancel_request(BIGINT, TEXT), keyward.roll(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT),
    keyward.set_policy(TEXT, TEXT, TEXT), keyward.delete_policy(TEXT, TEXT), keyward.assign_policy(TEXT, TEXT, TEXT)
    TO keyward_dba;

  -- Looks at everything but secrets.
  GRANT SELECT ON public.domains, public.records, public.domainmetadata, public.comments,
    public.supermasters TO keyward_auditor;
  GRANT SELECT (id, domain_id, flags, active, published) ON public.cryptokeys TO keyward_auditor;
  GRANT SELECT (id, domain_id, flags, active, published, takes_pin) ON keyward.sealed_key TO keyward_auditor;
  GRANT SELECT (id, name, algorithm) ON public.tsigkeys TO keyward_auditor;
  GRANT SELECT ON keyward.flyway_schema_history, keyward.change, keyward.database_move, keyward.unnoticed_change, keyward.touched,
    keyward.problem, keyward.denial, keyward.key, keyward.assignment, keyward.ksk, keyward.signed_set, keyward.signed_child,
    keyward.signing_work, keyward.token_status, keyward.token_key, keyward.signature_count,
    keyward.parent_view, keyward.parent_ds_ttl, keyward.parent_server, keyward.parent_servers, keyward.parent_question, keyward.removed_zone, keyward.seal_key, keyward.audit, keyward.audit_head, keyward.rule, keyward.approved_deletion, keyward.finding,
    keyward.host_clock, keyward.server, keyward.server_pin, keyward.powerdns_contact, keyward.audit_check,
    keyward.clock_word, keyward.pruning, keyward.runway, keyward.powerdns_keys,
    keyward.problems, keyward.zone_status, keyward.key_assignments, keyward.requests,
    keyward.ds_records, keyward.token_forecast, keyward.findings, keyward.key_inventory,
    keyward.roll, keyward.roll_event, keyward.roll_ttl, keyward.roll_clock, keyward.zone_server,
    keyward.key_states, keyward.rolls, keyward.roll_history, keyward.zone_servers, keyward.parents_here, keyward.ds_due,
    keyward.policy, keyward.policy_value, keyward.lifetime, keyward.policies, keyward.zone_policies
    TO keyward_auditor;
  GRANT SELECT (id, assignment_id, algorithm, public_key, key_tag, published_from, published_until,
    signs_from, signs_until, unneeded_from, purged_at) ON keyward.zsk TO keyward_auditor;
  GRANT SELECT (token_serial, verdict, at) ON keyward.pin_memory TO keyward_auditor;
  GRANT SELECT (id, name, role, created_at, created_by, expires_at, revoked_at, revoked_by)
    ON keyward.api_token TO keyward_auditor;
  GRANT EXECUTE ON FUNCTION keyward.wire_name(TEXT), keyward.name_fault(TEXT) TO keyward_auditor;

  -- Answers from these, reports what it leaves out, and measures.
  GRANT SELECT ON public.domains, public.records, public.domainmetadata, public.cryptokeys,
    public.tsigkeys TO keyward_serve;
  GRANT SELECT ON keyward.change, keyward.denial, keyward.assignment, keyward.key, keyward.ksk, keyward.zsk,
    keyward.powerdns_private_keys, keyward.signed_set, keyward.signed_child, keyward.signing_work, keyward.token_status,
    keyward.signature_count, keyward.audit_head, keyward.audit_check, keyward.runway, keyward.findings,
    keyward.rolls, keyward.roll TO keyward_serve;
  -- The first process of a new database says which seal key is in force.
  GRANT SELECT, INSERT ON keyward.seal_key TO keyward_serve, keyward_sign;
  GRANT SELECT, INSERT, DELETE ON keyward.problem TO keyward_serve;
  GRANT SELECT, INSERT, UPDATE ON keyward.host_clock, keyward.powerdns_contact TO keyward_serve;
  GRANT SELECT, INSERT, UPDATE, DELETE ON keyward.server, keyward.server_pin TO keyward_serve;
  GRANT INSERT ON keyward.database_move, keyward.unnoticed_change TO keyward_serve;
  GRANT EXECUTE ON FUNCTION keyward.is_pin_refused(TEXT, BYTEA) TO keyward_serve;

  GRANT SELECT, INSERT, UPDATE ON keyward.server_copy TO keyward_serve;
  GRANT SELECT ON keyward.server_copy TO keyward_auditor, keyward_admin, keyward_sign;

  -- For PowerDNS: pdnsutil, its API, DNS UPDATE, transfers in. Without it a server only reads.
  GRANT SELECT, INSERT, UPDATE, DELETE ON public.domains, public.records, public.domainmetadata,
    public.cryptokeys, public.tsigkeys TO keyward_writer;
  GRANT SELECT ON public.supermasters TO keyward_writer;
  GRANT USAGE ON SEQUENCE public.domains_id_seq, public.records_id_seq, public.domainmetadata_id_seq,
    public.cryptokeys_id_seq, public.tsigkeys_id_seq TO keyward_writer;
  GRANT SELECT (id, domain_id), INSERT, UPDATE (active, published), DELETE ON keyward.sealed_key TO keyward_writer;
  GRANT SELECT ON keyward.change, keyward.assignment, keyward.token_status TO keyward_writer;
  GRANT INSERT ON keyward.request TO keyward_writer;
  GRANT SELECT, INSERT ON keyward.audit TO keyward_writer;

  -- PowerDNS with launch=gpgsql, for its API and pdnsutil: what such a PowerDNS has always had.
  GRANT SELECT, INSERT, UPDATE, DELETE ON public.domains, public.records, public.domainmetadata,
    public.cryptokeys, public.tsigkeys, public.comments, public.supermasters TO keyward_tools;
  GRANT USAGE ON SEQUENCE public.domains_id_seq, public.records_id_seq, public.domainmetadata_id_seq,
    public.cryptokeys_id_seq, public.tsigkeys_id_seq, public.comments_id_seq TO keyward_tools;

  -- For people, through the admin API.
  GRANT SELECT, INSERT, UPDATE, DELETE ON public.domains, public.records TO keyward_admin;
  GRANT SELECT, INSERT, UPDATE, DELETE ON public.domainmetadata TO keyward_admin;
  GRANT USAGE ON SEQUENCE public.domainmetadata_id_seq TO keyward_admin;
  GRANT UPDATE ON keyward.rule TO keyward_admin;
  GRANT USAGE ON SEQUENCE public.domains_id_seq, public.records_id_seq TO keyward_admin;
  GRANT INSERT, UPDATE ON keyward.request TO keyward_admin;
  GRANT SELECT, INSERT, UPDATE ON keyward.api_token TO keyward_admin;
  GRANT SELECT, INSERT ON keyward.audit TO keyward_admin;
  GRANT SELECT, INSERT, UPDATE ON keyward.parent_question TO keyward_admin;
  GRANT SELECT ON keyward.audit_head, keyward.rule, keyward.finding, keyward.problem, keyward.key,
    keyward.assignment, keyward.ksk, keyward.signed_set, keyward.signed_child, keyward.signing_work,
    keyward.token_status, keyward.token_key, keyward.signature_count, keyward.parent_view, keyward.parent_servers,
    keyward.problems, keyward.zone_status, keyward.key_assignments, keyward.token_forecast,
    keyward.host_clock, keyward.server, keyward.server_pin, keyward.powerdns_contact,
    keyward.audit_check, keyward.clock_word, keyward.runway, keyward.findings, keyward.key_inventory,
    keyward.powerdns_keys, keyward.key_states, keyward.rolls, keyward.roll_history,
    keyward.zone_servers, keyward.roll, keyward.roll_clock, keyward.parents_here, keyward.ds_due, keyward.policy, keyward.policy_value, keyward.lifetime,
    keyward.policies, keyward.zone_policies TO keyward_admin;
  GRANT EXECUTE ON FUNCTION keyward.second_person_fault(BIGINT, TEXT, TEXT), keyward.wire_name(TEXT) TO keyward_admin;
  -- The API changes sets of records by the function that people call.
  GRANT EXECUTE ON FUNCTION keyward.name_fault(TEXT), keyward.stored_name(TEXT), keyward.zone_id(TEXT),
    keyward.owner_name(TEXT, TEXT), keyward.a_label(TEXT), keyward.a_name(TEXT), keyward.content_name(TEXT, TEXT),
    keyward.stored_content(TEXT, TEXT, TEXT), keyward.stored_priority(TEXT, TEXT, TEXT, TEXT),
    keyward.replace_rrset(TEXT, TEXT, TEXT, BIGINT, TEXT[]) TO keyward_admin;

  -- The sealed key that comes with a request is the signer's alone.
  GRANT SELECT (id, kind, zone, token, label, algorithm, mode, key_label, hold, reason, insist, actor, state, answer,
    asked_at, answered_at, approved_by, approved_at, not_before)
    ON keyward.request TO keyward_auditor, keyward_serve, keyward_writer, keyward_admin;

  GRANT SELECT ON public.domains, public.records, public.domainmetadata, keyward.flyway_schema_history TO
    keyward_sign;
  -- Locks the zone that it assigns a key to, for which PostgreSQL wants the right to update something.
  GRANT UPDATE (notified_serial) ON public.domains TO keyward_sign;
  GRANT SELECT, INSERT, UPDATE, DELETE ON keyward.key, keyward.request, keyward.assignment,
    keyward.ksk, keyward.zsk, keyward.signed_set, keyward.signed_child, keyward.signing_work, keyward.pin_memory,
    keyward.token_status, keyward.token_key, keyward.signature_count, keyward.parent_view, keyward.parent_ds_ttl, keyward.parent_server,
    keyward.parent_question, keyward.removed_zone, keyward.finding, keyward.host_clock, keyward.clock_word, keyward.pruning,
    keyward.audit_check, keyward.roll, keyward.roll_ttl, keyward.roll_clock, keyward.zone_server,
    keyward.policy, keyward.policy_value, keyward.lifetime TO keyward_sign;
  GRANT SELECT ON keyward.zone_policies, keyward.parents_here TO keyward_sign;
  GRANT SELECT, INSERT ON keyward.roll_event TO keyward_sign;
  GRANT SELECT, INSERT ON keyward.audit TO keyward_sign;
  GRANT SELECT, DELETE ON keyward.database_move, keyward.unnoticed_change TO keyward_sign;
  GRANT SELECT, UPDATE ON keyward.rule TO keyward_sign;
  GRANT SELECT ON keyward.audit_head, keyward.problem, keyward.denial, keyward.findings,
    keyward.server, keyward.server_pin, keyward.powerdns_contact,
    keyward.powerdns_keys TO keyward_sign;
  GRANT EXECUTE ON FUNCTION
    keyward.touch_zone(INT), keyward.touch_zones(INT[]), keyward.touch_signing(INT),
    keyward.touch_runways(INT[]), keyward.bump_serial(INT), keyward.bump_serials(INT[]),
    keyward.prune_changes(INTERVAL), keyward.take_denial_steps(TIMESTAMPTZ, INT),
    keyward.take_mode_steps(TIMESTAMPTZ, INT), keyward.minimum_of(INT),
    keyward.child_wish(INT, TEXT), keyward.granted_wish(INT, TEXT), keyward.end_adoptions(TIMESTAMPTZ),
    keyward.give_key(INT, INT, BOOL, BYTEA), keyward.note_roll_serials(INT[], TIMESTAMPTZ), keyward.serial_of(INT),
    keyward.serial_after(BIGINT, BIGINT), keyward.give_policy(INT, TEXT),
    keyward.write_parent_ds(INT, TEXT[], BIGINT[]) TO keyward_sign;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the rights of Keyward''s roles are left out: %', SQLERRM;
END
$rights$;
