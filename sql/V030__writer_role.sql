-- Who may write zones for PowerDNS: granted to a server's login beside keyward_serve where PowerDNS is
-- to change zones (pdnsutil, its API, DNS UPDATE, transfers in). Without it a server only reads.

SET LOCAL search_path TO public;

DO $roles$
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'keyward_writer') THEN
      CREATE ROLE keyward_writer NOLOGIN;
    END IF;
  EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database of this server made it at the same moment
  END;

  GRANT USAGE ON SCHEMA keyward TO keyward_writer;
  GRANT SELECT, INSERT, UPDATE, DELETE ON domains, records, domainmetadata, cryptokeys, tsigkeys
    TO keyward_writer;
  GRANT SELECT ON supermasters TO keyward_writer;
  GRANT USAGE ON SEQUENCE domains_id_seq, records_id_seq, domainmetadata_id_seq, cryptokeys_id_seq,
    tsigkeys_id_seq TO keyward_writer;
  GRANT SELECT ON keyward.change, keyward.assignment, keyward.token_status TO keyward_writer;
  GRANT SELECT, INSERT ON keyward.request, keyward.audit TO keyward_writer;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the role keyward_writer is left out: %', SQLERRM;
END
$roles$;
