-- Rows of the audit log that come in one statement read and write its head once. Each used to leave a
-- version of the head behind, through all of which the next one had to look.

SET LOCAL search_path TO public;

-- Without a search path of its own, so that it becomes a part of the statement that uses it.
CREATE OR REPLACE FUNCTION keyward.audit_field(value TEXT) RETURNS TEXT
LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    pg_catalog.octet_length(pg_catalog.convert_to(value, 'UTF8'))::pg_catalog.text || ':' || value, '-') || ','
$$;

-- Until the transaction ends, nobody else appends. A row beyond the head was not appended.
CREATE FUNCTION keyward.lock_audit() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  known BIGINT;
BEGIN
  SELECT count INTO known FROM keyward.audit_head FOR UPDATE;
  IF known IS NULL OR EXISTS (SELECT FROM keyward.audit a WHERE a.id > known) THEN
    RAISE EXCEPTION 'the audit log and its head do not fit: ''keyward audit verify'' says how';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_lock BEFORE INSERT ON keyward.audit
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.lock_audit();

-- After the row before of the same statement, which is there already; the first one after the head.
CREATE OR REPLACE FUNCTION keyward.chain_audit() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  head keyward.audit_head;
  former RECORD;
BEGIN
  SELECT * INTO head FROM keyward.audit_head;
  SELECT a.id, a.hash INTO former FROM keyward.audit a WHERE a.id > head.count
    ORDER BY a.id DESC LIMIT 1;
  IF FOUND THEN
    head.count := former.id;
    head.hash := former.hash;
  END IF;
  NEW.id := head.count + 1;
  NEW.hash := sha256(head.hash || convert_to(
    keyward.audit_field(NEW.id::TEXT) || keyward.audit_field(NEW.at)
    || keyward.audit_field(NEW.actor) || keyward.audit_field(NEW.action)
    || keyward.audit_field(NEW.result) || keyward.audit_field(NEW.zone)
    || keyward.audit_field(NEW.token_serial) || keyward.audit_field(NEW.key_label)
    || keyward.audit_field(NEW.cka_id) || keyward.audit_field(NEW.key_tag)
    || keyward.audit_field(NEW.detail), 'UTF8'));
  RETURN NEW;
END
$$;

CREATE FUNCTION keyward.move_audit_head() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE keyward.audit_head h SET count = n.id, hash = n.hash
    FROM (SELECT id, hash FROM new_rows ORDER BY id DESC LIMIT 1) n WHERE n.id > h.count;
  RETURN NULL;
END
$$;
CREATE TRIGGER keyward_head AFTER INSERT ON keyward.audit
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION keyward.move_audit_head();

REVOKE EXECUTE ON FUNCTION keyward.lock_audit(), keyward.move_audit_head() FROM PUBLIC;
