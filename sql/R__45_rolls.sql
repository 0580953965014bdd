-- Rolls: what the database itself holds of them.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

-- What was in caches with a larger TTL than anything that is there now. It is added, never changed, so that
-- who changes records never waits for the signer.
CREATE OR REPLACE FUNCTION keyward.note_roll_ttl() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM keyward.roll) THEN
    RETURN NULL;
  END IF;
  INSERT INTO keyward.roll_ttl (domain_id, ttl)
    SELECT o.domain_id, max(o.ttl) FROM old_rows o
    JOIN keyward.assignment a ON a.domain_id = o.domain_id AND a.state <> 'ended'
    JOIN keyward.roll r ON r.assignment_id = a.id
    JOIN public.domains d ON d.id = o.domain_id
    GROUP BY o.domain_id, r.data_ttl HAVING max(o.ttl) > r.data_ttl;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_note_roll_ttl_deleted AFTER DELETE ON public.records
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_roll_ttl();
CREATE TRIGGER keyward_note_roll_ttl_updated AFTER UPDATE ON public.records
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.note_roll_ttl();

CREATE OR REPLACE FUNCTION keyward.refuse_roll_event_change() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the history of rolls is append-only: % on keyward.roll_event is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keyward_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON keyward.roll_event
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.refuse_roll_event_change();

-- What a zone no longer has with its keys.
CREATE OR REPLACE FUNCTION keyward.end_rolls() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM keyward.roll r WHERE r.assignment_id = NEW.id;
  DELETE FROM keyward.zone_server z WHERE z.assignment_id = NEW.id;
  DELETE FROM keyward.lifetime l WHERE l.assignment_id = NEW.id;
  UPDATE keyward.ksk k SET look_at = NULL WHERE k.assignment_id = NEW.id AND k.look_at IS NOT NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_end_rolls AFTER UPDATE OF state ON keyward.assignment
  FOR EACH ROW WHEN (NEW.state = 'ended') EXECUTE FUNCTION keyward.end_rolls();

-- The names that a name is below of, as PowerDNS's tables hold them, the root in either form.
CREATE OR REPLACE FUNCTION keyward.names_above(name TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT ARRAY['', '.'] || ARRAY(
    SELECT array_to_string(l.labels[i:], '.') FROM (
      SELECT ARRAY(SELECT m[1] FROM regexp_matches(name, '((?:[^.\\]|\\.)+)', 'g') m) AS labels) l,
    generate_series(2, cardinality(l.labels)) i)
$$;

-- DS records of a child, in a zone of this database whose policy lets Keyward write them, and in no other. What
-- is added is there before anything goes; the TTL is that of the DS set, else of the delegation.
CREATE OR REPLACE FUNCTION keyward.write_parent_ds(assignment INT, added TEXT[], removed BIGINT[]) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  here RECORD;
  written INT;
  gone INT;
BEGIN
  SELECT h.parent_id, h.zone INTO here FROM keyward.parents_here h
    WHERE h.assignment_id = assignment AND h.writes AND h.obstacle IS NULL;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  INSERT INTO public.records (domain_id, name, type, content, ttl, prio)
    SELECT here.parent_id, here.zone, 'DS', c, (
      SELECT r.ttl FROM public.records r WHERE r.domain_id = here.parent_id AND r.name = here.zone
        AND r.type IN ('DS', 'NS') AND NOT coalesce(r.disabled, false)
      ORDER BY r.type, r.ttl DESC LIMIT 1), 0
    FROM unnest(added) c;
  GET DIAGNOSTICS written = ROW_COUNT;
  DELETE FROM public.records r WHERE r.id = ANY (removed) AND r.domain_id = here.parent_id
    AND r.name = here.zone AND r.type = 'DS';
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN written + gone;
END
$$;

-- What a roll has changed is with a server that shows this serial, or a later one.
CREATE OR REPLACE FUNCTION keyward.note_roll_serials(assignments INT[], at TIMESTAMPTZ) RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE keyward.roll r SET serial = coalesce(keyward.serial_of(a.domain_id), r.serial), look_at = at
  FROM keyward.assignment a WHERE a.id = r.assignment_id AND r.assignment_id = ANY (assignments)
$$;
