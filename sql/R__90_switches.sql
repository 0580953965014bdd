-- When triggers run. Most do what the sessions of people and programs ask for; those that tell servers of
-- changes run also for what comes by logical replication, which other triggers must not refuse or change.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE OR REPLACE FUNCTION keyward.switch_triggers(enabled BOOL) RETURNS VOID
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t RECORD;
BEGIN
  FOR t IN
    SELECT g.tgrelid::REGCLASS AS of_table, g.tgname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
    WHERE g.tgname LIKE 'keyward\_%' AND c.relnamespace = 'public'::REGNAMESPACE
  LOOP
    EXECUTE format('ALTER TABLE %s %s TRIGGER %I', t.of_table,
      CASE
        WHEN NOT enabled THEN 'DISABLE'
        WHEN t.tgname = 'keyward_replicated' THEN 'ENABLE REPLICA'
        WHEN t.tgname IN ('keyward_changed', 'keyward_truncated', 'keyward_a_lock_zones_written',
          'keyward_a_lock_zones_gone', 'keyward_note_denial_written', 'keyward_note_denial_gone')
        THEN 'ENABLE ALWAYS'
        ELSE 'ENABLE'
      END, t.tgname);
  END LOOP;
END
$$;

-- Only the owner of the tables may; nothing else is changed. Zones are read anew after coming back.
CREATE OR REPLACE FUNCTION keyward.set_triggers(enabled BOOL) RETURNS VOID
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM keyward.switch_triggers(enabled);
  IF enabled THEN
    INSERT INTO keyward.change (kind) VALUES ('all');
    PERFORM pg_notify('keyward_change', '');
  END IF;
END
$$;
COMMENT ON FUNCTION keyward.set_triggers IS
  'switches everything off, or on, that Keyward does when PowerDNS''s own tables are written';

DO $switches$
BEGIN
  PERFORM keyward.switch_triggers(current_setting('keyward.left', true) IS DISTINCT FROM 'true');
END
$switches$;

REVOKE EXECUTE ON FUNCTION keyward.switch_triggers(BOOL), keyward.set_triggers(BOOL) FROM PUBLIC;

-- A backslash in a function's text is a backslash, whatever the session of its caller has: with
-- standard_conforming_strings = off, patterns and escapes would mean something else, and go on doing so in the
-- sessions that a pool gives to others afterwards.
DO $literals$
DECLARE
  f REGPROCEDURE;
BEGIN
  FOR f IN SELECT p.oid FROM pg_proc p
    WHERE p.pronamespace = 'keyward'::REGNAMESPACE AND position(chr(92) IN p.prosrc) > 0
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET standard_conforming_strings = on', f);
  END LOOP;
END
$literals$;
