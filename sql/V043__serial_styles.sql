-- The serial moves in the zone's own style: docs/decisions/0010-serial-styles.md.

SET LOCAL search_path TO public;

-- COUNTER, DATE (YYYYMMDDnn) or EPOCH, from the metadata X-KEYWARD-SERIAL; else what SOA-EDIT-API, by
-- which PowerDNS's API moves the serial, comes to; else COUNTER.
CREATE FUNCTION keyward.serial_style(domain INT) RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce((
    SELECT CASE upper(m.kind) || ' ' || upper(trim(m.content))
      WHEN 'X-KEYWARD-SERIAL DATE' THEN 'DATE'
      WHEN 'X-KEYWARD-SERIAL EPOCH' THEN 'EPOCH'
      WHEN 'SOA-EDIT-API DEFAULT' THEN 'DATE'
      WHEN 'SOA-EDIT-API EPOCH' THEN 'EPOCH'
      ELSE 'COUNTER' END
    FROM public.domainmetadata m
    WHERE m.domain_id = domain AND upper(m.kind) IN ('X-KEYWARD-SERIAL', 'SOA-EDIT-API')
    ORDER BY upper(m.kind) DESC, m.id LIMIT 1), 'COUNTER')
$$;

-- Whether a serial is after another (RFC 1982).
CREATE FUNCTION keyward.serial_after(later BIGINT, earlier BIGINT) RETURNS BOOL
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT (later - earlier + 4294967296) % 4294967296 BETWEEN 1 AND 2147483647
$$;

-- The serial after this one: what the style wants if that is ahead, else one more. Never 0, which some
-- secondaries take for "none".
CREATE FUNCTION keyward.next_serial(current BIGINT, style TEXT, at TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT CASE WHEN keyward.serial_after(w.wanted, current) THEN w.wanted
    ELSE greatest((current + 1) % 4294967296, 1) END
  FROM (SELECT CASE style
    WHEN 'DATE' THEN to_char(at AT TIME ZONE 'UTC', 'YYYYMMDD')::BIGINT * 100 + 1
    WHEN 'EPOCH' THEN floor(extract(epoch FROM at))::BIGINT % 4294967296 END AS wanted) w
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
  WHERE r.domain_id = domain AND r.type = 'SOA' AND keyward.serial_in(r.content) IS NOT NULL
$$;

-- Whoever sets the serial himself is obeyed, and told when secondaries will not see it.
CREATE OR REPLACE FUNCTION keyward.move_serial() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before BIGINT;
  now BIGINT := keyward.serial_of(NEW.domain_id);
  zone TEXT;
BEGIN
  SELECT t.serial INTO before FROM keyward.touched t
    WHERE t.txid = NEW.txid AND t.domain_id = NEW.domain_id;
  SELECT d.name INTO zone FROM public.domains d
    WHERE d.id = NEW.domain_id AND upper(d.type) NOT IN ('SLAVE', 'CONSUMER');
  IF zone IS NOT NULL AND (before IS NULL OR before = now) THEN
    PERFORM keyward.bump_serial(NEW.domain_id);
  ELSIF zone IS NOT NULL AND before >= 0 AND NOT keyward.serial_after(now, before) THEN
    RAISE WARNING 'zone %: its serial goes back from % to %; secondaries will not fetch it until it is'
      ' beyond %', zone, before, now, before;
  END IF;
  -- Last, so that moving the serial does not count as a first touch again.
  DELETE FROM keyward.touched t WHERE t.txid = NEW.txid AND t.domain_id = NEW.domain_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION keyward.check_metadata() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF upper(trim(NEW.content)) NOT IN ('COUNTER', 'DATE', 'EPOCH') THEN
    RAISE EXCEPTION 'zone %: X-KEYWARD-SERIAL cannot be ''%''; write COUNTER, DATE or EPOCH',
      (SELECT d.name FROM public.domains d WHERE d.id = NEW.domain_id), NEW.content
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_metadata BEFORE INSERT OR UPDATE OF kind, content ON domainmetadata
  FOR EACH ROW WHEN (NEW.kind = 'X-KEYWARD-SERIAL') EXECUTE FUNCTION keyward.check_metadata();

REVOKE EXECUTE ON FUNCTION keyward.serial_style(INT), keyward.serial_after(BIGINT, BIGINT),
  keyward.next_serial(BIGINT, TEXT, TIMESTAMPTZ), keyward.check_metadata() FROM PUBLIC;
