-- A deleted zone ends its assignment with a row in the audit log, and whoever waits for the signer's
-- answer about it gets one.

SET LOCAL search_path TO public;

CREATE OR REPLACE FUNCTION keyward.end_assignment_of_deleted_zone() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  ended RECORD;
BEGIN
  FOR ended IN
    UPDATE keyward.assignment a
      SET state = 'ended', ended_at = clock_timestamp(), ended_by = 'sql:' || session_user
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
      'sql:' || session_user, 'ZONE_UNSIGNED', 'DONE',
      CASE WHEN ended.zone = '.' THEN '.' ELSE ended.zone || '.' END,
      ended.token_serial, ended.label, ended.cka_id, ended.key_tag::TEXT, 'the zone was deleted');
  END LOOP;
  RETURN OLD;
END
$$;

-- New zones are finished one after the other, in the order in which they were asked for.
CREATE INDEX signing_work_turn
  ON keyward.signing_work (token_serial, needed_by, assignment_id, active_from);
DROP INDEX keyward.signing_work_order;

-- When the queue of each token will be empty, as far as the last signatures tell.
CREATE VIEW keyward.token_forecast AS
  SELECT t.name, t.serial, t.fault, t.queue, t.rate, t.seen_at,
    CASE WHEN t.queue = 0 THEN INTERVAL '0'
      WHEN t.rate > 0 THEN make_interval(secs => t.queue / t.rate) END AS empty_in
  FROM keyward.token_status t;
COMMENT ON VIEW keyward.token_forecast IS 'empty_in is null while nothing was signed yet';
