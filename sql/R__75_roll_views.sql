-- Rolls and keys, as people look at them.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE OR REPLACE VIEW keyward.key_states AS
  SELECT a.domain_id, a.zone, 'ksk' AS role, k.id AS key_id, k.key_tag, k.algorithm, k.label,
    CASE a.state WHEN 'signing' THEN 'new' ELSE 'active' END AS state,
    a.assigned_at AS published_from, NULL::TIMESTAMPTZ AS published_until,
    a.assigned_at AS signs_from, NULL::TIMESTAMPTZ AS signs_until,
    NULL::TIMESTAMPTZ AS purged_at
  FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id WHERE a.state <> 'ended'
  UNION ALL
  SELECT a.domain_id, a.zone, 'zsk', z.id, z.key_tag, z.algorithm, NULL,
    CASE
      WHEN t.published_from IS NULL OR t.published_from = t.published_until THEN 'unused'
      WHEN t.published_until <= now() THEN 'gone'
      WHEN t.published_until IS NOT NULL THEN 'leaving'
      WHEN t.signs_until <= now() THEN 'retired'
      WHEN t.signs_from <= now() THEN 'active'
      WHEN t.published_from <= now() THEN 'published'
      ELSE 'new' END,
    t.published_from, t.published_until, t.signs_from, t.signs_until, z.purged_at
  FROM keyward.assignment a JOIN keyward.zsk z ON z.assignment_id = a.id,
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
  SELECT a.domain_id, a.zone, r.role, o.key_tag AS old_tag, n.key_tag AS new_tag, r.phase, r.since,
    CASE WHEN r.held THEN 'person' ELSE r.waits_for END AS waits_for,
    CASE WHEN r.held THEN NULL ELSE r.waits_until END AS waits_until, r.waits_since, r.seen_at, r.held,
    r.pace, r.began_at, r.began_by, r.reason, r.serial
  FROM keyward.roll r JOIN keyward.assignment a ON a.id = r.assignment_id
  LEFT JOIN keyward.zsk o ON r.role = 'zsk' AND o.id = r.old_key
  LEFT JOIN keyward.zsk n ON r.role = 'zsk' AND n.id = r.new_key;
COMMENT ON VIEW keyward.rolls IS 'which key takes the place of which, how far it is and what it waits for';
COMMENT ON COLUMN keyward.rolls.phase IS
  'entering, published, switching, retiring, leaving, forgotten: see docs/keys.md';
COMMENT ON COLUMN keyward.rolls.waits_for IS
  'stock (DNSKEY sets that the token has not signed yet, or that are still to be used up), servers, caches, person, clock, signer';
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
    ARRAY(SELECT k.key_tag FROM keyward.zsk k WHERE k.id = ANY (z.zsks) ORDER BY k.id) AS zsk_tags,
    ARRAY(SELECT k.key_tag FROM keyward.zsk k WHERE k.id = ANY (z.signers) ORDER BY k.id) AS signing_tags,
    z.shown_since, z.answered_at, z.asked_at, z.failing_since, z.failure
  FROM keyward.zone_server z JOIN keyward.assignment a ON a.id = z.assignment_id;
COMMENT ON VIEW keyward.zone_servers IS
  'what each name server of a zone showed when it was last asked, which is while a roll waits for it';
COMMENT ON COLUMN keyward.zone_servers.zsk_tags IS 'key tags of the ZSKs in its DNSKEY set';
COMMENT ON COLUMN keyward.zone_servers.signing_tags IS 'key tags of the ZSKs whose signatures it gives';
COMMENT ON COLUMN keyward.zone_servers.failing_since IS 'since when it has not answered; null when it did';
