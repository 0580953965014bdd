-- Two transactions that touch the same zones in another order must not wait for each other at commit:
-- each moves the serials of all of its zones at the first of them, in the order of their numbers.
-- And the signer reads no private keys in cryptokeys.

SET LOCAL search_path TO public;

-- Whoever sets the serial himself is obeyed, and told when secondaries will not see it.
CREATE FUNCTION keyward.settle_serial(domain INT, before BIGINT) RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  now BIGINT := keyward.serial_of(domain);
  zone TEXT;
BEGIN
  SELECT d.name INTO zone FROM public.domains d
    WHERE d.id = domain AND upper(d.type) NOT IN ('SLAVE', 'CONSUMER');
  IF zone IS NOT NULL AND (before IS NULL OR before = now) THEN
    PERFORM keyward.bump_serial(domain);
  ELSIF zone IS NOT NULL AND before >= 0 AND NOT keyward.serial_after(now, before) THEN
    RAISE WARNING 'zone %: its serial goes back from % to %; secondaries will not fetch it until it is'
      ' beyond %', zone, before, now, before;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION keyward.move_serial() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  zone RECORD;
BEGIN
  FOR zone IN
    SELECT t.domain_id, t.serial FROM keyward.touched t WHERE t.txid = NEW.txid ORDER BY t.domain_id
  LOOP
    PERFORM keyward.settle_serial(zone.domain_id, zone.serial);
    -- Last, so that moving the serial does not count as a first touch again.
    DELETE FROM keyward.touched t WHERE t.txid = NEW.txid AND t.domain_id = zone.domain_id;
  END LOOP;
  RETURN NULL;
END
$$;

-- At commit, before anything else that locks zones: those of the transaction, in one order.
CREATE FUNCTION keyward.lock_changed_zones() RETURNS VOID
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT FROM public.domains d
  WHERE d.id IN (SELECT c.domain_id FROM keyward.change c WHERE c.txid = pg_current_xact_id())
  ORDER BY d.id FOR NO KEY UPDATE
$$;

-- Deferred triggers run in the order in which they were queued, and of a row in that of their names.
CREATE FUNCTION keyward.lock_zones_of_metadata() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM keyward.lock_changed_zones();
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_a_lock_zones_written AFTER INSERT OR UPDATE ON domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind IN ('NSEC3PARAM', 'PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.lock_zones_of_metadata();
CREATE CONSTRAINT TRIGGER keyward_a_lock_zones_gone AFTER DELETE ON domainmetadata
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.kind IN ('NSEC3PARAM', 'PUBLISH-CDS', 'PUBLISH-CDNSKEY'))
  EXECUTE FUNCTION keyward.lock_zones_of_metadata();

REVOKE EXECUTE ON FUNCTION keyward.settle_serial(INT, BIGINT), keyward.lock_changed_zones(),
  keyward.lock_zones_of_metadata() FROM PUBLIC;

DO $roles$
BEGIN
  REVOKE SELECT ON cryptokeys FROM keyward_sign;
  GRANT SELECT (id, domain_id, flags, active, published) ON cryptokeys TO keyward_sign;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
