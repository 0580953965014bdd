-- The serials of many zones move by their SOA rows. A join in the statement that moves them could
-- read the SOA of every zone there is.

SET LOCAL search_path TO public;

-- The zones are locked in the order of their numbers, as at commit. It counts from the row as it is
-- then: after another writer's commit, the second statement sees it.
CREATE OR REPLACE FUNCTION keyward.bump_serials(domains INT[]) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  rows BIGINT[];
BEGIN
  IF cardinality(domains) = 0 THEN
    RETURN; -- looking for none may mean looking at all
  END IF;
  rows := ARRAY(
    SELECT r.id FROM public.domains d JOIN public.records r ON r.name = d.name AND r.domain_id = d.id
    WHERE d.id = ANY (domains) AND r.type = 'SOA'
    ORDER BY d.id, r.id FOR NO KEY UPDATE OF r);
  UPDATE public.records r
  SET content = regexp_replace(
    r.content,
    '^(\S+\s+\S+\s+)\d+',
    '\1' || keyward.next_serial(
      keyward.serial_in(r.content), keyward.serial_style(r.domain_id), clock_timestamp())::TEXT)
  WHERE r.id = ANY (rows) AND r.type = 'SOA' AND keyward.serial_in(r.content) IS NOT NULL;
END
$$;
