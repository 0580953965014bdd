-- The change feed: every committed change of what PowerDNS is to see leaves a row here, written by
-- statement-level triggers, so that its cost is that of the change. And the SOA serial, which moves
-- by itself once per transaction and zone.

SET LOCAL search_path TO public;

CREATE TABLE keyward.change (
  id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  txid       XID8 NOT NULL DEFAULT pg_current_xact_id(),
  made_at    TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  kind       TEXT NOT NULL CHECK (kind IN ('name', 'zone', 'tsig')),
  domain_id  INT,
  name       TEXT
);
CREATE INDEX change_txid ON keyward.change (txid);
COMMENT ON TABLE keyward.change IS 'what committed transactions touched; Keyward reads it and follows';

-- One row for each zone that a transaction touched: the deferred trigger on it moves the serial.
-- Its serial is that before the transaction itself wrote the SOA, -1 for a zone that had none, and
-- null as long as the transaction leaves the SOA alone.
CREATE TABLE keyward.touched (
  txid       XID8 NOT NULL,
  domain_id  INT NOT NULL,
  serial     BIGINT,
  PRIMARY KEY (txid, domain_id)
);

CREATE FUNCTION keyward.touch_zone(domain INT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO keyward.change (kind, domain_id) VALUES ('zone', domain);
  SELECT pg_notify('keyward_change', '');
$$;

-- The serial that an SOA's content holds.
CREATE FUNCTION keyward.serial_in(content TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT substring(content FROM '^\S+\s+\S+\s+(\d+)')::BIGINT
$$;

CREATE FUNCTION keyward.serial_of(domain INT) RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT keyward.serial_in(r.content) FROM public.records r
  WHERE r.domain_id = domain AND r.type = 'SOA' AND NOT coalesce(r.disabled, false)
  ORDER BY r.id LIMIT 1
$$;

-- Adds one (RFC 1982). The rest of the SOA stays as it is written. It counts from the row itself:
-- after waiting for another writer's commit, only the row is new, not what the statement's snapshot
-- sees elsewhere.
CREATE FUNCTION keyward.bump_serial(domain INT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.records r
  SET content = regexp_replace(
    r.content,
    '^(\S+\s+\S+\s+)\d+',
    '\1' || ((keyward.serial_in(r.content) + 1) % 4294967296)::TEXT)
  WHERE r.domain_id = domain AND r.type = 'SOA' AND keyward.serial_in(r.content) IS NOT NULL
$$;

-- Whether the transaction set the serial is judged by what it wrote to the SOA, never by comparing
-- with what the serial was when it began: others may have moved it meanwhile.
CREATE FUNCTION keyward.note_inserted() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO keyward.change (kind, domain_id, name)
    SELECT DISTINCT 'name', n.domain_id, n.name FROM new_rows n
    WHERE n.domain_id IS NOT NULL AND n.name IS NOT NULL;
  -- A transaction that brings an SOA sets the serial itself: -1 is never what it was before.
  INSERT INTO keyward.touched (txid, domain_id, serial)
    SELECT pg_current_xact_id(), n.domain_id,
      CASE WHEN bool_or(n.type = 'SOA') THEN -1 END
    FROM new_rows n WHERE n.domain_id IS NOT NULL
    GROUP BY n.domain_id ORDER BY n.domain_id
    ON CONFLICT (txid, domain_id)
      DO UPDATE SET serial = coalesce(touched.serial, excluded.serial);
  PERFORM pg_notify('keyward_change', '');
  RETURN NULL;
END
$$;

CREATE FUNCTION keyward.note_deleted() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO keyward.change (kind, domain_id, name)
    SELECT DISTINCT 'name', o.domain_id, o.name FROM old_rows o
    WHERE o.domain_id IS NOT NULL AND o.name IS NOT NULL;
  INSERT INTO keyward.touched (txid, domain_id, serial)
    SELECT pg_current_xact_id(), o.domain_id,
      max(CASE WHEN o.type = 'SOA' THEN keyward.serial_in(o.content) END)
    FROM old_rows o WHERE o.domain_id IS NOT NULL
    GROUP BY o.domain_id ORDER BY o.domain_id
    ON CONFLICT (txid, domain_id)
      DO UPDATE SET serial = coalesce(touched.serial, excluded.serial);
  PERFORM pg_notify('keyward_change', '');
  RETURN NULL;
END
$$;

CREATE FUNCTION keyward.note_updated() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  -- PowerDNS's rectify sets ordername and auth, which Keyward does not use: that is no change.
  IF NOT EXISTS (
    SELECT id, domain_id, name, type, content, ttl, prio, disabled FROM new_rows
    EXCEPT
    SELECT id, domain_id, name, type, content, ttl, prio, disabled FROM old_rows)
  THEN
    RETURN NULL;
  END IF;
  INSERT INTO keyward.change (kind, domain_id, name)
    SELECT DISTINCT 'name', r.domain_id, r.name
    FROM (
      (SELECT domain_id, name, id, type, content, ttl, prio, disabled FROM old_rows
       EXCEPT SELECT domain_id, name, id, type, content, ttl, prio, disabled FROM new_rows)
      UNION ALL
      (SELECT domain_id, name, id, type, content, ttl, prio, disabled FROM new_rows
       EXCEPT SELECT domain_id, name, id, type, content, ttl, prio, disabled FROM old_rows)) r
    WHERE r.domain_id IS NOT NULL AND r.name IS NOT NULL;
  INSERT INTO keyward.touched (txid, domain_id, serial)
    SELECT pg_current_xact_id(), o.domain_id,
      max(CASE WHEN o.type = 'SOA' THEN keyward.serial_in(o.content) END)
    FROM (SELECT domain_id, type, content FROM old_rows
          UNION ALL SELECT domain_id, NULL, NULL FROM new_rows) o
    WHERE o.domain_id IS NOT NULL
    GROUP BY o.domain_id ORDER BY o.domain_id
    ON CONFLICT (txid, domain_id)
      DO UPDATE SET serial = coalesce(touched.serial, excluded.serial);
  PERFORM pg_notify('keyward_change', '');
  RETURN NULL;
END
$$;

CREATE TRIGGER keyward_inserted AFTER INSERT ON records
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_inserted();
CREATE TRIGGER keyward_deleted AFTER DELETE ON records
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_deleted();
CREATE TRIGGER keyward_updated AFTER UPDATE ON records
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_updated();

-- At commit: the serial moves unless the transaction has moved it itself. The row is read again, for
-- later statements may have written its serial.
CREATE FUNCTION keyward.move_serial() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  before BIGINT;
BEGIN
  SELECT t.serial INTO before FROM keyward.touched t
    WHERE t.txid = NEW.txid AND t.domain_id = NEW.domain_id;
  IF (before IS NULL OR before = keyward.serial_of(NEW.domain_id))
    AND EXISTS (
      SELECT FROM public.domains d
      WHERE d.id = NEW.domain_id AND upper(d.type) NOT IN ('SLAVE', 'CONSUMER'))
  THEN
    PERFORM keyward.bump_serial(NEW.domain_id);
  END IF;
  -- Last, so that moving the serial does not count as a first touch again.
  DELETE FROM keyward.touched t WHERE t.txid = NEW.txid AND t.domain_id = NEW.domain_id;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_move_serial AFTER INSERT ON keyward.touched
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION keyward.move_serial();

CREATE FUNCTION keyward.note_zone_rows() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
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
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON domains
  FOR EACH ROW EXECUTE FUNCTION keyward.note_zone_rows();
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON domainmetadata
  FOR EACH ROW EXECUTE FUNCTION keyward.note_zone_rows();
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON cryptokeys
  FOR EACH ROW EXECUTE FUNCTION keyward.note_zone_rows();

CREATE FUNCTION keyward.note_tsig() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  INSERT INTO keyward.change (kind) VALUES ('tsig');
  PERFORM pg_notify('keyward_change', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON tsigkeys
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_tsig();

CREATE FUNCTION keyward.prune_changes(older_than INTERVAL) RETURNS BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH gone AS (
    DELETE FROM keyward.change WHERE made_at < now() - older_than RETURNING 1)
  SELECT count(*) FROM gone
$$;

-- What could not be served, and why: written by the servers, for people.
CREATE TABLE keyward.problem (
  domain_id  INT NOT NULL REFERENCES domains(id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  type       TEXT NOT NULL,
  content    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  found_at   TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX problem_domain ON keyward.problem (domain_id);
CREATE VIEW keyward.problems AS
  SELECT d.name AS zone, p.name, p.type, p.content, p.reason, p.found_at
  FROM keyward.problem p JOIN domains d ON d.id = p.domain_id;
COMMENT ON VIEW keyward.problems IS 'records that are left out of their zone, with the reason';
