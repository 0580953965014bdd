-- What 'keyward key list' compares, for who looks with SQL: on the token, assigned, served, at the parent.

SET LOCAL search_path TO public;

-- The world's view of a zone is too old after a day, as for keyward.findings.
CREATE VIEW keyward.key_inventory AS
  SELECT coalesce(t.token_name, k.token_name) AS token,
    coalesce(t.token_serial, k.token_serial) AS serial,
    coalesce(t.label, k.label) AS label,
    coalesce(t.cka_id, k.cka_id) AS cka_id,
    coalesce(k.algorithm, t.algorithm) AS algorithm,
    coalesce(k.key_tag, t.key_tag) AS key_tag,
    CASE WHEN t.label IS NOT NULL THEN 'present'
      WHEN EXISTS (SELECT FROM keyward.token_status s
        WHERE s.serial = k.token_serial AND s.inventoried_at >= k.first_seen) THEN 'missing'
      ELSE 'unknown' END AS on_token,
    coalesce(u.zones, 0) AS zones,
    coalesce(u.served, 0) AS zones_served,
    coalesce(u.ds_fits, 0) AS zones_with_fitting_ds,
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
  'present, missing, or unknown: nobody has looked since the key was first used';
COMMENT ON COLUMN keyward.key_inventory.zones IS 'that it is assigned to';
COMMENT ON COLUMN keyward.key_inventory.zones_served IS
  'of these: signed with it, and not seen by the world with other keys';
COMMENT ON COLUMN keyward.key_inventory.zones_with_fitting_ds IS
  'of these: the parent was asked within a day, and has its DS and no other';
COMMENT ON COLUMN keyward.key_inventory.signatures IS 'that it has made';
COMMENT ON COLUMN keyward.key_inventory.some_zones IS 'ten at most';

-- Who was the second person.
CREATE OR REPLACE VIEW keyward.requests AS
  SELECT r.id, r.kind, r.zone, r.token, r.label, r.reason, r.actor, r.state, r.answer, r.asked_at,
    r.answered_at, r.approved_by, r.approved_at
  FROM keyward.request r;

DO $roles$
BEGIN
  GRANT SELECT ON keyward.key_inventory TO keyward_admin, keyward_dba, keyward_auditor;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'rights on the key inventory are left out: %', SQLERRM;
END
$roles$;
