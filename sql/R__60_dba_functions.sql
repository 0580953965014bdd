-- What DBAs call instead of remembering how PowerDNS stores names and contents, and how they ask the signer
-- for something. docs/sql.md describes it, with examples that the tests run.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE OR REPLACE FUNCTION keyward.create_zone(
  zone TEXT, nameservers TEXT[], hostmaster TEXT DEFAULT NULL, kind TEXT DEFAULT 'NATIVE') RETURNS INT
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  origin TEXT := keyward.stored_name(zone);
  servers TEXT[];
  made INT;
BEGIN
  IF trim(zone) = '' THEN
    RAISE EXCEPTION 'the name of the zone is empty; the root zone is written .'
      USING ERRCODE = 'check_violation';
  END IF;
  SELECT array_agg(keyward.stored_name(s.name) ORDER BY s.place) INTO servers
    FROM unnest(nameservers) WITH ORDINALITY s(name, place);
  IF servers IS NULL THEN
    RAISE EXCEPTION 'zone % needs a name server; write keyward.create_zone(''%'', ARRAY[''ns1.%''])',
      origin, origin, origin USING ERRCODE = 'check_violation';
  END IF;
  BEGIN
    INSERT INTO public.domains (name, type) VALUES (origin, upper(kind)) RETURNING id INTO made;
  EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'the zone % is there already; change it with keyward.replace_rrset, or remove it'
      ' with keyward.drop_zone(''%'') first', origin, origin USING ERRCODE = 'unique_violation';
  END;
  INSERT INTO public.records (domain_id, name, type, content, ttl, prio)
    SELECT made, origin, 'SOA', servers[1] || ' '
      || coalesce(keyward.stored_name(hostmaster),
        'hostmaster' || CASE origin WHEN '.' THEN '' ELSE '.' || origin END)
      || ' 1 10800 3600 604800 3600', 3600, 0
    UNION ALL
    SELECT made, origin, 'NS', s, 3600, 0 FROM unnest(servers) s;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.create_zone IS 'makes a zone of a SOA and NS records; gives its id';

CREATE OR REPLACE FUNCTION keyward.drop_zone(zone TEXT, insist TEXT DEFAULT NULL) RETURNS VOID
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  domain INT := keyward.zone_id(zone);
BEGIN
  IF coalesce(trim(insist), '') <> '' THEN
    PERFORM set_config('keyward.insist', insist, true);
  END IF;
  DELETE FROM public.domains d WHERE d.id = domain;
  PERFORM set_config('keyward.insist', '', true);
END
$$;
COMMENT ON FUNCTION keyward.drop_zone IS
  'deletes a zone with everything in it; one that is signed only with a reason to insist';

CREATE OR REPLACE FUNCTION keyward.replace_rrset(
  zone TEXT, name TEXT, type TEXT, ttl BIGINT, contents TEXT[]) RETURNS INT
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  domain INT := keyward.zone_id(zone);
  origin TEXT := keyward.stored_name(zone);
  owner TEXT := keyward.owner_name(zone, name);
  kind TEXT := upper(trim(type));
  made INT;
BEGIN
  IF kind IN ('RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM') THEN
    RAISE EXCEPTION 'zone %: % records are made by whoever signs the zone; sign it with keyward.assign, or'
      ' insert rows into records where another server has signed it', origin, kind
      USING ERRCODE = 'check_violation';
  END IF;
  IF ttl > 2147483647 THEN
    RAISE EXCEPTION 'zone %: the record % % cannot be served: its TTL is too large; write seconds up to 2147483647',
      origin, owner, kind USING ERRCODE = 'check_violation';
  END IF;
  DELETE FROM public.records r
    WHERE r.domain_id = domain AND r.name = owner AND r.type = kind AND NOT coalesce(r.disabled, false);
  INSERT INTO public.records (domain_id, name, type, content, ttl, prio)
    SELECT domain, owner, kind, keyward.stored_content(origin, kind, c),
      replace_rrset.ttl::INT, keyward.stored_priority(origin, owner, kind, c)
    FROM unnest(contents) c;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.replace_rrset IS
  'replaces the records of one name and type by these, written as in a master file; none deletes the set';

CREATE OR REPLACE FUNCTION keyward.load_zone(zone TEXT, source REGCLASS) RETURNS BIGINT
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  domain INT := keyward.zone_id(zone);
  origin TEXT := keyward.stored_name(zone);
  brings_soa BOOL;
  made BIGINT;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %s s WHERE upper(s.type) = ''SOA'')', source)
    INTO brings_soa;
  DELETE FROM public.records r
    WHERE r.domain_id = domain AND (brings_soa OR r.type IS DISTINCT FROM 'SOA')
      AND NOT coalesce(r.disabled, false);
  EXECUTE format(
    'INSERT INTO public.records (domain_id, name, type, content, ttl, prio)
     SELECT $1, keyward.owner_name($2, s.name), upper(s.type),
       keyward.stored_content($2, upper(s.type), s.content), coalesce(s.ttl, 3600),
       keyward.stored_priority($2, s.name, upper(s.type), s.content)
     FROM %s s', source)
    USING domain, origin;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.load_zone IS
  'replaces the records of a zone by those of a table with the columns name, type, ttl and content';

-- Asks the signer, as the command line does; whoever is logged in is the one who asked. What the
-- signer must judge (token, key, DS at the parent) is in its answer, in keyward.requests.
CREATE OR REPLACE FUNCTION keyward.assign(
  zone TEXT, token TEXT, label TEXT, reason TEXT DEFAULT '', mode TEXT DEFAULT NULL) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  origin TEXT := keyward.stored_name(zone);
  known TEXT;
  made BIGINT;
BEGIN
  PERFORM keyward.zone_id(zone);
  IF NOT EXISTS (SELECT FROM keyward.token_status t WHERE t.name = token) THEN
    SELECT string_agg(t.name, ', ' ORDER BY t.name) INTO known FROM keyward.token_status t;
    RAISE EXCEPTION 'zone %: there is no token ''%''; %', origin, token,
      coalesce('write one of ' || known, 'no signer has been started yet, start one with ''keyward sign''')
      USING ERRCODE = 'no_data_found';
  END IF;
  IF coalesce(trim(label), '') = '' THEN
    RAISE EXCEPTION 'zone %: no label is given; write that of the key on the token ''%''', origin, token
      USING ERRCODE = 'check_violation';
  END IF;
  IF mode NOT IN ('presigned', 'split') THEN
    RAISE EXCEPTION 'zone %: there is no mode ''%''; write presigned or split, or leave it out for the'
      ' signer''s own', origin, mode USING ERRCODE = 'check_violation';
  END IF;
  -- Who asks again for what is under way gets the number that it has.
  SELECT r.id INTO made FROM keyward.request r
    WHERE r.kind = 'assign' AND r.zone = origin AND r.token = assign.token AND r.label = assign.label
      AND r.mode IS NOT DISTINCT FROM assign.mode AND r.state IN ('waiting', 'queued', 'started')
    ORDER BY r.id LIMIT 1;
  IF FOUND THEN
    RETURN made;
  END IF;
  INSERT INTO keyward.request (kind, zone, token, label, mode, reason, actor)
    VALUES ('assign', origin, token, label, mode, coalesce(reason, ''), 'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.assign IS
  'asks the signer to sign a zone with a key on a token; gives the number of the row in keyward.requests';

CREATE OR REPLACE FUNCTION keyward.unassign(zone TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made BIGINT;
BEGIN
  PERFORM keyward.zone_id(zone);
  INSERT INTO keyward.request (kind, zone, reason, actor)
    VALUES ('unassign', keyward.stored_name(zone), coalesce(reason, ''), 'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.unassign IS
  'asks the signer to take a zone back to unsigned, in the safe order; gives the number of the request';

CREATE OR REPLACE FUNCTION keyward.set_mode(zone TEXT, mode TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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
COMMENT ON FUNCTION keyward.set_mode IS
  'asks the signer to change who signs a zone, with the same keys; gives the number of the request';

CREATE OR REPLACE FUNCTION keyward.cancel_unassign(zone TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made BIGINT;
BEGIN
  PERFORM keyward.zone_id(zone);
  INSERT INTO keyward.request (kind, zone, reason, actor)
    VALUES ('keep', keyward.stored_name(zone), coalesce(reason, ''), 'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.cancel_unassign IS
  'asks the signer to leave a zone signed that is on its way to unsigned; gives the number of the request';

CREATE OR REPLACE FUNCTION keyward.cancel_request(request BIGINT, reason TEXT DEFAULT '') RETURNS VOID
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  asked RECORD;
  actor TEXT := 'sql:' || session_user;
  why TEXT := 'cancelled by ' || actor || coalesce(': ' || nullif(trim(reason), ''), '');
BEGIN
  SELECT r.zone, r.state, keyward.request_words(r.kind, r.zone, r.token, r.label, r.algorithm, r.mode, r.hold, r.insist,
      r.key_label)
      AS words INTO asked FROM keyward.request r WHERE r.id = request FOR UPDATE;
  IF asked IS NULL THEN
    RAISE EXCEPTION 'there is no request %; keyward.requests has them', request
      USING ERRCODE = 'no_data_found';
  END IF;
  IF asked.state NOT IN ('queued', 'waiting') THEN
    RAISE EXCEPTION 'request % cannot be cancelled: it is %', request, asked.state
      USING ERRCODE = 'object_in_use';
  END IF;
  UPDATE keyward.request r SET state = 'failed', answer = why, answered_at = clock_timestamp()
    WHERE r.id = request;
  INSERT INTO keyward.audit (at, actor, action, result, zone, detail)
    VALUES (
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      actor, 'REQUEST_CANCELLED', 'DONE', nullif(asked.zone, ''),
      'request ' || request || ': ' || asked.words || '; ' || why);
END
$$;
COMMENT ON FUNCTION keyward.cancel_request IS 'takes back a request that nobody has carried out';

-- What people ask of the replacement of a key; the signer judges it.
CREATE OR REPLACE FUNCTION keyward.roll(zone TEXT, command TEXT, reason TEXT DEFAULT '', role TEXT DEFAULT 'zsk',
  token TEXT DEFAULT NULL, label TEXT DEFAULT NULL)
RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made BIGINT;
BEGIN
  PERFORM keyward.zone_id(zone);
  IF command IS NULL OR command !~ '^(start(-lazy|-now|-([0-9]+[ywdhms])+)?|hold|resume|cancel|confirm)$' THEN
    RAISE EXCEPTION 'zone %: there is no command ''%'' for rolls; write start, start-now, start-3d or the like, hold, resume, cancel or confirm',
      keyward.stored_name(zone), command USING ERRCODE = 'check_violation';
  END IF;
  IF role IS NULL OR role NOT IN ('zsk', 'ksk') THEN
    RAISE EXCEPTION 'zone %: a key is a zsk or a ksk, not ''%''', keyward.stored_name(zone), role
      USING ERRCODE = 'check_violation';
  END IF;
  IF role = 'ksk' AND command LIKE 'start%' AND (token IS NULL OR label IS NULL) THEN
    RAISE EXCEPTION 'zone %: say which key takes the place of the KSK: its token and label',
      keyward.stored_name(zone) USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO keyward.request (kind, zone, mode, label, token, key_label, reason, actor)
    VALUES ('roll', keyward.stored_name(zone), command, role, token, label, coalesce(reason, ''),
      'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.roll IS
  'asks the signer to replace a key of a zone (start; start-now or start-3d: what is signed is signed anew, at once or over that time), or what becomes of that (hold, resume, cancel; confirm: the parent has the DS of the new KSK); gives the number of the request';

-- What people ask of policies; the signer judges it, and refuses what is unsafe.
CREATE OR REPLACE FUNCTION keyward.set_policy(policy TEXT, settings TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO keyward.request (kind, zone, mode, label, key_label, reason, actor)
    VALUES ('policy', '.', 'set', policy, settings, coalesce(reason, ''), 'sql:' || session_user) RETURNING id
$$;
COMMENT ON FUNCTION keyward.set_policy IS
  'asks the signer to change a policy, or to make it: ''zsk-lifetime=30d pace=lazy base=default'', and ''pace='' for what its base says; gives the number of the request';

CREATE OR REPLACE FUNCTION keyward.delete_policy(policy TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO keyward.request (kind, zone, mode, label, reason, actor)
    VALUES ('policy', '.', 'delete', policy, coalesce(reason, ''), 'sql:' || session_user) RETURNING id
$$;
COMMENT ON FUNCTION keyward.delete_policy IS
  'asks the signer to delete a policy that no zone has; gives the number of the request';

CREATE OR REPLACE FUNCTION keyward.assign_policy(zone TEXT, policy TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made BIGINT;
BEGIN
  PERFORM keyward.zone_id(zone);
  INSERT INTO keyward.request (kind, zone, mode, label, reason, actor)
    VALUES ('policy', keyward.stored_name(zone), 'assign', policy, coalesce(reason, ''), 'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.assign_policy IS
  'asks the signer to keep the keys of a zone by a policy; gives the number of the request';
