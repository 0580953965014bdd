-- Many zones that change at once: their serials move in one statement, and what is done at commit for
-- each zone looks for that zone alone.

SET LOCAL search_path TO public;

-- Without a search path of their own, so that they become a part of the statements that use them.
CREATE OR REPLACE FUNCTION keyward.serial_in(content TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_catalog.substring(content, '^\S+\s+\S+\s+(\d{1,10})(?!\d)')::pg_catalog.int8
$$;
CREATE OR REPLACE FUNCTION keyward.serial_after(later BIGINT, earlier BIGINT) RETURNS BOOL
LANGUAGE sql IMMUTABLE AS $$
  SELECT (later - earlier + 4294967296) % 4294967296 BETWEEN 1 AND 2147483647
$$;

-- The zones are locked in the order of their numbers, as at commit. It counts from the row as it is
-- then: after another writer's commit, the second statement sees it.
CREATE FUNCTION keyward.bump_serials(domains INT[]) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF cardinality(domains) = 0 THEN
    RETURN; -- looking for none may mean looking at all
  END IF;
  PERFORM FROM public.domains d JOIN public.records r ON r.name = d.name AND r.domain_id = d.id
    WHERE d.id = ANY (domains) AND r.type = 'SOA'
    ORDER BY d.id, r.id FOR NO KEY UPDATE OF r;
  UPDATE public.records r
  SET content = regexp_replace(
    r.content,
    '^(\S+\s+\S+\s+)\d+',
    '\1' || keyward.next_serial(
      keyward.serial_in(r.content), keyward.serial_style(d.id), clock_timestamp())::TEXT)
  FROM public.domains d
  WHERE d.id = ANY (domains) AND r.name = d.name AND r.domain_id = d.id AND r.type = 'SOA'
    AND keyward.serial_in(r.content) IS NOT NULL;
END
$$;

CREATE OR REPLACE FUNCTION keyward.bump_serial(domain INT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT keyward.bump_serials(ARRAY[domain])
$$;

CREATE FUNCTION keyward.touch_zones(domains INT[]) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO keyward.change (kind, domain_id) SELECT 'zone', d FROM unnest(domains) d;
  SELECT pg_notify('keyward_change', '');
$$;

-- All at the first of them; for the others there is nothing left.
CREATE OR REPLACE FUNCTION keyward.move_serial() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  zone RECORD;
BEGIN
  IF NOT EXISTS (SELECT FROM keyward.touched t
    WHERE t.txid = NEW.txid AND t.domain_id = NEW.domain_id) THEN
    RETURN NULL;
  END IF;
  FOR zone IN
    SELECT t.domain_id, t.serial FROM keyward.touched t WHERE t.txid = NEW.txid ORDER BY t.domain_id
  LOOP
    PERFORM keyward.settle_serial(zone.domain_id, zone.serial);
  END LOOP;
  -- Last, so that moving the serials does not count as a first touch again.
  DELETE FROM keyward.touched t WHERE t.txid = NEW.txid;
  RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION keyward.bump_serials(INT[]), keyward.touch_zones(INT[]) FROM PUBLIC;

DO $roles$
BEGIN
  GRANT EXECUTE ON FUNCTION keyward.bump_serials(INT[]), keyward.touch_zones(INT[]) TO keyward_sign;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
