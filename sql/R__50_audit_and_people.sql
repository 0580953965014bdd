-- The audit log's chain, who acts, and the rule of two persons, which holds whichever way somebody comes.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

-- Until the transaction ends, nobody else appends. A row beyond the head was not appended.
CREATE OR REPLACE FUNCTION keyward.lock_audit() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known BIGINT;
BEGIN
  SELECT count INTO known FROM keyward.audit_head FOR UPDATE;
  IF known IS NULL OR EXISTS (SELECT FROM keyward.audit a WHERE a.id > known) THEN
    RAISE EXCEPTION 'the audit log and its head do not fit: ''keyward audit verify'' says how';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_lock BEFORE INSERT ON keyward.audit
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.lock_audit();

-- After the row before of the same statement, which is there already; the first one after the head.
CREATE OR REPLACE FUNCTION keyward.chain_audit() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head keyward.audit_head;
  former RECORD;
BEGIN
  SELECT * INTO head FROM keyward.audit_head;
  SELECT a.id, a.hash INTO former FROM keyward.audit a WHERE a.id > head.count
    ORDER BY a.id DESC LIMIT 1;
  IF FOUND THEN
    head.count := former.id;
    head.hash := former.hash;
  END IF;
  NEW.id := head.count + 1;
  -- Each field with its length, so that no two rows read alike.
  NEW.hash := sha256(head.hash || convert_to((
    SELECT string_agg(
      coalesce(octet_length(convert_to(f.value, 'UTF8')) || ':' || f.value, '-') || ',', '')
    FROM unnest(ARRAY[NEW.id::TEXT, NEW.at, NEW.actor, NEW.action, NEW.result, NEW.zone,
      NEW.token_serial, NEW.key_label, NEW.cka_id, NEW.key_tag, NEW.detail]) f (value)), 'UTF8'));
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_chain BEFORE INSERT ON keyward.audit
  FOR EACH ROW EXECUTE FUNCTION keyward.chain_audit();

CREATE OR REPLACE FUNCTION keyward.move_audit_head() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE keyward.audit_head h SET count = n.id, hash = n.hash
    FROM (SELECT id, hash FROM new_rows ORDER BY id DESC LIMIT 1) n WHERE n.id > h.count;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_head AFTER INSERT ON keyward.audit
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.move_audit_head();

CREATE OR REPLACE FUNCTION keyward.refuse_audit_change() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % on keyward.audit is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keyward_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON keyward.audit
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.refuse_audit_change();

-- Who deletes a zone: the login, unless Keyward says for whom it does it. Only who may write the
-- audit log can say so, and could write any actor into it anyway.
CREATE OR REPLACE FUNCTION keyward.acting() RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN has_table_privilege(session_user, 'keyward.audit', 'INSERT')
      THEN coalesce(nullif(current_setting('keyward.actor', true), ''), 'sql:' || session_user)
    ELSE 'sql:' || session_user END
$$;

-- The same name is the same person: as a user of the system on whatever host, as an API token, as a login.
CREATE OR REPLACE FUNCTION keyward.person(actor TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT lower(split_part(regexp_replace(actor, '^(os|api|sql):', ''), '@', 1))
$$;

-- Why somebody is not a second person for what another asked; null when they are. Who makes a token
-- has seen it, and could act with it.
CREATE OR REPLACE FUNCTION keyward.second_person_fault(request BIGINT, asked_by TEXT, approver TEXT) RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN keyward.person(asked_by) = keyward.person(approver)
      THEN asked_by || ' made request ' || request || ': somebody else must approve it'
    ELSE (
      SELECT 'the API token ''' || t.name || ''' was made by ' || t.created_by || ': as a second person for request '
        || request || ' of ' || asked_by || ', somebody else must approve it'
      FROM keyward.api_token t
      WHERE 'api:' || t.name = approver AND keyward.person(t.created_by) = keyward.person(asked_by)
        OR 'api:' || t.name = asked_by AND keyward.person(t.created_by) = keyward.person(approver)
      LIMIT 1)
    END
$$;

CREATE OR REPLACE FUNCTION keyward.check_second_person() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT := keyward.second_person_fault(NEW.id, NEW.actor, NEW.approved_by);
BEGIN
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_second_person BEFORE INSERT OR UPDATE ON keyward.request
  FOR EACH ROW WHEN (NEW.approved_by IS NOT NULL) EXECUTE FUNCTION keyward.check_second_person();

CREATE OR REPLACE FUNCTION keyward.needs_two_people() RETURNS BOOL
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT two_person FROM keyward.rule), false)
$$;

-- Whether this transaction is the one that carries out what a second person has approved.
CREATE OR REPLACE FUNCTION keyward.approves(wanted TEXT, zone TEXT) RETURNS BOOL
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM keyward.request r
    WHERE r.kind = wanted AND r.state = 'done' AND r.approved_by IS NOT NULL
      AND rtrim(lower(r.zone), '.') = rtrim(lower(approves.zone), '.')
      AND r.xmin = pg_current_xact_id()::XID)
$$;

CREATE OR REPLACE FUNCTION keyward.check_rule() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.two_person OR NOT OLD.two_person) THEN
    RETURN NEW;
  END IF;
  IF keyward.needs_two_people() AND NOT keyward.approves('rule', '.') THEN
    RAISE EXCEPTION 'it takes two people to turn the rule of two people off; ask with ''keyward two-person off'','
      ' and somebody else approves it' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW WHEN 'DELETE' THEN OLD END;
END
$$;
CREATE TRIGGER keyward_check_rule BEFORE UPDATE OR DELETE ON keyward.rule
  FOR EACH ROW EXECUTE FUNCTION keyward.check_rule();
CREATE TRIGGER keyward_check_rule_truncate BEFORE TRUNCATE ON keyward.rule
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.check_rule();

-- What a zone tells its parent of its keys is signed by the KSK, and the parent follows it. A zone that goes
-- takes its metadata with it.
CREATE OR REPLACE FUNCTION keyward.check_publishing() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed_zone INT := CASE WHEN TG_OP = 'DELETE' THEN OLD.domain_id ELSE NEW.domain_id END;
  zone TEXT;
BEGIN
  SELECT d.name INTO zone FROM public.domains d WHERE d.id = changed_zone;
  IF zone IS NOT NULL AND keyward.needs_two_people() AND NOT keyward.approves('publish', zone) THEN
    RAISE EXCEPTION 'zone %: it takes two people to change what it publishes of its keys for its parent; ask with'
      ' ''keyward ds % --publish'', and somebody else approves it', zone, zone
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER keyward_check_publishing_written BEFORE INSERT OR UPDATE ON public.domainmetadata
  FOR EACH ROW WHEN (NEW.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.check_publishing();
CREATE TRIGGER keyward_check_publishing_gone BEFORE UPDATE OF domain_id, kind ON public.domainmetadata
  FOR EACH ROW WHEN (OLD.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.check_publishing();
CREATE TRIGGER keyward_check_publishing_deleted BEFORE DELETE ON public.domainmetadata
  FOR EACH ROW WHEN (OLD.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.check_publishing();

-- By which policy the keys of a zone are kept decides what its KSK signs, and when.
CREATE OR REPLACE FUNCTION keyward.check_zone_policy() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed_zone INT := CASE WHEN TG_OP = 'DELETE' THEN OLD.domain_id ELSE NEW.domain_id END;
  zone TEXT;
BEGIN
  SELECT d.name INTO zone FROM public.domains d WHERE d.id = changed_zone;
  IF zone IS NOT NULL AND keyward.needs_two_people() AND NOT keyward.approves('policy', zone) THEN
    RAISE EXCEPTION 'zone %: it takes two people to change its policy; ask with ''keyward policy assign'', and somebody'
      ' else approves it', zone USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF NEW.kind = 'X-KEYWARD-POLICY' AND NOT EXISTS (SELECT FROM keyward.policy p WHERE p.name = NEW.content) THEN
    RAISE EXCEPTION 'zone %: there is no policy ''%''; keyward.policies has them', zone, NEW.content
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_policy_written BEFORE INSERT OR UPDATE ON public.domainmetadata
  FOR EACH ROW WHEN (NEW.kind = 'X-KEYWARD-POLICY') EXECUTE FUNCTION keyward.check_zone_policy();
CREATE TRIGGER keyward_check_policy_gone BEFORE UPDATE OF domain_id, kind ON public.domainmetadata
  FOR EACH ROW WHEN (OLD.kind = 'X-KEYWARD-POLICY') EXECUTE FUNCTION keyward.check_zone_policy();
CREATE TRIGGER keyward_check_policy_deleted BEFORE DELETE ON public.domainmetadata
  FOR EACH ROW WHEN (OLD.kind = 'X-KEYWARD-POLICY') EXECUTE FUNCTION keyward.check_zone_policy();

-- What is checked is the zone that a row comes to: the one that it is taken from would go without a word.
CREATE OR REPLACE FUNCTION keyward.check_moved_metadata() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'zone %: its metadata % cannot be moved to another zone; delete the row, and insert one there',
    (SELECT d.name FROM public.domains d WHERE d.id = OLD.domain_id), OLD.kind USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keyward_check_moved_metadata BEFORE UPDATE OF domain_id ON public.domainmetadata
  FOR EACH ROW WHEN (OLD.domain_id IS NOT NULL AND OLD.domain_id IS DISTINCT FROM NEW.domain_id
    AND OLD.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY', 'X-KEYWARD-POLICY'))
  EXECUTE FUNCTION keyward.check_moved_metadata();

-- For the signer, which writes no metadata otherwise.
CREATE OR REPLACE FUNCTION keyward.give_policy(domain INT, policy TEXT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.domainmetadata m SET content = policy
    WHERE m.domain_id = domain AND m.kind = 'X-KEYWARD-POLICY' AND m.content IS DISTINCT FROM policy;
  INSERT INTO public.domainmetadata (domain_id, kind, content)
    SELECT domain, 'X-KEYWARD-POLICY', policy WHERE NOT EXISTS (SELECT FROM public.domainmetadata m
      WHERE m.domain_id = domain AND m.kind = 'X-KEYWARD-POLICY');
END
$$;

-- Whether nobody has approved that this row of domainmetadata asks a parent to delete the DS, although two
-- people are needed: it is from before that, or was written past the triggers. Nobody serves it.
CREATE OR REPLACE FUNCTION keyward.is_held_back(metadata BIGINT, content TEXT) RETURNS BOOL
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT '0' = ANY (regexp_split_to_array(content, '[,\s]+')) AND keyward.needs_two_people()
    AND NOT EXISTS (SELECT FROM keyward.approved_deletion a WHERE a.metadata_id = metadata)
$$;

CREATE OR REPLACE FUNCTION keyward.note_approved_deletion() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM keyward.approved_deletion a WHERE a.metadata_id = OLD.id;
  ELSIF '0' = ANY (regexp_split_to_array(NEW.content, '[,\s]+')) AND keyward.needs_two_people() THEN
    INSERT INTO keyward.approved_deletion (metadata_id)
      SELECT NEW.id FROM public.domains d
      WHERE d.id = NEW.domain_id AND keyward.approves('publish', d.name)
      ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_note_approved_deletion_written AFTER INSERT OR UPDATE ON public.domainmetadata
  FOR EACH ROW WHEN (NEW.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.note_approved_deletion();
CREATE TRIGGER keyward_note_approved_deletion_gone AFTER DELETE ON public.domainmetadata
  FOR EACH ROW WHEN (OLD.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.note_approved_deletion();

-- Turned on or off, the rule changes what zones that PowerDNS signs publish; approvals of before are over.
CREATE OR REPLACE FUNCTION keyward.follow_rule() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  domain INT;
BEGIN
  DELETE FROM keyward.approved_deletion;
  FOR domain IN
    SELECT DISTINCT m.domain_id FROM public.domainmetadata m
    WHERE m.kind IN ('PUBLISH-CDS', 'PUBLISH-CDNSKEY') AND m.domain_id IS NOT NULL
      AND '0' = ANY (regexp_split_to_array(m.content, '[,\s]+'))
  LOOP
    PERFORM keyward.bump_serial(domain);
    PERFORM keyward.touch_zone(domain);
  END LOOP;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_follow_rule AFTER UPDATE ON keyward.rule
  FOR EACH ROW WHEN (NEW.two_person <> OLD.two_person) EXECUTE FUNCTION keyward.follow_rule();

-- What the metadata of a zone ask for, without the form that has the parent delete the DS where that was
-- written when no second person was needed, or past this trigger: nobody has approved it then. What is
-- approved is written at once, by the trigger keyward.follow_child_keys.
CREATE OR REPLACE FUNCTION keyward.granted_wish(domain INT, wish TEXT) RETURNS TEXT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN NOT (keyward.needs_two_people() AND '0' = ANY (string_to_array(w.asked, ','))) THEN w.asked END
  FROM (SELECT keyward.child_wish(domain, wish) AS asked) w
$$;

-- Who turns the rule on takes out of the KSK's hands what nobody else has approved.
CREATE OR REPLACE FUNCTION keyward.hold_deletions_back() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held RECORD;
BEGIN
  FOR held IN
    UPDATE keyward.assignment a
      SET cds = keyward.granted_wish(a.domain_id, 'PUBLISH-CDS'),
        cdnskey = keyward.granted_wish(a.domain_id, 'PUBLISH-CDNSKEY'), planned_until = 0
      WHERE a.state <> 'ended' AND a.domain_id IS NOT NULL
        AND ('0' = ANY (string_to_array(a.cds, ',')) OR '0' = ANY (string_to_array(a.cdnskey, ',')))
      RETURNING a.domain_id, a.zone, a.key_id, a.cds, a.cdnskey
  LOOP
    PERFORM keyward.bump_serial(held.domain_id);
    PERFORM keyward.touch_zone(held.domain_id);
    INSERT INTO keyward.audit (at, actor, action, result, zone, key_label, detail)
      SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        keyward.acting(), 'PUBLISHED_KEYS_CHANGED', 'DONE', coalesce(nullif(held.zone, ''), '.'), k.label,
        keyward.published_words(held.cds, held.cdnskey)
          || '; what asks the parent to delete the DS waits for two people'
      FROM keyward.key k WHERE k.id = held.key_id;
  END LOOP;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_hold_deletions_back AFTER UPDATE ON keyward.rule
  FOR EACH ROW WHEN (NEW.two_person AND NOT OLD.two_person)
  EXECUTE FUNCTION keyward.hold_deletions_back();

-- Keys in use in cryptokeys decide who signs a zone. Keyward's own logins, which may write the audit log, write
-- there what was approved.
CREATE OR REPLACE FUNCTION keyward.check_keys_in_use() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed_zone INT := CASE WHEN TG_OP = 'DELETE' THEN OLD.domain_id ELSE NEW.domain_id END;
  zone TEXT;
BEGIN
  SELECT d.name INTO zone FROM public.domains d WHERE d.id = changed_zone;
  IF zone IS NOT NULL AND keyward.needs_two_people()
    AND NOT has_table_privilege(session_user, 'keyward.audit', 'INSERT') THEN
    RAISE EXCEPTION 'zone %: it takes two people to change who signs it; ask with ''keyward assign %'' or'
      ' ''keyward mode'', and somebody else approves it', zone, zone USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER keyward_check_keys_in_use BEFORE INSERT OR UPDATE OR DELETE ON public.cryptokeys
  FOR EACH ROW EXECUTE FUNCTION keyward.check_keys_in_use();

-- With PRESIGNED PowerDNS signs nothing with the keys that a zone has, and without it it does. Zones that have
-- none, such as secondaries of signed zones, are left alone.
CREATE OR REPLACE FUNCTION keyward.check_presigned() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  zone TEXT;
  by_keyward BOOL;
BEGIN
  SELECT z.name, z.assigned INTO zone, by_keyward
    FROM (SELECT d.name, d.id, EXISTS (SELECT FROM keyward.assignment a
        WHERE a.domain_id = d.id AND a.state <> 'ended') AS assigned
      FROM public.domains d
      WHERE d.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.domain_id END,
        CASE WHEN TG_OP <> 'DELETE' THEN NEW.domain_id END)) z
    WHERE z.assigned
      OR EXISTS (SELECT FROM keyward.powerdns_keys k WHERE k.domain_id = z.id AND k.active)
    LIMIT 1;
  IF by_keyward AND TG_OP <> 'DELETE' AND NEW.kind = 'PRESIGNED' THEN
    RAISE EXCEPTION 'zone %: Keyward decides who signs it, and PRESIGNED would make it bogus in mode powerdns;'
      ' change that with ''keyward mode %''', zone, zone USING ERRCODE = 'check_violation';
  END IF;
  IF zone IS NOT NULL AND keyward.needs_two_people() THEN
    RAISE EXCEPTION 'zone %: it takes two people to change who signs it, and PRESIGNED does; ask with ''keyward'
      ' assign %'', and somebody else approves it', zone, zone USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER keyward_check_presigned_written BEFORE INSERT OR UPDATE ON public.domainmetadata
  FOR EACH ROW WHEN (NEW.kind = 'PRESIGNED') EXECUTE FUNCTION keyward.check_presigned();
CREATE TRIGGER keyward_check_presigned_gone BEFORE UPDATE OF domain_id, kind ON public.domainmetadata
  FOR EACH ROW WHEN (OLD.kind = 'PRESIGNED') EXECUTE FUNCTION keyward.check_presigned();
CREATE TRIGGER keyward_check_presigned_deleted BEFORE DELETE ON public.domainmetadata
  FOR EACH ROW WHEN (OLD.kind = 'PRESIGNED') EXECUTE FUNCTION keyward.check_presigned();

-- A zone goes, or gets another name, in the transaction that approves it and in no other.
CREATE OR REPLACE FUNCTION keyward.check_zone_removal() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF keyward.needs_two_people() AND NOT keyward.approves('delete', OLD.name) THEN
    RAISE EXCEPTION 'zone %: it takes two people to delete or rename a zone; ask with ''keyward zone delete %'', and somebody else approves it',
      OLD.name, OLD.name USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER keyward_check_zone_removal BEFORE DELETE ON public.domains
  FOR EACH ROW EXECUTE FUNCTION keyward.check_zone_removal();
CREATE TRIGGER keyward_check_zone_renaming BEFORE UPDATE OF name ON public.domains
  FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION keyward.check_zone_removal();
