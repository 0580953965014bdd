-- CDS and CDNSKEY (RFC 7344, RFC 8078): on request, by PowerDNS's own metadata PUBLISH-CDS and
-- PUBLISH-CDNSKEY, and signed by the KSK ahead of time like the DNSKEY set. A set is served when its
-- signature is there, never before.

SET LOCAL search_path TO public;

ALTER TABLE keyward.assignment ADD COLUMN cds TEXT, ADD COLUMN cdnskey TEXT;
COMMENT ON COLUMN keyward.assignment.cds IS
  'digest types of the CDS set that is wanted, 0 for the one that asks for no DS; null for none';
COMMENT ON COLUMN keyward.assignment.cdnskey IS
  '1 when a CDNSKEY set is wanted, 0 for the one that asks for no DS; null for none';

ALTER TABLE keyward.signing_work
  ADD COLUMN type INT NOT NULL DEFAULT 48 CHECK (type IN (48, 59, 60)),
  ADD COLUMN content TEXT NOT NULL DEFAULT '',
  DROP CONSTRAINT signing_work_pkey,
  ADD PRIMARY KEY (assignment_id, active_from, type);
COMMENT ON COLUMN keyward.signing_work.type IS 'what is to be signed: 48 DNSKEY, 59 CDS, 60 CDNSKEY';
COMMENT ON COLUMN keyward.signing_work.content IS 'of a CDS or CDNSKEY set: what the assignment wants';

CREATE TABLE keyward.signed_child (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  type           INT NOT NULL CHECK (type IN (59, 60)),
  content        TEXT NOT NULL,
  active_from    BIGINT NOT NULL,
  inception      BIGINT NOT NULL,
  expiration     BIGINT NOT NULL,
  ttl            BIGINT NOT NULL,
  signature      BYTEA NOT NULL,
  signed_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (assignment_id, type, content, active_from)
);
COMMENT ON TABLE keyward.signed_child IS
  'signatures of the key signing key over CDS and CDNSKEY sets, made ahead like those over the DNSKEY set';

-- What the metadata of a zone ask for: '2', '2,4', '0', '1'; null when nothing.
CREATE FUNCTION keyward.child_wish(domain INT, wish TEXT) RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT string_agg(DISTINCT w.word, ',' ORDER BY w.word)
  FROM public.domainmetadata m, regexp_split_to_table(m.content, '[,\s]+') w (word)
  WHERE m.domain_id = domain AND m.kind = wish AND w.word <> ''
$$;

CREATE OR REPLACE FUNCTION keyward.check_published_keys() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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

-- At commit, since a value is replaced by deleting and inserting. The signer plans the zone anew;
-- signatures over the same set that are there are used again. What is no longer wanted goes at once.
CREATE FUNCTION keyward.follow_child_keys() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  changed_zone INT := CASE WHEN TG_OP = 'DELETE' THEN OLD.domain_id ELSE NEW.domain_id END;
BEGIN
  PERFORM FROM public.domains d WHERE d.id = changed_zone FOR NO KEY UPDATE;
  UPDATE keyward.assignment a
    SET cds = keyward.child_wish(changed_zone, 'PUBLISH-CDS'),
      cdnskey = keyward.child_wish(changed_zone, 'PUBLISH-CDNSKEY'), planned_until = 0
    WHERE a.domain_id = changed_zone AND a.state <> 'ended'
      AND (a.cds, a.cdnskey) IS DISTINCT FROM (keyward.child_wish(changed_zone, 'PUBLISH-CDS'),
        keyward.child_wish(changed_zone, 'PUBLISH-CDNSKEY'));
  IF FOUND THEN
    PERFORM keyward.bump_serial(changed_zone);
    PERFORM keyward.touch_zone(changed_zone);
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_follow_child_keys_written AFTER INSERT OR UPDATE ON domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.follow_child_keys();
CREATE CONSTRAINT TRIGGER keyward_follow_child_keys_gone AFTER DELETE ON domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.follow_child_keys();

-- A CDS or CDNSKEY row at the apex of a zone that Keyward signs is left out: Keyward publishes its own.
-- One that says something else than the key that signs the zone would cut the zone off once the parent
-- takes it, so it is refused.
CREATE FUNCTION keyward.check_child_keys() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  zone TEXT;
BEGIN
  SELECT a.zone INTO zone FROM keyward.assignment a JOIN public.domains d ON d.id = a.domain_id
    WHERE a.domain_id = NEW.domain_id AND a.state <> 'ended' AND d.name = NEW.name;
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
    zone, NEW.type, NEW.type, zone USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keyward_check_child_keys BEFORE INSERT OR UPDATE OF type, content, name, disabled ON records
  FOR EACH ROW WHEN (NEW.type IN ('CDS', 'CDNSKEY')) EXECUTE FUNCTION keyward.check_child_keys();

REVOKE EXECUTE ON FUNCTION keyward.child_wish(INT, TEXT), keyward.follow_child_keys(),
  keyward.check_child_keys() FROM PUBLIC;

DO $roles$
BEGIN
  GRANT SELECT ON keyward.signed_child TO keyward_serve, keyward_admin, keyward_auditor;
  GRANT SELECT, INSERT, UPDATE, DELETE ON keyward.signed_child TO keyward_sign;
  GRANT EXECUTE ON FUNCTION keyward.child_wish(INT, TEXT) TO keyward_sign;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
