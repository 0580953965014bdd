-- From Keyward's signing to PowerDNS's own with the same keys: the way back of an adoption. And a PIN that
-- a token has refused is known to who would give it to PowerDNS.

SET LOCAL search_path TO public;

ALTER TABLE keyward.assignment
  DROP CONSTRAINT assignment_mode_check,
  ADD CONSTRAINT assignment_mode_check CHECK (mode IN ('presigned', 'split', 'powerdns'));
COMMENT ON COLUMN keyward.assignment.mode IS
  'powerdns: goes over to the keys in cryptokeys, or has ended with that';

-- A key for PowerDNS to sign with, beside Keyward's signatures; sealed, and without a PIN.
CREATE FUNCTION keyward.give_key(assignment INT, flags INT, content TEXT) RETURNS INT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO public.cryptokeys (domain_id, flags, active, published, content)
  SELECT a.domain_id, give_key.flags, true, true, give_key.content FROM keyward.assignment a
  WHERE a.id = assignment AND a.state = 'signed' AND a.mode = 'presigned' AND a.domain_id IS NOT NULL
    AND give_key.content LIKE 'keyward-sealed-%'
  RETURNING id
$$;

CREATE OR REPLACE FUNCTION keyward.set_mode(zone TEXT, mode TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  made BIGINT;
BEGIN
  PERFORM keyward.zone_id(zone);
  IF mode IS NULL OR mode NOT IN ('presigned', 'split', 'powerdns') THEN
    RAISE EXCEPTION 'zone %: there is no mode ''%''; write presigned, split or powerdns; keyward.unassign'
      ' takes a zone back to unsigned', keyward.stored_name(zone), mode USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO keyward.request (kind, zone, mode, reason, actor)
    VALUES ('mode', keyward.stored_name(zone), mode, coalesce(reason, ''), 'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;

-- Whether a login with this PIN could lock the token: it was refused once, or there is no try to lose.
CREATE FUNCTION keyward.is_pin_refused(serial TEXT, mac BYTEA) RETURNS BOOL
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM keyward.pin_memory m
      WHERE m.token_serial = serial AND m.pin_mac = mac AND m.verdict = 'WRONG')
    OR EXISTS (SELECT FROM keyward.token_status t
      WHERE t.serial = is_pin_refused.serial AND t.pin IN ('final_try', 'locked'))
$$;

REVOKE EXECUTE ON FUNCTION keyward.give_key(INT, INT, TEXT), keyward.is_pin_refused(TEXT, BYTEA)
  FROM PUBLIC;

DO $roles$
BEGIN
  GRANT EXECUTE ON FUNCTION keyward.give_key(INT, INT, TEXT) TO keyward_sign;
  GRANT EXECUTE ON FUNCTION keyward.is_pin_refused(TEXT, BYTEA) TO keyward_serve;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
