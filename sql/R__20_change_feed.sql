-- The change feed: every committed change of what PowerDNS is to see leaves a row in keyward.change, written
-- by statement-level triggers, so that its cost is that of the change; a statement that changes very many names
-- of a zone leaves one row ('many') for all of them. Of the kinds, 'signing' and 'runway'
-- leave a zone's records alone, and 'header' tells only of what PowerDNS notes about transfers, so that
-- servers need not read the whole zone again. After 'all' they read everything.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE OR REPLACE FUNCTION keyward.touch_zone(domain INT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO keyward.change (kind, domain_id) VALUES ('zone', domain);
  SELECT pg_notify('keyward_change', '');
$$;

CREATE OR REPLACE FUNCTION keyward.touch_zones(domains INT[]) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO keyward.change (kind, domain_id) SELECT 'zone', d FROM unnest(domains) d;
  SELECT pg_notify('keyward_change', '');
$$;

CREATE OR REPLACE FUNCTION keyward.touch_signing(domain INT) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO keyward.change (kind, domain_id) VALUES ('signing', domain);
  SELECT pg_notify('keyward_change', '');
$$;

CREATE OR REPLACE FUNCTION keyward.touch_runways(domains INT[]) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO keyward.change (kind, domain_id) SELECT 'runway', d FROM unnest(domains) d;
$$;

-- Whether the transaction set the serial is judged by what it wrote to the SOA, never by comparing
-- with what the serial was when it began: others may have moved it meanwhile.
CREATE OR REPLACE FUNCTION keyward.note_inserted() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  WITH changed AS MATERIALIZED (
      SELECT DISTINCT n.domain_id, n.name FROM new_rows n
      WHERE n.domain_id IS NOT NULL AND n.name IS NOT NULL),
    many AS (SELECT c.domain_id FROM changed c GROUP BY c.domain_id HAVING count(*) > 2000)
  INSERT INTO keyward.change (kind, domain_id, name)
    SELECT 'name', c.domain_id, c.name FROM changed c
      WHERE NOT EXISTS (SELECT FROM many m WHERE m.domain_id = c.domain_id)
    UNION ALL SELECT 'many', m.domain_id, NULL FROM many m;
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
CREATE TRIGGER keyward_inserted AFTER INSERT ON public.records
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_inserted();

CREATE OR REPLACE FUNCTION keyward.note_deleted() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  WITH changed AS MATERIALIZED (
      SELECT DISTINCT o.domain_id, o.name FROM old_rows o
      WHERE o.domain_id IS NOT NULL AND o.name IS NOT NULL),
    many AS (SELECT c.domain_id FROM changed c GROUP BY c.domain_id HAVING count(*) > 2000)
  INSERT INTO keyward.change (kind, domain_id, name)
    SELECT 'name', c.domain_id, c.name FROM changed c
      WHERE NOT EXISTS (SELECT FROM many m WHERE m.domain_id = c.domain_id)
    UNION ALL SELECT 'many', m.domain_id, NULL FROM many m;
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
CREATE TRIGGER keyward_deleted AFTER DELETE ON public.records
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_deleted();

CREATE OR REPLACE FUNCTION keyward.note_updated() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- PowerDNS's rectify sets ordername and auth, which Keyward does not use: that is no change.
  IF NOT EXISTS (
    SELECT id, domain_id, name, type, content, ttl, prio, disabled FROM new_rows
    EXCEPT
    SELECT id, domain_id, name, type, content, ttl, prio, disabled FROM old_rows)
  THEN
    RETURN NULL;
  END IF;
  WITH changed AS MATERIALIZED (
    SELECT DISTINCT r.domain_id, r.name
    FROM (
      (SELECT domain_id, name, id, type, content, ttl, prio, disabled FROM old_rows
       EXCEPT SELECT domain_id, name, id, type, content, ttl, prio, disabled FROM new_rows)
      UNION ALL
      (SELECT domain_id, name, id, type, content, ttl, prio, disabled FROM new_rows
       EXCEPT SELECT domain_id, name, id, type, content, ttl, prio, disabled FROM old_rows)) r
    WHERE r.domain_id IS NOT NULL AND r.name IS NOT NULL),
    many AS (SELECT c.domain_id FROM changed c GROUP BY c.domain_id HAVING count(*) > 2000)
  INSERT INTO keyward.change (kind, domain_id, name)
    SELECT 'name', c.domain_id, c.name FROM changed c
      WHERE NOT EXISTS (SELECT FROM many m WHERE m.domain_id = c.domain_id)
    UNION ALL SELECT 'many', m.domain_id, NULL FROM many m;
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
CREATE TRIGGER keyward_updated AFTER UPDATE ON public.records
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_updated();

-- What a subscriber of logical replication applies, and what a session with session_replication_role = replica
-- writes: triggers of whole statements do not run for it. From a number of rows on, as when a table is copied
-- for the first time, one row of the feed stands for all that the transaction touches.
CREATE OR REPLACE FUNCTION keyward.is_replicated_in_bulk() RETURNS BOOL
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  most CONSTANT INT := 2000;
  noted INT;
BEGIN
  IF current_setting('session_replication_role') <> 'replica' THEN
    RETURN false;
  END IF;
  noted := coalesce(nullif(current_setting('keyward.replicated', true), ''), '0')::INT;
  IF noted <= most THEN
    PERFORM set_config('keyward.replicated', (noted + 1)::TEXT, true);
  END IF;
  IF noted = most THEN
    INSERT INTO keyward.change (kind) VALUES ('all');
    PERFORM pg_notify('keyward_change', '');
  END IF;
  RETURN noted >= most;
END
$$;

-- The serial is the publisher's: it comes with the rows.
CREATE OR REPLACE FUNCTION keyward.note_replicated() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF keyward.is_replicated_in_bulk() THEN
    RETURN NULL;
  END IF;
  INSERT INTO keyward.change (kind, domain_id, name)
    SELECT DISTINCT 'name', r.domain_id, r.name
    FROM (SELECT OLD.domain_id, OLD.name WHERE TG_OP <> 'INSERT'
      UNION ALL SELECT NEW.domain_id, NEW.name WHERE TG_OP <> 'DELETE') r
    WHERE r.domain_id IS NOT NULL AND r.name IS NOT NULL;
  PERFORM pg_notify('keyward_change', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_replicated AFTER INSERT OR UPDATE OR DELETE ON public.records
  FOR EACH ROW EXECUTE FUNCTION keyward.note_replicated();

-- TRUNCATE tells no row.
CREATE OR REPLACE FUNCTION keyward.note_truncated() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO keyward.change (kind) VALUES ('all');
  PERFORM pg_notify('keyward_change', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_truncated AFTER TRUNCATE ON public.records
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_truncated();
CREATE TRIGGER keyward_truncated AFTER TRUNCATE ON public.domains
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_truncated();
CREATE TRIGGER keyward_truncated AFTER TRUNCATE ON public.domainmetadata
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_truncated();
CREATE TRIGGER keyward_truncated AFTER TRUNCATE ON public.cryptokeys
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_truncated();
CREATE TRIGGER keyward_truncated AFTER TRUNCATE ON public.tsigkeys
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_truncated();

CREATE OR REPLACE FUNCTION keyward.note_zone_rows() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  is_header BOOL := false;
BEGIN
  IF keyward.is_replicated_in_bulk() THEN
    RETURN NULL;
  END IF;
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
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON public.domains
  FOR EACH ROW EXECUTE FUNCTION keyward.note_zone_rows();
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON public.domainmetadata
  FOR EACH ROW EXECUTE FUNCTION keyward.note_zone_rows();
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON public.cryptokeys
  FOR EACH ROW EXECUTE FUNCTION keyward.note_zone_rows();
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON keyward.sealed_key
  FOR EACH ROW EXECUTE FUNCTION keyward.note_zone_rows();

CREATE OR REPLACE FUNCTION keyward.note_tsig() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO keyward.change (kind) VALUES ('tsig');
  PERFORM pg_notify('keyward_change', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_changed AFTER INSERT OR UPDATE OR DELETE ON public.tsigkeys
  FOR EACH ROW EXECUTE FUNCTION keyward.note_tsig();

-- Servers know by the row that they read last that the database has not gone back: there is always one that
-- is not pruned for a long time.
CREATE OR REPLACE FUNCTION keyward.prune_changes(older_than INTERVAL) RETURNS BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO keyward.change (kind) SELECT 'mark'
    WHERE NOT EXISTS (SELECT FROM keyward.change WHERE made_at > now() - older_than / 24);
  WITH gone AS (
    DELETE FROM keyward.change WHERE made_at < now() - older_than RETURNING 1)
  SELECT count(*) FROM gone
$$;

INSERT INTO keyward.change (kind) VALUES ('mark');

-- At commit, before anything else that locks zones: those of the transaction, in one order.
CREATE OR REPLACE FUNCTION keyward.lock_changed_zones() RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT FROM public.domains d
  WHERE d.id IN (SELECT c.domain_id FROM keyward.change c WHERE c.txid = pg_current_xact_id())
  ORDER BY d.id FOR NO KEY UPDATE
$$;
