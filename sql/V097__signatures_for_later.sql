-- A signature that is made weeks ahead is nothing that a server has to hurry for: it is told without a
-- notice, and reads many such zones at once, a while later.

SET LOCAL search_path TO public;

ALTER TABLE keyward.change DROP CONSTRAINT change_kind_check;
ALTER TABLE keyward.change ADD CONSTRAINT change_kind_check
  CHECK (kind IN ('name', 'zone', 'signing', 'runway', 'header', 'tsig'));

CREATE FUNCTION keyward.touch_runways(domains INT[]) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO keyward.change (kind, domain_id) SELECT 'runway', d FROM unnest(domains) d;
$$;
REVOKE EXECUTE ON FUNCTION keyward.touch_runways(INT[]) FROM PUBLIC;

DO $roles$
BEGIN
  GRANT EXECUTE ON FUNCTION keyward.touch_runways(INT[]) TO keyward_sign;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
