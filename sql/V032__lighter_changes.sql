-- Changes that leave a zone's records alone, so that servers need not read the whole zone again:
-- 'signing' when signatures were made ahead or come into use, 'header' when only what PowerDNS notes
-- about transfers moved.

SET LOCAL search_path TO public;

ALTER TABLE keyward.change DROP CONSTRAINT change_kind_check;
ALTER TABLE keyward.change ADD CONSTRAINT change_kind_check
  CHECK (kind IN ('name', 'zone', 'signing', 'header', 'tsig'));

CREATE FUNCTION keyward.touch_signing(domain INT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO keyward.change (kind, domain_id) VALUES ('signing', domain);
  SELECT pg_notify('keyward_change', '');
$$;
REVOKE EXECUTE ON FUNCTION keyward.touch_signing(INT) FROM PUBLIC;

CREATE OR REPLACE FUNCTION keyward.note_zone_rows() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  is_header BOOL := false;
BEGIN
  IF TG_TABLE_NAME = 'domains' AND TG_OP = 'UPDATE' THEN
    is_header := (OLD.id, OLD.name, OLD.master, OLD.type)
      IS NOT DISTINCT FROM (NEW.id, NEW.name, NEW.master, NEW.type);
  END IF;
  IF is_header THEN
    INSERT INTO keyward.change (kind, domain_id) VALUES ('header', NEW.id);
    PERFORM pg_notify('keyward_change', '');
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    IF TG_TABLE_NAME = 'domains' THEN
      INSERT INTO keyward.change (kind, domain_id) VALUES ('zone', OLD.id);
    ELSE
      INSERT INTO keyward.change (kind, domain_id) VALUES ('zone', OLD.domain_id);
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    IF TG_TABLE_NAME = 'domains' THEN
      INSERT INTO keyward.change (kind, domain_id) VALUES ('zone', NEW.id);
    ELSE
      INSERT INTO keyward.change (kind, domain_id) VALUES ('zone', NEW.domain_id);
    END IF;
  END IF;
  PERFORM pg_notify('keyward_change', '');
  RETURN NULL;
END
$$;

DO $roles$
BEGIN
  GRANT EXECUTE ON FUNCTION keyward.touch_signing(INT) TO keyward_sign;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
