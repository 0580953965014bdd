-- What is signed with which key until when.

SET LOCAL search_path TO public;

CREATE TABLE keyward.key (
  id            INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_serial  TEXT NOT NULL,
  token_name    TEXT NOT NULL,
  label         TEXT NOT NULL,
  cka_id        TEXT NOT NULL,
  algorithm     INT NOT NULL,
  public_key    BYTEA NOT NULL,
  key_tag       INT NOT NULL,
  first_seen    TIMESTAMPTZ NOT NULL DEFAULT now(),
  UNIQUE (token_serial, algorithm, public_key)
);
COMMENT ON TABLE keyward.key IS 'key signing keys on tokens; the private part never leaves the token';

CREATE TABLE keyward.request (
  id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind         TEXT NOT NULL CHECK (kind IN ('assign', 'unassign')),
  zone         TEXT NOT NULL,
  token        TEXT,
  label        TEXT,
  algorithm    INT,
  mode         TEXT,
  hold         BIGINT,
  reason       TEXT NOT NULL DEFAULT '',
  actor        TEXT NOT NULL,
  state        TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'started', 'done', 'failed')),
  answer       TEXT NOT NULL DEFAULT '',
  asked_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
  answered_at  TIMESTAMPTZ
);
CREATE INDEX request_queued ON keyward.request (id) WHERE state = 'queued';
COMMENT ON TABLE keyward.request IS 'what people asked the signer to do, and its answer';

-- Times of signatures are seconds since 1970, as in RRSIG records.
CREATE TABLE keyward.assignment (
  id             INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  domain_id      INT REFERENCES domains(id) ON DELETE SET NULL,
  zone           TEXT NOT NULL,
  key_id         INT NOT NULL REFERENCES keyward.key(id),
  mode           TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('signing', 'signed', 'leaving', 'ended')),
  validity       BIGINT NOT NULL,
  step           BIGINT NOT NULL,
  offset_before  BIGINT NOT NULL,
  runway         BIGINT NOT NULL,
  dnskey_ttl     BIGINT NOT NULL,
  planned_until  BIGINT NOT NULL DEFAULT 0,
  renews_at      BIGINT NOT NULL DEFAULT 0,
  unsign_at      BIGINT,
  request_id     BIGINT REFERENCES keyward.request(id),
  assigned_at    TIMESTAMPTZ NOT NULL,
  assigned_by    TEXT NOT NULL,
  reason         TEXT NOT NULL,
  ended_at       TIMESTAMPTZ,
  ended_by       TEXT
);
CREATE UNIQUE INDEX assignment_live ON keyward.assignment (domain_id) WHERE state <> 'ended';
CREATE INDEX assignment_planned ON keyward.assignment (planned_until) WHERE state <> 'ended';
CREATE INDEX assignment_renews ON keyward.assignment (renews_at) WHERE state IN ('signed', 'leaving');
COMMENT ON TABLE keyward.assignment IS 'which zone uses which key, since when, by whom and why; ended ones stay';

CREATE TABLE keyward.zsk (
  id             INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  algorithm      INT NOT NULL,
  public_key     BYTEA NOT NULL,
  key_tag        INT NOT NULL,
  sealed         BYTEA NOT NULL
);
CREATE INDEX zsk_assignment ON keyward.zsk (assignment_id);
COMMENT ON COLUMN keyward.zsk.sealed IS 'private key, AES-256-GCM under the seal key, which is not in the database';

CREATE TABLE keyward.signed_set (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  active_from    BIGINT NOT NULL,
  inception      BIGINT NOT NULL,
  expiration     BIGINT NOT NULL,
  signature      BYTEA NOT NULL,
  signed_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (assignment_id, active_from)
);
COMMENT ON TABLE keyward.signed_set IS 'the runway: signatures of the key signing key over the DNSKEY set, made ahead';

CREATE TABLE keyward.signing_work (
  assignment_id  INT NOT NULL REFERENCES keyward.assignment(id),
  active_from    BIGINT NOT NULL,
  inception      BIGINT NOT NULL,
  expiration     BIGINT NOT NULL,
  token_serial   TEXT NOT NULL,
  needed_by      BIGINT NOT NULL,
  PRIMARY KEY (assignment_id, active_from)
);
CREATE INDEX signing_work_order ON keyward.signing_work (token_serial, needed_by, active_from);

CREATE TABLE keyward.pin_memory (
  token_serial  TEXT NOT NULL,
  pin_mac       BYTEA NOT NULL,
  verdict       TEXT NOT NULL,
  at            TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (token_serial, pin_mac)
);

CREATE TABLE keyward.token_status (
  name      TEXT PRIMARY KEY,
  serial    TEXT,
  label     TEXT,
  fault     TEXT,
  queue     BIGINT NOT NULL DEFAULT 0,
  rate      DOUBLE PRECISION NOT NULL DEFAULT 0,
  seen_at   TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE keyward.token_status IS 'what the signer last saw of each token';

-- A deleted zone ends its assignment and takes its unfinished work and sealed keys with it.
CREATE FUNCTION keyward.end_assignment_of_deleted_zone() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM keyward.signing_work w USING keyward.assignment a
    WHERE w.assignment_id = a.id AND a.domain_id = OLD.id;
  DELETE FROM keyward.zsk z USING keyward.assignment a
    WHERE z.assignment_id = a.id AND a.domain_id = OLD.id;
  UPDATE keyward.assignment SET state = 'ended', ended_at = now(), ended_by = 'zone deleted'
    WHERE domain_id = OLD.id AND state <> 'ended';
  RETURN OLD;
END
$$;
CREATE TRIGGER keyward_end_assignment BEFORE DELETE ON domains
  FOR EACH ROW EXECUTE FUNCTION keyward.end_assignment_of_deleted_zone();

CREATE VIEW keyward.key_assignments AS
  SELECT a.zone, a.state, a.mode, k.token_name AS token, k.token_serial, k.label, k.cka_id,
    k.algorithm, k.key_tag, a.assigned_at, a.assigned_by, a.reason, a.ended_at, a.ended_by
  FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id;

CREATE VIEW keyward.zone_status AS
  SELECT d.id AS domain_id, d.name AS zone, coalesce(a.mode, 'unsigned') AS mode, a.state,
    k.token_name AS token, k.label, k.key_tag, k.algorithm,
    (SELECT to_timestamp(max(s.expiration)) FROM keyward.signed_set s WHERE s.assignment_id = a.id) AS signed_until,
    (SELECT count(*) FROM keyward.signing_work w WHERE w.assignment_id = a.id) AS steps_waiting,
    (SELECT to_timestamp(min(s.active_from)) FROM keyward.signed_set s
     WHERE s.assignment_id = a.id AND to_timestamp(s.active_from) > now()) AS next_step,
    (SELECT count(*) FROM keyward.problem p WHERE p.domain_id = d.id) AS problems
  FROM domains d
  LEFT JOIN keyward.assignment a ON a.domain_id = d.id AND a.state <> 'ended'
  LEFT JOIN keyward.key k ON k.id = a.key_id;
