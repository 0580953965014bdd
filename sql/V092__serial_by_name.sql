-- A zone's SOA is at its name: found by that name, and not by looking through all of the zone's rows,
-- of which there may be millions.

SET LOCAL search_path TO public;

CREATE OR REPLACE FUNCTION keyward.serial_of(domain INT) RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT keyward.serial_in(r.content)
  FROM public.domains d JOIN public.records r ON r.name = d.name AND r.domain_id = d.id
  WHERE d.id = domain AND r.type = 'SOA' AND NOT coalesce(r.disabled, false)
  ORDER BY r.id LIMIT 1
$$;

-- It counts from the row itself: after waiting for another writer's commit, only the row is new, not
-- what the statement's snapshot sees elsewhere.
CREATE OR REPLACE FUNCTION keyward.bump_serial(domain INT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.records r
  SET content = regexp_replace(
    r.content,
    '^(\S+\s+\S+\s+)\d+',
    '\1' || keyward.next_serial(
      keyward.serial_in(r.content), keyward.serial_style(domain), clock_timestamp())::TEXT)
  FROM public.domains d
  WHERE d.id = domain AND r.name = d.name AND r.domain_id = d.id AND r.type = 'SOA'
    AND keyward.serial_in(r.content) IS NOT NULL
$$;
