-- keyward adopt-hsm: a zone that PowerDNS signs with a key on a token goes over to Keyward with the
-- same keys. The ZSK comes sealed with the request, for the signer reads no private keys in cryptokeys.

SET LOCAL search_path TO public;

ALTER TABLE keyward.request
  ADD COLUMN zsk_algorithm INT,
  ADD COLUMN zsk_public BYTEA,
  ADD COLUMN zsk_tag INT,
  ADD COLUMN zsk_sealed BYTEA,
  ADD COLUMN not_before TIMESTAMPTZ;
COMMENT ON COLUMN keyward.request.zsk_sealed IS 'of an adoption: the ZSK that the zone keeps or has published ahead';
COMMENT ON COLUMN keyward.request.not_before IS
  'of an adoption: when resolvers know the ZSK; Keyward signs with it from then on';

ALTER TABLE keyward.assignment ADD COLUMN adopt_after TIMESTAMPTZ;
COMMENT ON COLUMN keyward.assignment.adopt_after IS
  'until the keys in cryptokeys are given up: when the change may begin';
CREATE INDEX assignment_adopted ON keyward.assignment (id) WHERE adopt_after IS NOT NULL;

-- Nobody asks PowerDNS to sign any more: its keys of the zone go. Gives the zones.
CREATE FUNCTION keyward.end_adoptions(at TIMESTAMPTZ) RETURNS TABLE (domain INT, zone TEXT)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH over AS (
    UPDATE keyward.assignment a SET adopt_after = NULL
    WHERE a.id IN (
      SELECT o.id FROM keyward.assignment o
      WHERE o.adopt_after IS NOT NULL AND o.state IN ('signed', 'leaving') AND o.domain_id IS NOT NULL
        AND o.mode_since + 2 * o.mode_half <= at
      FOR UPDATE SKIP LOCKED)
    RETURNING a.domain_id, a.zone),
  gone AS (
    DELETE FROM public.cryptokeys c USING over WHERE c.domain_id = over.domain_id)
  SELECT over.domain_id, over.zone FROM over
$$;
REVOKE EXECUTE ON FUNCTION keyward.end_adoptions(TIMESTAMPTZ) FROM PUBLIC;

DO $roles$
BEGIN
  GRANT EXECUTE ON FUNCTION keyward.end_adoptions(TIMESTAMPTZ) TO keyward_sign;
  REVOKE SELECT ON keyward.request FROM keyward_auditor, keyward_admin, keyward_serve, keyward_writer;
  GRANT SELECT (id, kind, zone, token, label, algorithm, mode, hold, reason, actor, state, answer, asked_at,
    answered_at, approved_by, approved_at, not_before)
    ON keyward.request TO keyward_auditor, keyward_admin, keyward_serve, keyward_writer;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'the roles of Keyward are left out: %', SQLERRM;
END
$roles$;
