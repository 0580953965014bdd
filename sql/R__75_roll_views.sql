-- Rolls and keys, as people look at them.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE OR REPLACE VIEW keyward.key_states AS
  SELECT a.domain_id, a.zone, z.role, z.key_id, z.key_tag, z.algorithm, z.label,
    CASE
      WHEN z.role = 'ksk' AND a.state = 'signing' THEN 'new'
      WHEN t.published_from IS NULL OR t.published_from = t.published_until THEN 'unused'
      WHEN t.published_until <= now() THEN 'gone'
      WHEN t.published_until IS NOT NULL THEN 'leaving'
      WHEN t.signs_until <= now() THEN 'retired'
      WHEN t.signs_from <= now() THEN 'active'
      WHEN t.published_from <= now() THEN 'published'
      ELSE 'new' END AS state,
    t.published_from, t.published_until, t.signs_from, t.signs_until, z.purged_at
  FROM keyward.assignment a JOIN (
      SELECT o.assignment_id, 'ksk' AS role, k.id AS key_id, k.key_tag, k.algorithm, k.label,
        o.published_from, o.published_until, o.signs_from, o.signs_until, NULL::TIMESTAMPTZ AS purged_at
      FROM keyward.ksk o JOIN keyward.key k ON k.id = o.key_id
      UNION ALL
      SELECT s.assignment_id, 'zsk', s.id, s.key_tag, s.algorithm, NULL, s.published_from, s.published_until,
        s.signs_from, s.signs_until, s.purged_at
      FROM keyward.zsk s) z ON z.assignment_id = a.id,
    LATERAL (SELECT
      greatest(CASE WHEN z.published_from BETWEEN 0 AND 253402300799 THEN to_timestamp(z.published_from) END, CASE WHEN z.published_from IS NOT NULL THEN a.assigned_at END)
        AS published_from,
      CASE WHEN z.published_until BETWEEN 0 AND 253402300799 THEN to_timestamp(z.published_until) END AS published_until,
      greatest(CASE WHEN z.signs_from BETWEEN 0 AND 253402300799 THEN to_timestamp(z.signs_from) END, CASE WHEN z.signs_from IS NOT NULL THEN a.assigned_at END)
        AS signs_from,
      CASE WHEN z.signs_until BETWEEN 0 AND 253402300799 THEN to_timestamp(z.signs_until) END AS signs_until) t
  WHERE a.state <> 'ended';
COMMENT ON VIEW keyward.key_states IS 'each key of each zone that Keyward signs: what it does, since when and until when';
COMMENT ON COLUMN keyward.key_states.label IS 'of a KSK: on its token';
COMMENT ON COLUMN keyward.key_states.state IS
  'new (in no DNSKEY set yet), published, active (signs), retired (published, no longer signing), leaving, gone, unused';
COMMENT ON COLUMN keyward.key_states.published_from IS 'begin of the first DNSKEY set that has it';
COMMENT ON COLUMN keyward.key_states.published_until IS 'DNSKEY sets for use from then on are without it';

COMMENT ON COLUMN keyward.key_states.purged_at IS
  'when the private key of a former ZSK was removed, 90 days after it left; its public half stays';

CREATE OR REPLACE VIEW keyward.rolls AS
  SELECT a.domain_id, a.zone, r.role, coalesce(o.key_tag, p.key_tag) AS old_tag,
    coalesce(n.key_tag, m.key_tag) AS new_tag, r.phase, r.since,
    CASE WHEN r.held THEN 'person' ELSE r.waits_for END AS waits_for,
    CASE WHEN r.held THEN NULL ELSE r.waits_until END AS waits_until, r.waits_since, r.seen_at, r.held,
    r.pace, r.began_at, r.began_by, r.reason, r.serial
  FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
  LEFT JOIN keyward.zsk o ON r.role = 'zsk' AND o.id = r.old_key
  LEFT JOIN keyward.zsk n ON r.role = 'zsk' AND n.id = r.new_key
  LEFT JOIN keyward.key p ON r.role = 'ksk' AND p.id = r.old_key
  LEFT JOIN keyward.key m ON r.role = 'ksk' AND m.id = r.new_key;
COMMENT ON VIEW keyward.rolls IS 'which key takes the place of which, how far it is and what it waits for';
COMMENT ON COLUMN keyward.rolls.phase IS
  'entering, published, switching (ZSK) or submitted (KSK), retiring, leaving, forgotten: see docs/keys.md';
COMMENT ON COLUMN keyward.rolls.waits_for IS
  'stock (DNSKEY sets that the token has not signed yet, or that are still to be used up), servers, parent, caches, person, clock, signer';
COMMENT ON COLUMN keyward.rolls.waits_until IS 'where time alone decides';
COMMENT ON COLUMN keyward.rolls.seen_at IS 'when what the phase waits for was seen; its wait counts from then';
COMMENT ON COLUMN keyward.rolls.serial IS 'a name server has followed the roll''s last change when it shows this serial';

CREATE OR REPLACE VIEW keyward.roll_history AS
  SELECT e.id, e.at, e.zone, e.role, e.old_tag, e.new_tag, e.phase, e.next_phase, e.actor, e.detail
  FROM keyward.roll_event e;
COMMENT ON VIEW keyward.roll_history IS 'each step and each command of each roll, also of those that are over';
COMMENT ON COLUMN keyward.roll_history.phase IS 'that it came from; null when it began';
COMMENT ON COLUMN keyward.roll_history.next_phase IS 'that it went to; null when it was over';

CREATE OR REPLACE VIEW keyward.zone_servers AS
  SELECT a.zone, z.address, z.serial,
    ARRAY(SELECT k.key_tag FROM keyward.key k WHERE k.id = ANY (z.ksks) ORDER BY k.id) AS ksk_tags,
    ARRAY(SELECT k.key_tag FROM keyward.zsk k WHERE k.id = ANY (z.zsks) ORDER BY k.id) AS zsk_tags,
    ARRAY(SELECT k.key_tag FROM keyward.zsk k WHERE k.id = ANY (z.signers) ORDER BY k.id) AS signing_tags,
    z.shown_since, z.answered_at, z.asked_at, z.failing_since, z.failure
  FROM keyward.zone_server z JOIN keyward.assignment a ON a.id = z.assignment_id;
COMMENT ON VIEW keyward.zone_servers IS
  'what each name server of a zone showed when it was last asked, which is while a roll waits for it';
COMMENT ON COLUMN keyward.zone_servers.ksk_tags IS 'key tags of the KSKs in its DNSKEY set';
COMMENT ON COLUMN keyward.zone_servers.zsk_tags IS 'key tags of the ZSKs in its DNSKEY set';
COMMENT ON COLUMN keyward.zone_servers.signing_tags IS 'key tags of the ZSKs whose signatures it gives';
COMMENT ON COLUMN keyward.zone_servers.failing_since IS 'since when it has not answered; null when it did';

-- Read for one zone, and for all of them at once: joins, which are cheap in both cases.
CREATE OR REPLACE VIEW keyward.zone_policies AS
  SELECT a.id AS assignment_id, a.domain_id, a.zone,
    coalesce(m.content, CASE WHEN q.id IS NOT NULL THEN 'as-before' END, 'default') AS policy
  FROM keyward.assignment a
  LEFT JOIN keyward.request q ON q.id = a.request_id AND q.kind = 'adopt'
  LEFT JOIN public.domainmetadata m ON m.domain_id = a.domain_id AND m.kind = 'X-KEYWARD-POLICY'
    AND NOT EXISTS (SELECT FROM public.domainmetadata o WHERE o.domain_id = m.domain_id
      AND o.kind = 'X-KEYWARD-POLICY' AND (o.content, o.id) < (m.content, m.id))
  WHERE a.state <> 'ended';
COMMENT ON VIEW keyward.zone_policies IS
  'by which policy the keys of a zone are kept: its metadata X-KEYWARD-POLICY, else as-before when it came with keys, else default';

CREATE OR REPLACE VIEW keyward.parents_here AS
  WITH RECURSIVE chain AS (
    SELECT p.name AS policy, p.name AS says, p.base, 0 AS depth FROM keyward.policy p
    UNION ALL
    SELECT c.policy, p.name, p.base, c.depth + 1 FROM chain c JOIN keyward.policy p ON p.name = c.base
    WHERE c.depth < 100),
  said AS (
    SELECT DISTINCT ON (c.policy) c.policy, v.value FROM chain c
    JOIN keyward.policy_value v ON v.policy = c.says AND v.field = 'parent-ds'
    ORDER BY c.policy, c.depth)
  SELECT z.assignment_id, z.domain_id, z.zone, p.id AS parent_id, p.name AS parent,
    coalesce(s.value, 'hand') = 'write' AS writes,
    CASE
      WHEN upper(p.type) IN ('SLAVE', 'CONSUMER') THEN 'it is a copy from another server'
      WHEN EXISTS (SELECT FROM keyward.powerdns_keys k WHERE k.domain_id = p.id AND k.active)
        THEN 'PowerDNS signs it'
      WHEN EXISTS (SELECT FROM public.domainmetadata m
          WHERE m.domain_id = p.id AND m.kind = 'PRESIGNED' AND m.content = '1')
        AND NOT EXISTS (SELECT FROM keyward.assignment o WHERE o.domain_id = p.id AND o.state <> 'ended')
        THEN 'another server has signed it'
      WHEN EXISTS (SELECT FROM public.records r WHERE r.domain_id = p.id AND r.type = 'NS'
          AND r.name = ANY (keyward.names_above(z.zone)) AND length(r.name) > length(p.name)
          AND NOT coalesce(r.disabled, false))
        THEN 'it delegates a zone between them'
      WHEN NOT EXISTS (SELECT FROM public.records r WHERE r.domain_id = p.id AND r.type = 'NS'
          AND r.name = z.zone AND NOT coalesce(r.disabled, false))
        THEN 'it has no NS records of ' || z.zone
    END AS obstacle
  FROM keyward.zone_policies z
  JOIN LATERAL (SELECT d.id, d.name, d.type FROM public.domains d
    WHERE d.name = ANY (keyward.names_above(z.zone)) AND z.zone NOT IN ('', '.')
    ORDER BY length(d.name) DESC LIMIT 1) p ON true
  LEFT JOIN said s ON s.policy = CASE WHEN EXISTS (SELECT FROM keyward.policy q WHERE q.name = z.policy)
    THEN z.policy ELSE 'default' END;
COMMENT ON VIEW keyward.parents_here IS
  'the zone of this database that is above a zone with a key, and whether Keyward writes the DS there';
COMMENT ON COLUMN keyward.parents_here.writes IS 'whether the policy of the zone says parent-ds=write';
COMMENT ON COLUMN keyward.parents_here.obstacle IS 'why Keyward does not write into it all the same';

CREATE OR REPLACE VIEW keyward.ds_due AS
  SELECT a.zone, o.key_tag AS old_tag, n.key_tag AS new_tag, r.since, d.record,
    (SELECT count(*) FROM keyward.parent_server s WHERE s.domain_id = a.domain_id AND EXISTS (
      SELECT FROM unnest(s.ds) t WHERE t = n.key_tag || ' ' || n.algorithm || ' 2 ' || d.digest)) AS servers_with,
    (SELECT count(*) FROM keyward.parent_server s WHERE s.domain_id = a.domain_id) AS servers,
    (SELECT v.checked_at FROM keyward.parent_view v WHERE v.domain_id = a.domain_id) AS checked_at,
    coalesce((SELECT min(s.parent) FROM keyward.parent_server s WHERE s.domain_id = a.domain_id AND s.parent <> ''),
      h.parent) AS parent, coalesce(h.writes AND h.obstacle IS NULL, false) AS written, CASE WHEN h.writes THEN h.obstacle END AS obstacle
  FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
  LEFT JOIN keyward.parents_here h ON h.assignment_id = a.id
  JOIN keyward.key o ON o.id = r.old_key JOIN keyward.key n ON n.id = r.new_key
  JOIN keyward.ds_records d ON d.zone = a.zone
  WHERE r.role = 'ksk' AND r.phase = 'submitted';
COMMENT ON VIEW keyward.ds_due IS
  'zones whose parent is to get another DS now: replace the DS of the old key by this record';
COMMENT ON COLUMN keyward.ds_due.since IS 'since when it may be handed in: all name servers show the new key, and caches know it';
COMMENT ON COLUMN keyward.ds_due.record IS 'the whole record, for the parent''s master file or registry';
COMMENT ON COLUMN keyward.ds_due.servers_with IS
  'how many addresses of the parent''s name servers have it; it is done when all have it';
COMMENT ON COLUMN keyward.ds_due.servers IS 'how many addresses the parent''s name servers have';
COMMENT ON COLUMN keyward.ds_due.checked_at IS 'when they were asked last';
COMMENT ON COLUMN keyward.ds_due.parent IS 'the parent zone, where it is known';
COMMENT ON COLUMN keyward.ds_due.written IS
  'whether Keyward writes it by itself: the parent is a zone of this database, and the policy says parent-ds=write';
COMMENT ON COLUMN keyward.ds_due.obstacle IS 'why Keyward does not write it, although the policy says so';

CREATE OR REPLACE VIEW keyward.policies AS
  SELECT p.name, p.base, (SELECT count(*) FROM keyward.zone_policies z WHERE z.policy = p.name) AS zones,
    (SELECT string_agg(v.field || '=' || v.value, ' ' ORDER BY v.field) FROM keyward.policy_value v
      WHERE v.policy = p.name) AS says, p.changed_at, p.changed_by, p.fault
  FROM keyward.policy p;
COMMENT ON VIEW keyward.policies IS 'how keys of zones are kept; keyward.set_policy changes a policy';
COMMENT ON COLUMN keyward.policies.base IS 'the policy that has what this one leaves out; what default leaves out the signer''s configuration has';
COMMENT ON COLUMN keyward.policies.zones IS 'how many zones that Keyward signs it is the policy of';
COMMENT ON COLUMN keyward.policies.says IS 'what it says itself';
COMMENT ON COLUMN keyward.policies.fault IS 'why it is unsafe with the signer''s configuration';
COMMENT ON COLUMN keyward.policies.changed_at IS 'null: as it was built in';
