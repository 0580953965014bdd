-- The audit log: append-only, each row carries the hash of the one before. The hash is made here, so
-- that whoever inserts, the chain goes on; Keyward checks it with code of its own.

SET LOCAL search_path TO public;

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

CREATE FUNCTION keyward.audit_field(value TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(octet_length(convert_to(value, 'UTF8'))::TEXT || ':' || value, '-') || ','
$$;

CREATE FUNCTION keyward.chain_audit() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  head keyward.audit_head;
BEGIN
  SELECT * INTO head FROM keyward.audit_head FOR UPDATE;
  NEW.id := head.count + 1;
  NEW.hash := sha256(head.hash || convert_to(
    keyward.audit_field(NEW.id::TEXT) || keyward.audit_field(NEW.at)
    || keyward.audit_field(NEW.actor) || keyward.audit_field(NEW.action)
    || keyward.audit_field(NEW.result) || keyward.audit_field(NEW.zone)
    || keyward.audit_field(NEW.token_serial) || keyward.audit_field(NEW.key_label)
    || keyward.audit_field(NEW.cka_id) || keyward.audit_field(NEW.key_tag)
    || keyward.audit_field(NEW.detail), 'UTF8'));
  UPDATE keyward.audit_head SET count = NEW.id, hash = NEW.hash;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_chain BEFORE INSERT ON keyward.audit
  FOR EACH ROW EXECUTE FUNCTION keyward.chain_audit();

CREATE FUNCTION keyward.refuse_audit_change() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % on keyward.audit is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER keyward_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON keyward.audit
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.refuse_audit_change();
