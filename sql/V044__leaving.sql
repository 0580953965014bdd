-- The way back to PowerDNS's gpgsql backend, and from there to Keyward again: docs/migrate.md.

SET LOCAL search_path TO public;

-- Only the owner of the tables may; nothing else is changed. Zones are read anew after coming back.
CREATE FUNCTION keyward.set_triggers(enabled BOOL) RETURNS VOID
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  t RECORD;
BEGIN
  FOR t IN
    SELECT g.tgrelid::REGCLASS AS of_table, g.tgname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
    WHERE g.tgname LIKE 'keyward\_%' AND c.relnamespace = 'public'::REGNAMESPACE
  LOOP
    EXECUTE format('ALTER TABLE %s %s TRIGGER %I', t.of_table,
      CASE WHEN enabled THEN 'ENABLE' ELSE 'DISABLE' END, t.tgname);
  END LOOP;
  IF enabled THEN
    PERFORM keyward.touch_zone(d.id) FROM public.domains d;
  END IF;
END
$$;
COMMENT ON FUNCTION keyward.set_triggers IS
  'switches everything off, or on, that Keyward does when PowerDNS''s own tables are written';

REVOKE EXECUTE ON FUNCTION keyward.set_triggers(BOOL) FROM PUBLIC;
