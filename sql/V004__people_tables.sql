-- What people did, may do and have to know: the audit log, the logins of the admin API, the rule of two
-- persons, and what is wrong.

SET LOCAL search_path TO pg_catalog, pg_temp;

-- Append-only; each row carries the hash of the one before. The hash is made by a trigger, so that
-- whoever inserts, the chain goes on; Keyward checks it with code of its own.
CREATE TABLE keyward.audit (
  id            BIGINT PRIMARY KEY,
  at            TEXT NOT NULL,
  actor         TEXT NOT NULL,
  action        TEXT NOT NULL,
  result        TEXT NOT NULL,
  zone          TEXT,
  token_serial  TEXT,
  key_label     TEXT,
  cka_id        TEXT,
  key_tag       TEXT,
  detail        TEXT NOT NULL,
  hash          BYTEA NOT NULL
);
COMMENT ON COLUMN keyward.audit.at IS 'UTC, ISO 8601 with microseconds; text, so that its hash is unambiguous';

CREATE TABLE keyward.audit_head (
  single BOOL PRIMARY KEY DEFAULT true CHECK (single),
  count  BIGINT NOT NULL,
  hash   BYTEA NOT NULL
);
INSERT INTO keyward.audit_head (count, hash) VALUES (0, '\x');

CREATE TABLE keyward.audit_check (
  single      BOOL PRIMARY KEY DEFAULT true CHECK (single),
  checked_at  TIMESTAMPTZ NOT NULL,
  fault       TEXT
);
COMMENT ON TABLE keyward.audit_check IS 'when the signer last followed the audit log from its beginning, and what it found';

-- A token is 256 random bits, so that nobody finds it by trying: a plain SHA-256 of it is enough, and
-- a slow hash, which is for passwords that people choose, would only slow every call down. Rows stay
-- when a token is revoked, and its name is not given out again: the audit log names it.
CREATE TABLE keyward.api_token (
  id          INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  role        TEXT NOT NULL CHECK (role IN ('auditor', 'operator')),
  hash        BYTEA NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
  created_at  TIMESTAMPTZ NOT NULL,
  created_by  TEXT NOT NULL,
  expires_at  TIMESTAMPTZ,
  revoked_at  TIMESTAMPTZ,
  revoked_by  TEXT
);
COMMENT ON TABLE keyward.api_token IS 'who may use the admin API; the tokens themselves are nowhere';

CREATE TABLE keyward.rule (
  single      BOOLEAN PRIMARY KEY DEFAULT true CHECK (single),
  two_person  BOOLEAN NOT NULL
);
INSERT INTO keyward.rule (two_person) VALUES (false);
COMMENT ON TABLE keyward.rule IS
  'whether nothing that matters is done without a second person; off again only with a second person''s approval';

CREATE TABLE keyward.approved_deletion (
  metadata_id BIGINT PRIMARY KEY
);
COMMENT ON TABLE keyward.approved_deletion IS
  'rows of domainmetadata that ask a parent to delete the DS, and that a second person has approved';

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
CREATE INDEX finding_subject ON keyward.finding (subject) WHERE ended_at IS NULL;
CREATE INDEX finding_unannounced ON keyward.finding (id) WHERE announced_at IS NULL;
COMMENT ON TABLE keyward.finding IS 'what was wrong, from when to when';
