-- The two-person rule: a request waits until somebody else than who made it approves it.

SET LOCAL search_path TO public;

-- A user of the operating system is the same person on every host.
CREATE FUNCTION keyward.person(actor TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT CASE WHEN actor LIKE 'os:%' THEN split_part(actor, '@', 1) ELSE actor END
$$;

ALTER TABLE keyward.request
  DROP CONSTRAINT request_kind_check,
  ADD CONSTRAINT request_kind_check CHECK (kind IN ('assign', 'unassign', 'delete')),
  DROP CONSTRAINT request_state_check,
  ADD CONSTRAINT request_state_check
    CHECK (state IN ('waiting', 'queued', 'started', 'done', 'failed')),
  ADD COLUMN approved_by TEXT,
  ADD COLUMN approved_at TIMESTAMPTZ,
  ADD CONSTRAINT request_second_person
    CHECK (approved_by IS NULL OR keyward.person(approved_by) <> keyward.person(actor));
CREATE INDEX request_waiting ON keyward.request (id) WHERE state = 'waiting';
