-- The files R__* hold functions, triggers, views and roles as they are now. When one of them changes, all
-- run again, in the order of their names: ${code}
-- A function that gets other arguments, or a view that loses a column, is dropped where it is made anew.

SET LOCAL search_path TO pg_catalog, pg_temp;

DO $former$
DECLARE
  former RECORD;
BEGIN
  -- After 'keyward leave' they are switched off, and stay so: R__90.
  PERFORM set_config('keyward.left', coalesce(bool_and(t.tgenabled = 'D'), false)::TEXT, true)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgname LIKE 'keyward\_%' AND NOT t.tgisinternal AND c.relnamespace = 'public'::REGNAMESPACE;
  FOR former IN
    SELECT t.tgname, t.tgrelid::REGCLASS AS of_table FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgname LIKE 'keyward\_%' AND NOT t.tgisinternal
      AND c.relnamespace IN ('public'::REGNAMESPACE, 'keyward'::REGNAMESPACE)
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', former.tgname, former.of_table);
  END LOOP;
END
$former$;
