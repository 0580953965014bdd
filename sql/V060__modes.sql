-- Signing modes: split beside presigned, and changes between them while a zone is served.

SET LOCAL search_path TO public;

-- The KSK signs the TTL with the set. In mode split PowerDNS gives the SOA minimum to the DNSKEY set as
-- its TTL, so that a new minimum needs new signatures; those over the former TTL stay valid.
ALTER TABLE keyward.signed_set ADD COLUMN ttl BIGINT;
UPDATE keyward.signed_set s SET ttl = a.dnskey_ttl FROM keyward.assignment a WHERE a.id = s.assignment_id;
ALTER TABLE keyward.signed_set
  ALTER COLUMN ttl SET NOT NULL,
  DROP CONSTRAINT signed_set_pkey,
  ADD PRIMARY KEY (assignment_id, active_from, ttl);
COMMENT ON COLUMN keyward.signed_set.ttl IS 'of the DNSKEY set, as the signature has it';
COMMENT ON COLUMN keyward.assignment.dnskey_ttl IS
  'TTL that the DNSKEY set is to have; in mode split the SOA minimum';

ALTER TABLE keyward.assignment
  ADD CONSTRAINT assignment_mode_check CHECK (mode IN ('presigned', 'split')),
  ADD COLUMN next_mode TEXT CHECK (next_mode IN ('presigned', 'split')),
  ADD COLUMN mode_since TIMESTAMPTZ,
  ADD COLUMN mode_half INTERVAL NOT NULL DEFAULT '2 minutes',
  ADD COLUMN mode_due TIMESTAMPTZ;
CREATE INDEX assignment_mode_due ON keyward.assignment (mode_due) WHERE mode_due IS NOT NULL;
CREATE INDEX assignment_next_mode ON keyward.assignment (id) WHERE next_mode IS NOT NULL;
COMMENT ON COLUMN keyward.assignment.next_mode IS 'the mode that waits for its first signatures';
COMMENT ON COLUMN keyward.assignment.mode_since IS
  'when the change to the mode began; null when the zone was unsigned before';
COMMENT ON COLUMN keyward.assignment.mode_half IS
  'the change takes twice this; longer than PowerDNS keeps keys, metadata and answers';

ALTER TABLE keyward.request
  DROP CONSTRAINT request_kind_check,
  ADD CONSTRAINT request_kind_check CHECK (kind IN ('assign', 'unassign', 'delete', 'mode', 'adopt'));

CREATE FUNCTION keyward.minimum_in(content TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT substring(content FROM '^\s*\S+\s+\S+\s+\d+\s+\d+\s+\d+\s+\d+\s+(\d{1,10})\s*$')::BIGINT
$$;

CREATE FUNCTION keyward.minimum_of(domain INT) RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT keyward.minimum_in(r.content) FROM public.records r JOIN public.domains d ON d.id = r.domain_id
  WHERE d.id = domain AND r.type = 'SOA' AND r.name = d.name AND NOT coalesce(r.disabled, false)
  ORDER BY r.id LIMIT 1
$$;

-- At commit. The signer plans the zone anew; signatures over this TTL that are there are used again.
CREATE FUNCTION keyward.follow_minimum() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM keyward.assignment a
    WHERE a.domain_id = NEW.domain_id AND a.state <> 'ended'
      AND 'split' IN (a.mode, a.next_mode)
      AND a.dnskey_ttl <> keyward.minimum_of(NEW.domain_id))
  THEN
    UPDATE keyward.assignment a
      SET dnskey_ttl = keyward.minimum_of(NEW.domain_id), planned_until = 0
      WHERE a.domain_id = NEW.domain_id AND a.state <> 'ended';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_follow_minimum AFTER INSERT ON keyward.touched
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION keyward.follow_minimum();

-- PowerDNS knows the ZSK of a split zone alone: it would publish that, signed by itself, for the parent.
CREATE FUNCTION keyward.check_published_keys() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  zone TEXT;
BEGIN
  SELECT a.zone INTO zone FROM keyward.assignment a
    WHERE a.domain_id = NEW.domain_id AND a.state <> 'ended' AND 'split' IN (a.mode, a.next_mode);
  IF zone IS NOT NULL THEN
    RAISE EXCEPTION 'zone %: % cannot be set in mode split: PowerDNS would publish the ZSK for the parent,'
      ' and sign that with the ZSK (RFC 7344, section 4.1); give the output of ''keyward ds %'' to the parent',
      zone, NEW.kind, zone USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_published_keys BEFORE INSERT OR UPDATE OF kind, content ON domainmetadata
  FOR EACH ROW WHEN (NEW.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.check_published_keys();

-- With direct-dnskey-signature=yes, which split zones need, PowerDNS signs no DNSKEY set by itself, of no
-- zone that it serves: a zone that it signs with keys of its own would be bogus.
CREATE INDEX assignment_split ON keyward.assignment (id)
  WHERE state <> 'ended' AND (mode = 'split' OR next_mode = 'split');
CREATE FUNCTION keyward.check_live_key() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  split TEXT;
BEGIN
  SELECT a.zone INTO split FROM keyward.assignment a
    WHERE a.state <> 'ended' AND (a.mode = 'split' OR a.next_mode = 'split') LIMIT 1;
  IF split IS NOT NULL THEN
    RAISE EXCEPTION 'zone %: PowerDNS cannot sign it with keys of its own while the zone % is in mode'
      ' split: with direct-dnskey-signature=yes it signs no DNSKEY set; assign a key on a token, or take'
      ' the split zones to mode presigned first',
      (SELECT d.name FROM public.domains d WHERE d.id = NEW.domain_id), split
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_live_key BEFORE INSERT OR UPDATE OF active ON cryptokeys
  FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION keyward.check_live_key();

-- The zones whose change of mode has come to its next step; each is to be fetched anew.
CREATE FUNCTION keyward.take_mode_steps(at TIMESTAMPTZ, at_most INT) RETURNS SETOF INT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE keyward.assignment a
  SET mode_due = CASE WHEN a.mode_due < a.mode_since + 2 * a.mode_half
    THEN a.mode_since + 2 * a.mode_half END
  WHERE a.id IN (
    SELECT d.id FROM keyward.assignment d WHERE d.mode_due <= at
    ORDER BY d.mode_due LIMIT at_most FOR UPDATE SKIP LOCKED)
  RETURNING a.domain_id
$$;

DROP FUNCTION keyward.assign(TEXT, TEXT, TEXT, TEXT);
CREATE FUNCTION keyward.assign(
  zone TEXT, token TEXT, label TEXT, reason TEXT DEFAULT '', mode TEXT DEFAULT NULL) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  origin TEXT := keyward.stored_name(zone);
  known TEXT;
  made BIGINT;
BEGIN
  PERFORM keyward.zone_id(zone);
  IF NOT EXISTS (SELECT FROM keyward.token_status t WHERE t.name = token) THEN
    SELECT string_agg(t.name, ', ' ORDER BY t.name) INTO known FROM keyward.token_status t;
    RAISE EXCEPTION 'zone %: there is no token ''%''; %', origin, token,
      coalesce('write one of ' || known, 'no signer has been started yet, start one with ''keyward sign''')
      USING ERRCODE = 'no_data_found';
  END IF;
  IF coalesce(trim(label), '') = '' THEN
    RAISE EXCEPTION 'zone %: no label is given; write that of the key on the token ''%''', origin, token
      USING ERRCODE = 'check_violation';
  END IF;
  IF mode NOT IN ('presigned', 'split') THEN
    RAISE EXCEPTION 'zone %: there is no mode ''%''; write presigned or split, or leave it out for the'
      ' signer''s own', origin, mode USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO keyward.request (kind, zone, token, label, mode, reason, actor)
    VALUES ('assign', origin, token, label, mode, coalesce(reason, ''), 'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.assign IS
  'asks the signer to sign a zone with a key on a token; gives the number of the row in keyward.requests';

CREATE FUNCTION keyward.set_mode(zone TEXT, mode TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  made BIGINT;
BEGIN
  PERFORM keyward.zone_id(zone);
  IF mode IS NULL OR mode NOT IN ('presigned', 'split') THEN
    RAISE EXCEPTION 'zone %: there is no mode ''%''; write presigned or split; keyward.unassign takes a'
      ' zone back to unsigned', keyward.stored_name(zone), mode USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO keyward.request (kind, zone, mode, reason, actor)
    VALUES ('mode', keyward.stored_name(zone), mode, coalesce(reason, ''), 'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.set_mode IS
  'asks the signer to change who signs a zone, with the same keys; gives the number of the request';

CREATE OR REPLACE VIEW keyward.zone_status AS
  SELECT d.id AS domain_id, d.name AS zone,
    coalesce(a.mode, CASE WHEN EXISTS (
      SELECT FROM cryptokeys c WHERE c.domain_id = d.id AND c.active) THEN 'powerdns'
      ELSE 'unsigned' END) AS mode, a.state,
    k.token_name AS token, k.label, k.key_tag, k.algorithm,
    (SELECT to_timestamp(max(s.expiration)) FROM keyward.signed_set s WHERE s.assignment_id = a.id) AS signed_until,
    (SELECT count(*) FROM keyward.signing_work w WHERE w.assignment_id = a.id) AS steps_waiting,
    (SELECT to_timestamp(min(s.active_from)) FROM keyward.signed_set s
     WHERE s.assignment_id = a.id AND to_timestamp(s.active_from) > now()) AS next_step,
    (SELECT count(*) FROM keyward.problem p WHERE p.domain_id = d.id) AS problems
  FROM domains d
  LEFT JOIN keyward.assignment a ON a.domain_id = d.id AND a.state <> 'ended'
  LEFT JOIN keyward.key k ON k.id = a.key_id;

REVOKE EXECUTE ON FUNCTION keyward.minimum_in(TEXT), keyward.minimum_of(INT),
  keyward.follow_minimum(), keyward.check_published_keys(), keyward.check_live_key(),
  keyward.take_mode_steps(TIMESTAMPTZ, INT), keyward.assign(TEXT, TEXT, TEXT, TEXT, TEXT),
  keyward.set_mode(TEXT, TEXT, TEXT) FROM PUBLIC;

DO $roles$
BEGIN
  GRANT EXECUTE ON FUNCTION keyward.minimum_of(INT), keyward.take_mode_steps(TIMESTAMPTZ, INT)
    TO keyward_sign;
  GRANT EXECUTE ON FUNCTION keyward.assign(TEXT, TEXT, TEXT, TEXT, TEXT),
    keyward.set_mode(TEXT, TEXT, TEXT) TO keyward_dba;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
