-- When the metadata NSEC3PARAM of a zone changed. Every server serves what was before together with
-- what is now for as long as a PowerDNS may have the former in its cache, and secondaries are to fetch
-- the zone at each step of the way.

SET LOCAL search_path TO public;

CREATE TABLE keyward.denial (
  id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  domain_id    INT NOT NULL REFERENCES domains(id) ON DELETE CASCADE,
  nsec3param   TEXT,
  since        TIMESTAMPTZ NOT NULL,
  overlap      INTERVAL NOT NULL DEFAULT '2 minutes',
  serial_due   TIMESTAMPTZ,
  serial_last  TIMESTAMPTZ
);
CREATE INDEX denial_domain ON keyward.denial (domain_id, id);
CREATE INDEX denial_due ON keyward.denial (serial_due) WHERE serial_due IS NOT NULL;
COMMENT ON TABLE keyward.denial IS
  'values of the metadata NSEC3PARAM, null for NSEC, each since when; before the first it was NSEC';
COMMENT ON COLUMN keyward.denial.overlap IS
  'longer than PowerDNS keeps metadata (zone-metadata-cache-ttl, 60 s unless set)';

INSERT INTO keyward.denial (domain_id, nsec3param, since)
  SELECT DISTINCT ON (domain_id) domain_id, content, '-infinity' FROM domainmetadata
  WHERE kind = 'NSEC3PARAM' AND content IS NOT NULL AND domain_id IS NOT NULL
  ORDER BY domain_id, id;

-- At commit, since a value is replaced by deleting and inserting. The zone's row is locked, so that of
-- two writers the second sees what the first one wrote.
CREATE FUNCTION keyward.note_denial() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  changed_zone INT := CASE WHEN TG_OP = 'DELETE' THEN OLD.domain_id ELSE NEW.domain_id END;
  wanted TEXT;
  before TEXT;
  at TIMESTAMPTZ := clock_timestamp();
  signed BOOL;
BEGIN
  PERFORM FROM public.domains d WHERE d.id = changed_zone FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT m.content INTO wanted FROM public.domainmetadata m
    WHERE m.domain_id = changed_zone AND m.kind = 'NSEC3PARAM' AND m.content IS NOT NULL
    ORDER BY m.id LIMIT 1;
  SELECT n.nsec3param INTO before FROM keyward.denial n
    WHERE n.domain_id = changed_zone ORDER BY n.id DESC LIMIT 1;
  IF wanted IS NOT DISTINCT FROM before THEN
    RETURN NULL;
  END IF;
  -- What was over for long is nobody's concern; the newest of it says what the others began from.
  DELETE FROM keyward.denial n WHERE n.domain_id = changed_zone AND EXISTS (
    SELECT FROM keyward.denial l
    WHERE l.domain_id = changed_zone AND l.id > n.id AND l.since < at - INTERVAL '1 day');
  signed := EXISTS (SELECT FROM keyward.assignment a
    WHERE a.domain_id = changed_zone AND a.state IN ('signed', 'leaving'));
  INSERT INTO keyward.denial (domain_id, nsec3param, since) VALUES (changed_zone, wanted, at);
  IF signed THEN
    -- A change takes two steps at most, and may have to wait for one before it.
    UPDATE keyward.denial n
      SET serial_due = at + n.overlap, serial_last = at + 3 * n.overlap
      WHERE n.domain_id = changed_zone AND n.since = at;
    PERFORM keyward.bump_serial(changed_zone);
    PERFORM keyward.touch_zone(changed_zone);
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_note_denial_written AFTER INSERT OR UPDATE ON domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind = 'NSEC3PARAM') EXECUTE FUNCTION keyward.note_denial();
CREATE CONSTRAINT TRIGGER keyward_note_denial_gone AFTER DELETE ON domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.kind = 'NSEC3PARAM') EXECUTE FUNCTION keyward.note_denial();

-- The zones whose next step has come; each is to be fetched anew.
CREATE FUNCTION keyward.take_denial_steps(at TIMESTAMPTZ, at_most INT) RETURNS SETOF INT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE keyward.denial n
  SET serial_due = CASE WHEN n.serial_due + n.overlap <= n.serial_last
    THEN n.serial_due + n.overlap END
  WHERE n.id IN (
    SELECT d.id FROM keyward.denial d WHERE d.serial_due <= at
    ORDER BY d.serial_due LIMIT at_most FOR UPDATE SKIP LOCKED)
  RETURNING n.domain_id
$$;
REVOKE EXECUTE ON FUNCTION keyward.take_denial_steps(TIMESTAMPTZ, INT) FROM PUBLIC;

DO $roles$
BEGIN
  GRANT SELECT ON keyward.denial TO keyward_serve, keyward_sign, keyward_dba, keyward_auditor;
  GRANT EXECUTE ON FUNCTION keyward.take_denial_steps(TIMESTAMPTZ, INT) TO keyward_sign;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
