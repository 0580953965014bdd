-- What is on the tokens, what the parents say, and what is wrong: written by the signer, for people.

SET LOCAL search_path TO public;

ALTER TABLE keyward.token_status
  ADD COLUMN model TEXT,
  ADD COLUMN pin TEXT NOT NULL DEFAULT 'unknown',
  ADD COLUMN warnings TEXT[] NOT NULL DEFAULT '{}',
  ADD COLUMN fault_since TIMESTAMPTZ,
  ADD COLUMN busy DOUBLE PRECISION NOT NULL DEFAULT 0,
  ADD COLUMN permit_uses BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN permit_waited DOUBLE PRECISION NOT NULL DEFAULT 0,
  ADD COLUMN permit_held DOUBLE PRECISION NOT NULL DEFAULT 0,
  ADD COLUMN inventoried_at TIMESTAMPTZ;
COMMENT ON COLUMN keyward.token_status.busy IS 'share of the time that the permit of its module was held lately';
COMMENT ON COLUMN keyward.token_status.permit_held IS 'seconds since the signer started; of the whole module';

CREATE TABLE keyward.token_key (
  token_name    TEXT NOT NULL,
  token_serial  TEXT NOT NULL,
  label         TEXT NOT NULL,
  cka_id        TEXT NOT NULL,
  algorithm     INT NOT NULL,
  public_key    BYTEA NOT NULL,
  key_tag       INT NOT NULL
);
CREATE INDEX token_key_token ON keyward.token_key (token_name);
COMMENT ON TABLE keyward.token_key IS 'keys that the signer last saw on each token, assigned or not';

CREATE TABLE keyward.signature_count (
  token_serial  TEXT NOT NULL,
  label         TEXT NOT NULL,
  result        TEXT NOT NULL CHECK (result IN ('done', 'failed')),
  count         BIGINT NOT NULL,
  PRIMARY KEY (token_serial, label, result)
);
COMMENT ON TABLE keyward.signature_count IS 'how often each key signed, or could not';

CREATE TABLE keyward.parent_view (
  domain_id   INT PRIMARY KEY REFERENCES domains(id) ON DELETE CASCADE,
  verdict     TEXT NOT NULL,
  detail      TEXT NOT NULL,
  checked_at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX parent_view_checked ON keyward.parent_view (checked_at);
COMMENT ON TABLE keyward.parent_view IS 'whether the DS at the parent fits, as the resolver of signing.parent-resolver says';

CREATE TABLE keyward.finding (
  id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind          TEXT NOT NULL,
  subject       TEXT NOT NULL,
  severity      TEXT NOT NULL CHECK (severity IN ('critical', 'warning', 'info')),
  message       TEXT NOT NULL,
  todo          TEXT NOT NULL,
  first_seen    TIMESTAMPTZ NOT NULL,
  ended_at      TIMESTAMPTZ,
  announced_at  TIMESTAMPTZ
);
CREATE UNIQUE INDEX finding_open ON keyward.finding (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX finding_unannounced ON keyward.finding (id) WHERE announced_at IS NULL;
COMMENT ON TABLE keyward.finding IS 'what was wrong, from when to when';

-- Whether anybody still looks is told here, since nobody else can.
CREATE VIEW keyward.findings AS
  SELECT f.severity, f.kind, f.subject, f.message, f.todo, f.first_seen
  FROM keyward.finding f WHERE f.ended_at IS NULL
  UNION ALL
  SELECT 'critical', 'signer-silent', 'signer',
    'no signer has reported for ' || extract(epoch FROM now() - max(t.seen_at))::BIGINT || ' s',
    'start one: keyward sign, or keyward run', max(t.seen_at)
  FROM keyward.token_status t HAVING max(t.seen_at) < now() - INTERVAL '2 minutes';
COMMENT ON VIEW keyward.findings IS 'what is wrong now, and what to do about it';

DO $roles$
BEGIN
  GRANT SELECT, INSERT, UPDATE, DELETE ON keyward.token_key, keyward.signature_count,
    keyward.parent_view, keyward.finding TO keyward_sign;
  GRANT SELECT ON keyward.findings TO keyward_sign, keyward_serve, keyward_admin, keyward_dba,
    keyward_auditor;
  GRANT SELECT ON keyward.token_key, keyward.signature_count, keyward.parent_view, keyward.finding
    TO keyward_admin, keyward_auditor;
  -- What a server's metrics tell.
  GRANT SELECT ON keyward.signature_count, keyward.token_status, keyward.audit_head,
    keyward.signing_work, keyward.request TO keyward_serve;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'rights on findings are left out: %', SQLERRM;
END
$roles$;
