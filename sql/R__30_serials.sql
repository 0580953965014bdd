-- The SOA serial moves by itself, once per transaction and zone, in the zone's own style:
-- docs/decisions/0010-serial-styles.md.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

-- The serial that an SOA's content holds. More digits than a serial can have are none, so that an adopted
-- row with such a serial fails nobody.
CREATE OR REPLACE FUNCTION keyward.serial_in(content TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_catalog.substring(content, '^\S+\s+\S+\s+(\d{1,10})(?!\d)')::pg_catalog.int8
$$;

-- Whether a serial is after another (RFC 1982).
CREATE OR REPLACE FUNCTION keyward.serial_after(later BIGINT, earlier BIGINT) RETURNS BOOL
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (later - earlier + 4294967296) % 4294967296 BETWEEN 1 AND 2147483647
$$;

-- COUNTER, DATE (YYYYMMDDnn) or EPOCH, from the metadata X-KEYWARD-SERIAL; else what SOA-EDIT-API, by
-- which PowerDNS's API moves the serial, comes to; else COUNTER.
CREATE OR REPLACE FUNCTION keyward.serial_style(domain INT) RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- The serial after this one: what the style wants if that is ahead, else one more. Never 0, which some
-- secondaries take for "none".
CREATE OR REPLACE FUNCTION keyward.next_serial(current BIGINT, style TEXT, at TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN keyward.serial_after(w.wanted, current) THEN w.wanted
    ELSE greatest((current + 1) % 4294967296, 1) END
  FROM (SELECT CASE style
    WHEN 'DATE' THEN to_char(at AT TIME ZONE 'UTC', 'YYYYMMDD')::BIGINT * 100 + 1
    WHEN 'EPOCH' THEN floor(extract(epoch FROM at))::BIGINT % 4294967296 END AS wanted) w
$$;

CREATE OR REPLACE FUNCTION keyward.serial_of(domain INT) RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT keyward.serial_in(r.content)
  FROM public.domains d JOIN public.records r ON r.name = d.name AND r.domain_id = d.id
  WHERE d.id = domain AND r.type = 'SOA' AND NOT coalesce(r.disabled, false)
  ORDER BY r.id LIMIT 1
$$;

-- The zones are locked in the order of their numbers, as at commit. It counts from the row as it is
-- then: after another writer's commit, the second statement sees it.
CREATE OR REPLACE FUNCTION keyward.bump_serials(domains INT[]) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- It counts from the row itself: after waiting for another writer's commit, only the row is new, not
-- what the statement's snapshot sees elsewhere.
CREATE OR REPLACE FUNCTION keyward.bump_serial(domain INT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT keyward.bump_serials(ARRAY[domain])
$$;

-- Whoever sets the serial himself is obeyed, and told when secondaries will not see it.
CREATE OR REPLACE FUNCTION keyward.settle_serial(domain INT, before BIGINT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  now BIGINT := keyward.serial_of(domain);
  zone TEXT;
BEGIN
  SELECT d.name INTO zone FROM public.domains d
    WHERE d.id = domain AND upper(d.type) NOT IN ('SLAVE', 'CONSUMER');
  IF zone IS NOT NULL AND (before IS NULL OR before = now) THEN
    PERFORM keyward.bump_serial(domain);
  ELSIF zone IS NOT NULL AND before >= 0 AND NOT keyward.serial_after(now, before) THEN
    RAISE WARNING 'zone %: its serial goes back from % to %; secondaries will not fetch it until it is'
      ' beyond %', zone, before, now, before;
  END IF;
END
$$;

-- At commit: the serial moves unless the transaction has moved it itself. All zones of the transaction at
-- the first of them, in the order of their numbers, so that two transactions never wait for each other;
-- for the others there is nothing left.
CREATE OR REPLACE FUNCTION keyward.move_serial() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
CREATE CONSTRAINT TRIGGER keyward_move_serial AFTER INSERT ON keyward.touched
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION keyward.move_serial();

CREATE OR REPLACE FUNCTION keyward.check_metadata() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF upper(trim(NEW.content)) NOT IN ('COUNTER', 'DATE', 'EPOCH') THEN
    RAISE EXCEPTION 'zone %: X-KEYWARD-SERIAL cannot be ''%''; write COUNTER, DATE or EPOCH',
      (SELECT d.name FROM public.domains d WHERE d.id = NEW.domain_id), NEW.content
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_metadata BEFORE INSERT OR UPDATE OF kind, content ON public.domainmetadata
  FOR EACH ROW WHEN (NEW.kind = 'X-KEYWARD-SERIAL') EXECUTE FUNCTION keyward.check_metadata();
