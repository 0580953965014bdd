-- What people look at. Their comments are what psql shows and what docs/reference/sql.md is made from.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE OR REPLACE VIEW keyward.problems AS
  SELECT d.name AS zone, p.name, p.type, p.content, p.reason, p.found_at
  FROM keyward.problem p JOIN public.domains d ON d.id = p.domain_id;
COMMENT ON VIEW keyward.problems IS 'records that are left out of their zone, with the reason';
COMMENT ON COLUMN keyward.problems.reason IS 'why the record is not served, and what to do';

-- How far the signatures of each key signing key reach from now on without a gap: to the end of what is
-- before the first gap. One pass over the index signed_set_covered, whose order it goes by.
CREATE OR REPLACE VIEW keyward.runway AS
  SELECT s.assignment_id,
    coalesce(min(s.reached) FILTER (WHERE s.inception > s.reached), max(s.expiration)) AS signed_until
  FROM (
    SELECT n.assignment_id, n.inception, n.expiration, coalesce(max(n.expiration) OVER (
        PARTITION BY n.assignment_id ORDER BY n.inception, n.expiration
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), floor(extract(epoch FROM now()))::BIGINT) AS reached
    FROM keyward.signed_set n WHERE n.expiration > floor(extract(epoch FROM now()))::BIGINT) s
  GROUP BY s.assignment_id
  HAVING coalesce(min(s.reached) FILTER (WHERE s.inception > s.reached), max(s.expiration))
    > floor(extract(epoch FROM now()))::BIGINT;
COMMENT ON VIEW keyward.runway IS
  'each zone that has a valid signature of its key signing key: when there is none any more if no other is made';
COMMENT ON COLUMN keyward.runway.signed_until IS 'seconds since 1970; a signature beyond a gap does not count';

CREATE OR REPLACE VIEW keyward.powerdns_private_keys AS
  SELECT c.domain_id, c.id, c.flags, coalesce(c.active, false) AS active,
    coalesce(c.published, true) AS published, c.content, false AS takes_pin, NULL::BYTEA AS sealed
  FROM public.cryptokeys c
  UNION ALL
  SELECT s.domain_id, s.id, s.flags, s.active, s.published, NULL, s.takes_pin, s.sealed
  FROM keyward.sealed_key s;
COMMENT ON VIEW keyward.powerdns_private_keys IS
  'the keys that PowerDNS signs with: those in clear, of cryptokeys, and those that Keyward has sealed';

-- What PowerDNS signs with, without the keys themselves.
CREATE OR REPLACE VIEW keyward.powerdns_keys AS
  SELECT d.name AS zone, c.domain_id, c.id, c.flags, c.active,
    CASE WHEN c.sealed IS NOT NULL THEN 'sealed'
      WHEN c.content ~ '^\s*Private-key-format:' AND c.content ~ '(?in)^\s*Algorithm:\s*\d'
        THEN CASE WHEN c.content ~ '(?in)^\s*Engine:' THEN 'token'
          WHEN c.content ~ '(?in)^\s*(PrivateKey|Modulus):' THEN 'software' ELSE 'unreadable' END
      ELSE 'unreadable' END AS form,
    CASE WHEN c.content ~ '(?in)^\s*Engine:' THEN trim(substring(c.content FROM '(?in)^\s*Slot:([^\r]*)')) END AS slot,
    CASE WHEN c.content ~ '(?in)^\s*Engine:' THEN trim(substring(c.content FROM '(?in)^\s*Label:([^\r]*)')) END AS label
  FROM keyward.powerdns_private_keys c JOIN public.domains d ON d.id = c.domain_id;
COMMENT ON VIEW keyward.powerdns_keys IS
  'the keys that PowerDNS signs with, in cryptokeys or sealed by Keyward, without the keys themselves';
COMMENT ON COLUMN keyward.powerdns_keys.form IS
  'software, token (the key is on it), sealed (by Keyward), or unreadable: PowerDNS cannot sign the zone then';
COMMENT ON COLUMN keyward.powerdns_keys.slot IS 'of a key on a token: the token''s label';
COMMENT ON COLUMN keyward.powerdns_keys.label IS 'of a key on a token: its label there';

CREATE OR REPLACE VIEW keyward.zone_status AS
  SELECT d.id AS domain_id, d.name AS zone,
    coalesce(a.mode, CASE WHEN EXISTS (
      SELECT FROM public.cryptokeys c WHERE c.domain_id = d.id AND c.active) OR EXISTS (
      SELECT FROM keyward.sealed_key s WHERE s.domain_id = d.id AND s.active) THEN 'powerdns'
      ELSE 'unsigned' END) AS mode, a.state,
    k.token_name AS token, k.label, k.key_tag, k.algorithm,
    (SELECT to_timestamp(r.signed_until) FROM keyward.runway r WHERE r.assignment_id = a.id) AS signed_until,
    (SELECT count(*) FROM keyward.signing_work w WHERE w.assignment_id = a.id) AS steps_waiting,
    (SELECT to_timestamp(min(s.active_from)) FROM keyward.signed_set s
     WHERE s.assignment_id = a.id AND to_timestamp(s.active_from) > now()) AS next_step,
    (SELECT count(*) FROM keyward.problem p WHERE p.domain_id = d.id) AS problems,
    (SELECT v.verdict FROM keyward.parent_view v WHERE v.domain_id = d.id) AS parent,
    (SELECT v.checked_at FROM keyward.parent_view v WHERE v.domain_id = d.id) AS parent_checked_at,
    ARRAY(SELECT DISTINCT f.kind FROM keyward.finding f
      WHERE f.ended_at IS NULL AND f.severity <> 'info'
        AND f.subject IN (d.name, k.token_name, k.token_serial || '/' || k.label)) AS findings
  FROM public.domains d
  LEFT JOIN keyward.assignment a ON a.domain_id = d.id AND a.state <> 'ended'
  LEFT JOIN keyward.key k ON k.id = a.key_id;
COMMENT ON VIEW keyward.zone_status IS 'each zone: signed or not, with which key, until when, and what is left out of it';
COMMENT ON COLUMN keyward.zone_status.mode IS 'presigned when Keyward signs it, powerdns when PowerDNS does, else unsigned';
COMMENT ON COLUMN keyward.zone_status.state IS 'signing, signed or leaving; null when Keyward does not sign it';
COMMENT ON COLUMN keyward.zone_status.signed_until IS
  'when there is no signature of the key signing key any more; null when there is none now';
COMMENT ON COLUMN keyward.zone_status.next_step IS 'when the next signature of the key signing key takes over';
COMMENT ON COLUMN keyward.zone_status.steps_waiting IS 'signatures that the token has still to make';
COMMENT ON COLUMN keyward.zone_status.parent IS
  'whether the DS at the parent fits: fits, missing, orphaned, bogus, wrong_digest, served_otherwise; null when nobody has asked';
COMMENT ON COLUMN keyward.zone_status.findings IS
  'kinds of what is wrong with it, its key or its token: see keyward.findings';
COMMENT ON COLUMN keyward.zone_status.problems IS 'records that are left out: see keyward.problems';

CREATE OR REPLACE VIEW keyward.key_assignments AS
  SELECT a.zone, a.state, a.mode, k.token_name AS token, k.token_serial, k.label, k.cka_id,
    k.algorithm, k.key_tag, a.assigned_at, a.assigned_by, a.reason, a.ended_at, a.ended_by
  FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id;
COMMENT ON VIEW keyward.key_assignments IS 'each use of a key for a zone, also past ones: since when, by whom, why';

-- When the queue of each token will be empty, as far as the last signatures tell.
CREATE OR REPLACE VIEW keyward.token_forecast AS
  SELECT t.name, t.serial, t.fault, t.queue, t.rate, t.seen_at,
    CASE WHEN t.queue = 0 THEN INTERVAL '0'
      WHEN t.rate > 0 THEN make_interval(secs => t.queue / t.rate) END AS empty_in
  FROM keyward.token_status t;
COMMENT ON VIEW keyward.token_forecast IS 'each token: its fault, how much waits for it, when it will be done';
COMMENT ON COLUMN keyward.token_forecast.queue IS 'signatures that wait';
COMMENT ON COLUMN keyward.token_forecast.rate IS 'signatures a second, lately';
COMMENT ON COLUMN keyward.token_forecast.empty_in IS 'null while nothing was signed yet';

-- A time in words, such as 2 days 3 h.
CREATE OR REPLACE FUNCTION keyward.lasting(seconds BIGINT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(nullif(concat_ws(' ',
    CASE WHEN seconds >= 2 * 86400 THEN seconds / 86400 || ' days' WHEN seconds >= 86400 THEN '1 day' END,
    nullif(seconds % 86400 / 3600 || ' h', '0 h'), nullif(seconds % 3600 / 60 || ' min', '0 min'),
    nullif(seconds % 60 || ' s', '0 s')), ''), '0 s')
$$;
COMMENT ON FUNCTION keyward.lasting IS 'a number of seconds in words';

-- Whole: whoever approves a request sees no more of it. PL/pgSQL keeps the plan
-- of its expression; a function in SQL begins and ends an execution for each row.
CREATE OR REPLACE FUNCTION keyward.request_words(
  kind TEXT, zone TEXT, token TEXT, label TEXT, algorithm INT, mode TEXT, hold BIGINT, insist BOOL,
  key_label TEXT) RETURNS TEXT
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN CASE kind
    WHEN 'assign' THEN 'sign ' || zone || ' with the key ''' || label || ''' on the token ''' || token || ''''
      || coalesce(', algorithm ' || CASE algorithm WHEN 8 THEN 'rsasha256' WHEN 10 THEN 'rsasha512' WHEN 13 THEN 'ecdsap256sha256'
        WHEN 14 THEN 'ecdsap384sha384' WHEN 15 THEN 'ed25519' ELSE algorithm::TEXT END, '') || coalesce(', in mode ' || mode, '')
    WHEN 'adopt' THEN 'take over the signing of ' || zone || ' from PowerDNS, with its key ''' || label
      || ''' on the token ''' || token || '''' || coalesce(', in mode ' || mode, '')
    WHEN 'unassign' THEN 'take ' || zone || ' back to unsigned'
      || coalesce(', signed for ' || keyward.lasting(hold) || ' more', '')
    WHEN 'keep' THEN 'keep ' || zone || ' signed, which is on its way to unsigned'
    WHEN 'mode' THEN 'change the mode of ' || zone || ' to ' || mode
    WHEN 'roll' THEN CASE mode
      WHEN 'start' THEN 'replace the ' || upper(label) || ' of ' || zone
        || coalesce(' by the key ''' || key_label || ''' on the token ''' || token || '''', '')
      WHEN 'start-now' THEN 'replace the ' || upper(label) || ' of ' || zone
        || coalesce(' by the key ''' || key_label || ''' on the token ''' || token || '''', '')
        || ', and sign anew at once'
      WHEN 'confirm' THEN 'go on with the roll of the KSK of ' || zone || ': the parent has its DS everywhere'
      WHEN 'hold' THEN 'hold the roll of the ' || upper(label) || ' of ' || zone || ' where it is'
      WHEN 'resume' THEN 'let the roll of the ' || upper(label) || ' of ' || zone || ' go on'
      WHEN 'cancel' THEN 'cancel the roll of the ' || upper(label) || ' of ' || zone
      ELSE CASE WHEN mode LIKE 'start-%' THEN 'replace the ' || upper(label) || ' of ' || zone
        || coalesce(' by the key ''' || key_label || ''' on the token ''' || token || '''', '')
        || ', and sign anew within ' || substr(mode, 7)
        ELSE 'roll ' || zone || ': ' || mode END END
    WHEN 'delete' THEN 'delete the zone ' || zone || CASE WHEN insist THEN ', even if it is signed' ELSE '' END
    WHEN 'publish' THEN CASE mode
      WHEN '' THEN 'publish neither CDS nor CDNSKEY in ' || zone
      WHEN '0' THEN 'ask the parent of ' || zone || ' to delete its DS, with CDS and CDNSKEY'
      ELSE 'publish CDNSKEY and CDS of digest type ' || replace(mode, ',', ', ') || ' in ' || zone END
    WHEN 'policy' THEN CASE mode
      WHEN 'set' THEN 'set ' || key_label || ' in the policy ' || label
      WHEN 'delete' THEN 'delete the policy ' || label
      ELSE 'keep the keys of ' || zone || ' by the policy ' || label END
    WHEN 'rule' THEN 'end the rule that two people are needed'
    WHEN 'clock' THEN 'go on signing for ' || keyward.lasting(hold)
      || ' though the signer''s and the database''s clocks differ'
    ELSE kind || ' ' || zone END;
END
$$;
COMMENT ON FUNCTION keyward.request_words IS 'what a request asks for, in a phrase, from the columns of keyward.request';

-- Who was the second person.
CREATE OR REPLACE VIEW keyward.requests AS
  SELECT r.id, r.kind, r.zone, r.token, r.label, r.reason, r.actor, r.state, r.answer, r.asked_at,
    r.answered_at, r.approved_by, r.approved_at,
    keyward.request_words(r.kind, r.zone, r.token, r.label, r.algorithm, r.mode, r.hold, r.insist,
      r.key_label) AS asks_for
  FROM keyward.request r;
COMMENT ON VIEW keyward.requests IS 'what was asked of the signer, and its answers';
COMMENT ON COLUMN keyward.requests.asks_for IS 'what is done when it is carried out';
COMMENT ON COLUMN keyward.requests.state IS 'waiting (for a second person), queued, started, done, failed or rejected';

-- RFC 4509: SHA-256 over the owner and the DNSKEY.
CREATE OR REPLACE VIEW keyward.ds_records AS
  SELECT s.zone, s.key_tag, s.algorithm, 2 AS digest_type, s.digest,
    CASE s.zone WHEN '.' THEN '.' ELSE s.zone || '.' END || ' IN DS ' || s.key_tag || ' '
      || s.algorithm || ' 2 ' || s.digest AS record
  FROM (
    SELECT a.zone, k.key_tag, k.algorithm,
      upper(encode(sha256(keyward.wire_name(a.zone) || '\x010103'::BYTEA
        || set_byte('\x00', 0, k.algorithm) || k.public_key), 'hex')) AS digest
    FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
    WHERE a.state = 'signed' OFFSET 0) s; -- OFFSET 0: each digest is made once
COMMENT ON VIEW keyward.ds_records IS 'DS records for the parents of the zones that are signed and stay so';
COMMENT ON COLUMN keyward.ds_records.digest_type IS '2: SHA-256';
COMMENT ON COLUMN keyward.ds_records.record IS 'the whole record, for the parent''s master file or registry';

-- Whether anybody still looks is told here, since nobody else can.
CREATE OR REPLACE VIEW keyward.findings AS
  SELECT f.severity, f.kind, f.subject, f.message, f.todo, f.first_seen
  FROM keyward.finding f WHERE f.ended_at IS NULL
  UNION ALL
  SELECT 'critical', 'signer-silent', 'signer',
    'no signer has reported for ' || extract(epoch FROM now() - max(t.seen_at))::BIGINT || ' s',
    'start one: keyward sign, or keyward run', max(t.seen_at)
  FROM keyward.token_status t HAVING max(t.seen_at) < now() - INTERVAL '2 minutes'
  UNION ALL
  SELECT 'warning', 'row-left-out', u.subject, u.message, u.todo, NULL FROM keyward.unreadable_rows() u;
COMMENT ON VIEW keyward.findings IS 'what is wrong now, and what to do about it';
COMMENT ON COLUMN keyward.findings.severity IS 'critical, warning or info';
COMMENT ON COLUMN keyward.findings.todo IS 'what to do about it';

-- The world's view of a zone is too old after a day, as for keyward.findings.
CREATE OR REPLACE VIEW keyward.key_inventory AS
  SELECT coalesce(t.token_name, k.token_name) AS token,
    coalesce(t.token_serial, k.token_serial) AS serial,
    coalesce(t.label, k.label) AS label,
    coalesce(t.cka_id, k.cka_id) AS cka_id,
    coalesce(k.algorithm, t.algorithm) AS algorithm,
    coalesce(k.key_tag, t.key_tag) AS key_tag,
    CASE WHEN t.label IS NOT NULL OR EXISTS (
        SELECT FROM keyward.assignment a JOIN keyward.signed_set g ON g.assignment_id = a.id
        WHERE a.key_id = k.id AND g.signed_at >= coalesce((SELECT max(s.inventoried_at)
          FROM keyward.token_status s WHERE s.serial = k.token_serial), '-infinity')) THEN 'present'
      WHEN EXISTS (SELECT FROM keyward.token_status s
        WHERE s.serial = k.token_serial AND s.inventoried_at >= k.first_seen) THEN 'missing'
      ELSE 'unknown' END AS on_token,
    coalesce(u.zones, 0) AS zones,
    coalesce(u.served, 0) AS zones_served,
    coalesce(u.ds_fits, 0) AS zones_with_fitting_ds,
    (SELECT count(DISTINCT p.domain_id) FROM keyward.powerdns_keys p
      WHERE p.label = coalesce(t.label, k.label) AND p.slot IN (SELECT unnest(ARRAY[s.name, s.serial, s.label])
        FROM keyward.token_status s WHERE s.serial = coalesce(t.token_serial, k.token_serial))) AS zones_of_powerdns,
    coalesce((SELECT sum(c.count) FROM keyward.signature_count c
      WHERE c.token_serial = coalesce(t.token_serial, k.token_serial)
        AND c.label = coalesce(t.label, k.label) AND c.result = 'done'), 0) AS signatures,
    coalesce(u.some, '{}') AS some_zones
  FROM keyward.token_key t
  FULL JOIN keyward.key k ON k.token_serial = t.token_serial AND k.public_key = t.public_key
  LEFT JOIN LATERAL (
    SELECT count(*) AS zones, ARRAY(SELECT b.zone FROM keyward.assignment b
        WHERE b.key_id = k.id AND b.state <> 'ended' ORDER BY b.zone LIMIT 10) AS some,
      count(*) FILTER (WHERE a.state IN ('signed', 'leaving')
        AND v.verdict IS DISTINCT FROM 'served_otherwise') AS served,
      count(*) FILTER (WHERE v.verdict = 'fits') AS ds_fits
    FROM keyward.assignment a LEFT JOIN keyward.parent_view v
      ON v.domain_id = a.domain_id AND v.checked_at > now() - INTERVAL '1 day'
    WHERE a.key_id = k.id AND a.state <> 'ended') u ON true
  WHERE t.label IS NOT NULL OR u.zones > 0;
COMMENT ON VIEW keyward.key_inventory IS
  'each key on a token or in use: whether it is there, how many zones use it, are served with it and have its DS';
COMMENT ON COLUMN keyward.key_inventory.on_token IS
  'present (seen, or it has signed since), missing, or unknown: nobody has looked since the key was first used';
COMMENT ON COLUMN keyward.key_inventory.zones IS 'that it is assigned to';
COMMENT ON COLUMN keyward.key_inventory.zones_served IS
  'of these: signed with it, and not seen by the world with other keys';
COMMENT ON COLUMN keyward.key_inventory.zones_with_fitting_ds IS
  'of these: the parent was asked within a day, and has its DS and no other';
COMMENT ON COLUMN keyward.key_inventory.zones_of_powerdns IS
  'that PowerDNS itself signs with it: rows of cryptokeys that name it';
COMMENT ON COLUMN keyward.key_inventory.signatures IS 'that it has made';
COMMENT ON COLUMN keyward.key_inventory.some_zones IS 'ten at most';

CREATE OR REPLACE VIEW keyward.parent_servers AS
  SELECT d.name AS zone, s.parent, s.server, s.address, s.shows, s.ds, s.ttl, s.detail, s.since,
    coalesce(greatest(v.checked_at, q.failed_at), s.since) AS at
  FROM keyward.parent_server s JOIN public.domains d ON d.id = s.domain_id
  LEFT JOIN keyward.parent_view v ON v.domain_id = s.domain_id
  LEFT JOIN keyward.parent_question q ON q.domain_id = s.domain_id;
COMMENT ON VIEW keyward.parent_servers IS
  'what each address of each name server of the parent shows of a zone; a DS is everywhere when each of them shows MATCH';
COMMENT ON COLUMN keyward.parent_servers.parent IS
  'the zone that delegates this one, which may be several labels up; empty when a resolver was asked';
COMMENT ON COLUMN keyward.parent_servers.server IS 'name of the name server; ''resolver'' when a resolver was asked';
COMMENT ON COLUMN keyward.parent_servers.address IS 'empty when the server has none';
COMMENT ON COLUMN keyward.parent_servers.shows IS
  'MATCH: a DS of a key of the zone, and no other; differs; none; lame: it does not answer for the parent; unreachable';
COMMENT ON COLUMN keyward.parent_servers.ds IS 'key tag, algorithm, digest type and digest of each';
COMMENT ON COLUMN keyward.parent_servers.ttl IS 'of the DS, in seconds';
COMMENT ON COLUMN keyward.parent_servers.detail IS 'why it does not say; empty when it does';
COMMENT ON COLUMN keyward.parent_servers.since IS 'when it was first seen to show this';
COMMENT ON COLUMN keyward.parent_servers.at IS 'when it was asked last';
