-- What follows in the database itself from a change of a zone that is signed: its denial of existence, its
-- mode, its CDS and CDNSKEY sets, its end.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

-- Deferred triggers run in the order in which they were queued, and of a row in that of their names. The rule of
-- two people is then what it is at the commit: what was written while it was turned on is seen by one or the other.
CREATE OR REPLACE FUNCTION keyward.lock_zones_of_metadata() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM keyward.rule FOR SHARE;
  PERFORM keyward.lock_changed_zones();
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_a_lock_zones_written AFTER INSERT OR UPDATE ON public.domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind IN ('NSEC3PARAM', 'PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.lock_zones_of_metadata();
CREATE CONSTRAINT TRIGGER keyward_a_lock_zones_gone AFTER DELETE ON public.domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.kind IN ('NSEC3PARAM', 'PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.lock_zones_of_metadata();

-- At commit, since a value is replaced by deleting and inserting. The zone's row is locked, so that of
-- two writers the second sees what the first one wrote.
CREATE OR REPLACE FUNCTION keyward.note_denial() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
  INSERT INTO keyward.denial (domain_id, id, nsec3param, since)
    SELECT changed_zone, coalesce(max(n.id), 0) + 1, wanted, at FROM keyward.denial n
    WHERE n.domain_id = changed_zone;
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
CREATE CONSTRAINT TRIGGER keyward_note_denial_written AFTER INSERT OR UPDATE ON public.domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind = 'NSEC3PARAM') EXECUTE FUNCTION keyward.note_denial();
CREATE CONSTRAINT TRIGGER keyward_note_denial_gone AFTER DELETE ON public.domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.kind = 'NSEC3PARAM') EXECUTE FUNCTION keyward.note_denial();

-- The zones whose next step has come; each is to be fetched anew.
CREATE OR REPLACE FUNCTION keyward.take_denial_steps(at TIMESTAMPTZ, at_most INT) RETURNS SETOF INT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE keyward.denial n
  SET serial_due = CASE WHEN n.serial_due + n.overlap <= n.serial_last
    THEN n.serial_due + n.overlap END
  WHERE (n.domain_id, n.id) IN (
    SELECT d.domain_id, d.id FROM keyward.denial d WHERE d.serial_due <= at
    ORDER BY d.serial_due LIMIT at_most FOR UPDATE SKIP LOCKED)
  RETURNING n.domain_id
$$;

-- The zones whose change of mode has come to its next step; each is to be fetched anew.
CREATE OR REPLACE FUNCTION keyward.take_mode_steps(at TIMESTAMPTZ, at_most INT) RETURNS SETOF INT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE keyward.assignment a
  SET mode_due = CASE WHEN a.mode_due < a.mode_since + 2 * a.mode_half
    THEN a.mode_since + 2 * a.mode_half END
  WHERE a.id IN (
    SELECT d.id FROM keyward.assignment d WHERE d.mode_due <= at
    ORDER BY d.mode_due LIMIT at_most FOR UPDATE SKIP LOCKED)
  RETURNING a.domain_id
$$;

CREATE OR REPLACE FUNCTION keyward.minimum_in(content TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT substring(content FROM '^\s*\S+\s+\S+\s+\d+\s+\d+\s+\d+\s+\d+\s+(\d{1,10})\s*$')::BIGINT
$$;

CREATE OR REPLACE FUNCTION keyward.minimum_of(domain INT) RETURNS BIGINT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT keyward.minimum_in(r.content) FROM public.records r JOIN public.domains d ON d.id = r.domain_id
  WHERE d.id = domain AND r.type = 'SOA' AND r.name = d.name AND NOT coalesce(r.disabled, false)
  ORDER BY r.id LIMIT 1
$$;

-- At commit. The signer plans the zone anew; signatures over this TTL that are there are used again.
CREATE OR REPLACE FUNCTION keyward.follow_minimum() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- What the metadata of a zone ask for: '2', '2,4', '0', '1'; null when nothing.
CREATE OR REPLACE FUNCTION keyward.child_wish(domain INT, wish TEXT) RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(DISTINCT w.word, ',' ORDER BY w.word)
  FROM public.domainmetadata m, regexp_split_to_table(m.content, '[,\s]+') w (word)
  WHERE m.domain_id = domain AND m.kind = wish AND w.word <> ''
$$;

-- PowerDNS knows the ZSK of a split zone alone: it would publish that, signed by itself, for the parent.
CREATE OR REPLACE FUNCTION keyward.check_published_keys() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  zone TEXT;
  split BOOL;
BEGIN
  SELECT a.zone, 'split' IN (a.mode, a.next_mode) INTO zone, split FROM keyward.assignment a
    WHERE a.domain_id = NEW.domain_id AND a.state <> 'ended';
  IF split THEN
    RAISE EXCEPTION 'zone %: % cannot be set in mode split: PowerDNS would publish the ZSK for the parent,'
      ' and sign that with the ZSK (RFC 7344, section 4.1); give the output of ''keyward ds %'' to the parent',
      zone, NEW.kind, zone USING ERRCODE = 'check_violation';
  END IF;
  IF zone IS NOT NULL AND NEW.kind = 'PUBLISH-CDS'
    AND coalesce(NEW.content, '') !~ '^\s*(0|[24](\s*[, ]\s*[24])*)\s*$' THEN
    RAISE EXCEPTION 'zone %: PUBLISH-CDS is ''%''; write the digest types 2 (SHA-256), 4 (SHA-384) or 2,4,'
      ' or 0 to ask the parent to delete the DS', zone, NEW.content USING ERRCODE = 'check_violation';
  END IF;
  IF zone IS NOT NULL AND NEW.kind = 'PUBLISH-CDNSKEY'
    AND coalesce(NEW.content, '') !~ '^\s*[01]\s*$' THEN
    RAISE EXCEPTION 'zone %: PUBLISH-CDNSKEY is ''%''; write 1, or 0 to ask the parent to delete the DS',
      zone, NEW.content USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_published_keys BEFORE INSERT OR UPDATE OF kind, content ON public.domainmetadata
  FOR EACH ROW WHEN (NEW.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.check_published_keys();

-- What the KSK is to sign for the parent, as people say it.
CREATE OR REPLACE FUNCTION keyward.published_words(cds TEXT, cdnskey TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN cds IS NULL THEN 'no CDS' WHEN '0' = ANY (string_to_array(cds, ','))
      THEN 'delete CDS: the parent is asked to delete the DS' ELSE 'CDS with digest types ' || cds END
    || '; ' || CASE WHEN cdnskey IS NULL THEN 'no CDNSKEY' WHEN cdnskey = '0'
      THEN 'delete CDNSKEY: the parent is asked to delete the DS' ELSE 'CDNSKEY' END
$$;

-- At commit, since a value is replaced by deleting and inserting. The signer plans the zone anew;
-- signatures over the same set that are there are used again. What is no longer wanted goes at once.
CREATE OR REPLACE FUNCTION keyward.follow_child_keys() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed_zone INT := CASE WHEN TG_OP = 'DELETE' THEN OLD.domain_id ELSE NEW.domain_id END;
  name TEXT;
  new_cds TEXT;
  new_cdnskey TEXT;
BEGIN
  SELECT d.name INTO name FROM public.domains d WHERE d.id = changed_zone FOR NO KEY UPDATE;
  IF keyward.approves('publish', name) THEN
    new_cds := keyward.child_wish(changed_zone, 'PUBLISH-CDS');
    new_cdnskey := keyward.child_wish(changed_zone, 'PUBLISH-CDNSKEY');
  ELSE
    new_cds := keyward.granted_wish(changed_zone, 'PUBLISH-CDS');
    new_cdnskey := keyward.granted_wish(changed_zone, 'PUBLISH-CDNSKEY');
  END IF;
  UPDATE keyward.assignment a SET cds = new_cds, cdnskey = new_cdnskey, planned_until = 0
    WHERE a.domain_id = changed_zone AND a.state <> 'ended'
      AND (a.cds, a.cdnskey) IS DISTINCT FROM (new_cds, new_cdnskey);
  IF FOUND THEN
    PERFORM keyward.bump_serial(changed_zone);
    PERFORM keyward.touch_zone(changed_zone);
    INSERT INTO keyward.audit (at, actor, action, result, zone, key_label, detail)
      SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        keyward.acting(), 'PUBLISHED_KEYS_CHANGED', 'DONE', coalesce(nullif(a.zone, ''), '.'), k.label,
        keyward.published_words(a.cds, a.cdnskey)
      FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
      WHERE a.domain_id = changed_zone AND a.state <> 'ended';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_follow_child_keys_written AFTER INSERT OR UPDATE ON public.domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.follow_child_keys();
CREATE CONSTRAINT TRIGGER keyward_follow_child_keys_gone AFTER DELETE ON public.domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.follow_child_keys();

-- A CDS or CDNSKEY row at the apex of a zone that Keyward signs is left out: Keyward publishes its own.
-- One that says something else than the key that signs the zone would cut the zone off once the parent
-- takes it, so it is refused. Where PowerDNS signs with its own keys, such rows are signed by the KSK as they
-- are, and so take two people where two are needed.
CREATE OR REPLACE FUNCTION keyward.check_child_keys() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  zone TEXT;
BEGIN
  SELECT a.zone INTO zone FROM keyward.assignment a JOIN public.domains d ON d.id = a.domain_id
    WHERE a.domain_id = NEW.domain_id AND a.state <> 'ended' AND d.name = NEW.name;
  IF zone IS NULL AND NOT coalesce(NEW.disabled, false) AND keyward.needs_two_people() THEN
    SELECT d.name INTO zone FROM public.domains d WHERE d.id = NEW.domain_id AND d.name = NEW.name
      AND EXISTS (SELECT FROM keyward.powerdns_keys k WHERE k.domain_id = d.id AND k.active);
    IF zone IS NOT NULL THEN
      RAISE EXCEPTION 'zone %: it takes two people to change what it publishes of its keys for its parent; ask'
        ' with ''keyward ds % --publish'', and somebody else approves it', zone, zone
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF zone IS NULL OR coalesce(NEW.disabled, false) OR EXISTS (
    SELECT FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id,
      LATERAL (SELECT keyward.wire_name(a.zone) || '\x010103'::BYTEA
        || set_byte('\x00', 0, k.algorithm) || k.public_key AS signed) w
    WHERE a.domain_id = NEW.domain_id AND a.state <> 'ended'
      AND upper(regexp_replace(NEW.content, '\s+', ' ', 'g')) IN (
        k.key_tag || ' ' || k.algorithm || ' 2 ' || upper(encode(sha256(w.signed), 'hex')),
        k.key_tag || ' ' || k.algorithm || ' 4 ' || upper(encode(sha384(w.signed), 'hex')),
        upper('257 3 ' || k.algorithm || ' ' || replace(encode(k.public_key, 'base64'), E'\n', ''))))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'zone %: this % record does not fit the key that signs the zone; set the metadata PUBLISH-%'
    ' instead (''keyward ds % --publish on''), and Keyward publishes the right one, signed by that key',
    zone, NEW.type, CASE WHEN NEW.type ~ '(CDNSKEY|60)$' THEN 'CDNSKEY' ELSE 'CDS' END, zone USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keyward_check_child_keys
  BEFORE INSERT OR UPDATE OF domain_id, type, content, name, disabled ON public.records
  FOR EACH ROW WHEN (NEW.type IN ('CDS', 'CDNSKEY') OR NEW.type ~ '^TYPE0*(59|60)$') EXECUTE FUNCTION keyward.check_child_keys();

-- With direct-dnskey-signature=yes, which split zones need, PowerDNS signs no DNSKEY set by itself, of no
-- zone that it serves: a zone that it signs with keys of its own would be bogus.
CREATE OR REPLACE FUNCTION keyward.check_live_key() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
CREATE TRIGGER keyward_check_live_key BEFORE INSERT OR UPDATE OF active ON public.cryptokeys
  FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION keyward.check_live_key();
CREATE TRIGGER keyward_check_live_key BEFORE INSERT OR UPDATE OF active ON keyward.sealed_key
  FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION keyward.check_live_key();

-- PowerDNS removes and changes keys by their ids, which are therefore those of one key each, in both tables.
-- One sequence gives them; this is for whoever writes ids of his own.
CREATE OR REPLACE FUNCTION keyward.check_key_id() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'cryptokeys' AND EXISTS (SELECT FROM keyward.sealed_key s WHERE s.id = NEW.id)
    OR TG_TABLE_NAME = 'sealed_key' AND EXISTS (SELECT FROM public.cryptokeys c WHERE c.id = NEW.id)
  THEN
    RAISE EXCEPTION 'zone %: another key has the id % already, in %; leave the id out, PostgreSQL gives one',
      (SELECT d.name FROM public.domains d WHERE d.id = NEW.domain_id), NEW.id,
      CASE TG_TABLE_NAME WHEN 'cryptokeys' THEN 'keyward.sealed_key' ELSE 'cryptokeys' END
      USING ERRCODE = 'unique_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_key_id BEFORE INSERT OR UPDATE OF id ON public.cryptokeys
  FOR EACH ROW EXECUTE FUNCTION keyward.check_key_id();
CREATE TRIGGER keyward_check_key_id BEFORE INSERT OR UPDATE OF id ON keyward.sealed_key
  FOR EACH ROW EXECUTE FUNCTION keyward.check_key_id();

-- Nobody asks PowerDNS to sign any more: its keys of the zone go. Gives the zones.
CREATE OR REPLACE FUNCTION keyward.end_adoptions(at TIMESTAMPTZ) RETURNS TABLE (domain INT, zone TEXT)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH over AS (
    UPDATE keyward.assignment a SET adopt_after = NULL
    WHERE a.id IN (
      SELECT o.id FROM keyward.assignment o
      WHERE o.adopt_after IS NOT NULL AND o.state IN ('signed', 'leaving') AND o.domain_id IS NOT NULL
        AND o.mode_since + 2 * o.mode_half <= at
      FOR UPDATE SKIP LOCKED)
    RETURNING a.domain_id, a.zone),
  clear AS (
    DELETE FROM public.cryptokeys c USING over WHERE c.domain_id = over.domain_id),
  sealed AS (
    DELETE FROM keyward.sealed_key s USING over WHERE s.domain_id = over.domain_id)
  SELECT over.domain_id, over.zone FROM over
$$;

-- A key for PowerDNS to sign with, beside Keyward's signatures; sealed, and without a PIN.
CREATE OR REPLACE FUNCTION keyward.give_key(assignment INT, flags INT, takes_pin BOOL, sealed BYTEA) RETURNS INT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO keyward.sealed_key (domain_id, flags, active, published, takes_pin, sealed)
  SELECT a.domain_id, give_key.flags, true, true, give_key.takes_pin, give_key.sealed
  FROM keyward.assignment a
  WHERE a.id = assignment AND a.state = 'signed' AND a.mode = 'presigned' AND a.domain_id IS NOT NULL
  RETURNING id
$$;

-- Whether a login with this PIN could lock the token: it was refused once, or there is no try to lose.
CREATE OR REPLACE FUNCTION keyward.is_pin_refused(serial TEXT, mac BYTEA) RETURNS BOOL
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM keyward.pin_memory m
      WHERE m.token_serial = serial AND m.pin_mac = mac AND m.verdict = 'WRONG')
    OR EXISTS (SELECT FROM keyward.token_status t
      WHERE t.serial = is_pin_refused.serial AND t.pin IN ('final_try', 'locked'))
$$;

-- Why somebody does what would leave a signed zone bogus all the same: SET LOCAL keyward.insist = 'why'.
CREATE OR REPLACE FUNCTION keyward.insistence() RETURNS TEXT
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT nullif(trim(current_setting('keyward.insist', true)), '')
$$;

-- The key that the world knows a zone by, since Keyward signs it; null when it does not.
CREATE OR REPLACE FUNCTION keyward.served_key(domain INT) RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT k.label FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
  WHERE a.domain_id = domain AND a.state IN ('signed', 'leaving')
$$;

CREATE OR REPLACE FUNCTION keyward.refuse_end(zone TEXT, label TEXT, what TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'zone % is signed with the key ''%'', and resolvers find it bogus without %: have its DS'
    ' removed from the parent, call keyward.unassign(''%'', ''why''), and wait until keyward.zone_status calls'
    ' it unsigned; to insist, run SET LOCAL keyward.insist = ''why'' in the same transaction',
    zone, label, what, zone USING ERRCODE = 'object_in_use';
END
$$;

CREATE OR REPLACE FUNCTION keyward.note_removed_zone(name TEXT, why TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO keyward.removed_zone (zone, removed_by, reason) VALUES (name, keyward.acting(), why)
    ON CONFLICT (zone) DO UPDATE SET removed_at = excluded.removed_at,
      removed_by = excluded.removed_by, reason = excluded.reason, ds = NULL, checked_at = NULL;
END
$$;

-- A zone that resolvers expect to be signed does not go without a word: it is refused where Keyward signs
-- it. Where PowerDNS does, panels delete and make zones as they always did; what is left at the parent is
-- looked for afterwards, and is a finding.
CREATE OR REPLACE FUNCTION keyward.check_signed_zone_removal() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  label TEXT := keyward.served_key(OLD.id);
  why TEXT := keyward.insistence();
BEGIN
  IF label IS NOT NULL AND why IS NULL THEN
    PERFORM keyward.refuse_end(OLD.name, label, 'its records');
  END IF;
  IF label IS NOT NULL OR EXISTS (
    SELECT FROM public.cryptokeys c WHERE c.domain_id = OLD.id AND c.active) OR EXISTS (
    SELECT FROM keyward.sealed_key s WHERE s.domain_id = OLD.id AND s.active)
  THEN
    PERFORM keyward.note_removed_zone(OLD.name, coalesce(why, ''));
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER keyward_check_signed_zone_removal BEFORE DELETE ON public.domains
  FOR EACH ROW EXECUTE FUNCTION keyward.check_signed_zone_removal();

-- At commit, for an SOA is replaced by deleting and inserting. A zone without one is not answered at all.
CREATE OR REPLACE FUNCTION keyward.check_soa_stays() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  label TEXT := keyward.served_key(OLD.domain_id);
  why TEXT := keyward.insistence();
  zone TEXT;
BEGIN
  SELECT d.name INTO zone FROM public.domains d WHERE d.id = OLD.domain_id;
  IF label IS NULL OR zone IS NULL OR EXISTS (
    SELECT FROM public.records r WHERE r.domain_id = OLD.domain_id AND r.name = zone
      AND r.type = 'SOA' AND NOT coalesce(r.disabled, false))
  THEN
    RETURN NULL;
  END IF;
  IF why IS NULL THEN
    PERFORM keyward.refuse_end(zone, label, 'its SOA');
  END IF;
  IF keyward.needs_two_people() THEN
    RAISE EXCEPTION 'zone %: it takes two people to take its SOA away, for it is signed; ask with ''keyward zone'
      ' delete %'', and somebody else approves it', zone, zone USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO keyward.audit (at, actor, action, result, zone, key_label, detail)
    VALUES (
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      keyward.acting(), 'ZONE_EMPTIED', 'DONE', coalesce(nullif(zone, ''), '.'), label,
      'its SOA is gone although it is signed; ' || why);
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_check_soa_deleted AFTER DELETE ON public.records
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.type = 'SOA') EXECUTE FUNCTION keyward.check_soa_stays();
CREATE CONSTRAINT TRIGGER keyward_check_soa_changed
  AFTER UPDATE OF domain_id, name, type, disabled ON public.records
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.type = 'SOA') EXECUTE FUNCTION keyward.check_soa_stays();

-- TRUNCATE tells no row, and TRUNCATE domains takes what Keyward knows of its zones with it.
CREATE OR REPLACE FUNCTION keyward.check_truncate() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  signed TEXT;
BEGIN
  SELECT a.zone INTO signed FROM keyward.assignment a WHERE a.state IN ('signed', 'leaving') LIMIT 1;
  IF signed IS NOT NULL THEN
    RAISE EXCEPTION 'TRUNCATE % is refused: zones are signed, the zone % for one, and resolvers would find'
      ' them bogus; delete the zones that shall go, each by itself', TG_TABLE_NAME, signed
      USING ERRCODE = 'object_in_use';
  END IF;
  IF keyward.needs_two_people() THEN
    RAISE EXCEPTION 'TRUNCATE % is refused: it takes two people to delete zones, or what decides who signs them',
      TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_check_truncate BEFORE TRUNCATE ON public.domainmetadata
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.check_truncate();
CREATE TRIGGER keyward_check_truncate BEFORE TRUNCATE ON public.cryptokeys
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.check_truncate();
CREATE TRIGGER keyward_check_truncate BEFORE TRUNCATE ON public.domains
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.check_truncate();
CREATE TRIGGER keyward_check_truncate BEFORE TRUNCATE ON public.records
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.check_truncate();

-- A deleted zone ends its assignment and takes its unfinished work and sealed keys with it.
CREATE OR REPLACE FUNCTION keyward.end_assignment_of_deleted_zone() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ended RECORD;
BEGIN
  FOR ended IN
    UPDATE keyward.assignment a
      SET state = 'ended', ended_at = clock_timestamp(), ended_by = keyward.acting()
      FROM keyward.key k
      WHERE k.id = a.key_id AND a.domain_id = OLD.id AND a.state <> 'ended'
      RETURNING a.id, a.zone, a.request_id, k.token_serial, k.label, k.cka_id, k.key_tag
  LOOP
    DELETE FROM keyward.signing_work w WHERE w.assignment_id = ended.id;
    DELETE FROM keyward.zsk z WHERE z.assignment_id = ended.id;
    UPDATE keyward.request r
      SET state = 'failed', answer = 'the zone was deleted', answered_at = clock_timestamp()
      WHERE r.id = ended.request_id AND r.state = 'started';
    INSERT INTO keyward.audit
      (at, actor, action, result, zone, token_serial, key_label, cka_id, key_tag, detail)
    VALUES (
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      keyward.acting(), 'ZONE_UNSIGNED', 'DONE',
      coalesce(nullif(ended.zone, ''), '.'), ended.token_serial, ended.label, ended.cka_id, ended.key_tag::TEXT,
      concat_ws('; ', 'the zone was deleted', keyward.insistence()));
  END LOOP;
  RETURN OLD;
END
$$;
CREATE TRIGGER keyward_end_assignment BEFORE DELETE ON public.domains
  FOR EACH ROW EXECUTE FUNCTION keyward.end_assignment_of_deleted_zone();

-- Each zone that is signed has a KSK from its first signature on.
CREATE OR REPLACE FUNCTION keyward.note_first_ksk() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO keyward.ksk (assignment_id, key_id, published_from, signs_from) VALUES (NEW.id, NEW.key_id, 0, 0);
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_note_first_ksk AFTER INSERT ON keyward.assignment
  FOR EACH ROW EXECUTE FUNCTION keyward.note_first_ksk();

-- Signatures and seals are made for the zone's name, so a signed zone cannot get another one. Where PowerDNS
-- signs it with keys in clear, it can, and its former name counts as deleted: the DS at the parent stays. A refused
-- statement takes its own row of the audit log back: who tried is in PostgreSQL's log.
CREATE OR REPLACE FUNCTION keyward.check_renaming() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  why TEXT := CASE
    WHEN EXISTS (SELECT FROM keyward.assignment a WHERE a.domain_id = OLD.id AND a.state <> 'ended')
      THEN 'it is signed under this name, and so is the DS at its parent; make a zone of the new name with the'
        ' same records, and when nobody needs the old one, take its key away with ''keyward unassign '
        || OLD.name || ''' and delete it'
    WHEN EXISTS (SELECT FROM keyward.sealed_key s WHERE s.domain_id = OLD.id)
      THEN 'the keys that PowerDNS signs it with are sealed under this name; remove them first, after their DS'
        ' has left the parent'
    END;
BEGIN
  IF why IS NOT NULL THEN
    RAISE LOG 'keyward: refused % to rename the zone % to %', keyward.acting(), OLD.name, NEW.name;
    RAISE EXCEPTION 'the zone % cannot be renamed to %: %', OLD.name, NEW.name, why
      USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT FROM public.cryptokeys c WHERE c.domain_id = OLD.id AND c.active) THEN
    PERFORM keyward.note_removed_zone(OLD.name, 'renamed to ' || NEW.name);
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_renaming BEFORE UPDATE OF name ON public.domains
  FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION keyward.check_renaming();

-- The serial of a secondary zone is its primary's, and does not move here: the zone's own secondaries would
-- keep signatures until they have expired.
CREATE OR REPLACE FUNCTION keyward.check_kind() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM keyward.assignment a WHERE a.domain_id = OLD.id AND a.state <> 'ended') THEN
    RAISE EXCEPTION 'the zone % cannot be of type %: Keyward signs it, and a secondary zone has the'
      ' signatures and the serial of its primary; have its DS removed from the parent, take its key away with'
      ' ''keyward unassign %'', and change the type when it is unsigned', OLD.name, NEW.type, OLD.name
      USING ERRCODE = 'object_in_use';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_kind BEFORE UPDATE OF type ON public.domains
  FOR EACH ROW WHEN (OLD.type IS DISTINCT FROM NEW.type
    AND upper(NEW.type) IN ('SLAVE', 'SECONDARY', 'CONSUMER'))
  EXECUTE FUNCTION keyward.check_kind();

-- What the parent has may not fit the keys as they are now: it is asked within seconds.
CREATE OR REPLACE FUNCTION keyward.ask_parent() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO keyward.parent_question (domain_id, wanted_at) VALUES (NEW.domain_id, clock_timestamp())
    ON CONFLICT (domain_id) DO UPDATE SET wanted_at = excluded.wanted_at;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_ask_parent AFTER INSERT OR UPDATE OF state, mode, key_id, cds, cdnskey ON keyward.assignment
  FOR EACH ROW WHEN (NEW.domain_id IS NOT NULL AND NEW.state <> 'signing') EXECUTE FUNCTION keyward.ask_parent();
