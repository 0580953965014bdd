-- What DBAs call instead of remembering how PowerDNS stores names and contents, and how they ask the
-- signer for something. docs/sql.md describes it, with examples that the tests run.

SET LOCAL search_path TO public;

-- What is wrong with a name as PowerDNS's tables hold it; null when nothing is. An escaped byte (\032,
-- \.) counts as one.
CREATE FUNCTION keyward.name_fault(name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
  plain TEXT := regexp_replace(name, '\\(\d\d\d|.)', 'x', 'g');
  longest INT;
BEGIN
  IF name IN ('', '.') THEN
    RETURN NULL;
  END IF;
  IF name IS NULL THEN
    RETURN 'is missing; write the whole name, without trailing dot';
  END IF;
  IF right(plain, 1) = '.' THEN
    RETURN 'ends with a dot; leave the dot out';
  END IF;
  IF plain ~ '\s' THEN
    RETURN 'has a space; take it out, or write it \032 if it belongs there';
  END IF;
  IF plain ~ '[^\x21-\x7e]' THEN
    RETURN 'has a character outside ASCII; write the xn-- form of an international name';
  END IF;
  IF name <> lower(name) THEN
    RETURN 'has upper-case letters; write ' || lower(name);
  END IF;
  IF plain ~ '^\.|\.\.' THEN
    RETURN 'has an empty label; take out the dot that is too many';
  END IF;
  IF name ~ '\\(2[6-9]\d|25[6-9]|[3-9]\d\d)' THEN
    RETURN 'has an escape beyond \255; write the byte''s value as three digits';
  END IF;
  SELECT max(length(label)) INTO longest FROM unnest(string_to_array(plain, '.')) label;
  IF longest > 63 THEN
    RETURN 'has a label of ' || longest || ' characters; shorten it to 63 or fewer';
  END IF;
  IF length(plain) > 253 THEN
    RETURN 'has ' || length(plain) || ' characters; shorten it to 253 or fewer';
  END IF;
  RETURN NULL;
END
$$;

-- A name as PowerDNS's tables hold it, from one that people write.
CREATE FUNCTION keyward.stored_name(name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
  stored TEXT := lower(trim(name));
  fault TEXT;
BEGIN
  IF stored IS NULL THEN
    RETURN NULL;
  END IF;
  IF stored IN ('', '.') THEN
    RETURN '.';
  END IF;
  stored := regexp_replace(stored, '(?<!\\)\.$', '');
  fault := keyward.name_fault(stored);
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION 'the name ''%'' %', name, fault USING ERRCODE = 'check_violation';
  END IF;
  RETURN stored;
END
$$;

CREATE FUNCTION keyward.zone_id(zone TEXT) RETURNS INT
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
  stored TEXT := keyward.stored_name(zone);
  id INT;
BEGIN
  SELECT d.id INTO id FROM public.domains d
    WHERE d.name = stored OR (stored = '.' AND d.name = '');
  IF id IS NULL THEN
    RAISE EXCEPTION 'there is no zone %; create it with keyward.create_zone(''%'', ARRAY[''ns1.%''])',
      stored, stored, stored USING ERRCODE = 'no_data_found';
  END IF;
  RETURN id;
END
$$;

-- The owner of a record: a whole name, with or without trailing dot, or @ for the zone itself.
CREATE FUNCTION keyward.owner_name(zone TEXT, name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
  origin TEXT := keyward.stored_name(zone);
  stored TEXT := CASE WHEN trim(name) = '@' THEN origin ELSE keyward.stored_name(name) END;
BEGIN
  IF origin <> '.' AND stored <> origin AND right(stored, length(origin) + 1) <> '.' || origin THEN
    RAISE EXCEPTION 'zone %: the name % is outside the zone; write %.%', origin, stored, stored, origin
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN stored;
END
$$;

-- The column content for what a master file has there: the priority apart, names without trailing dot.
CREATE FUNCTION keyward.stored_content(type TEXT, content TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN type IN ('MX', 'SRV') THEN
      regexp_replace(regexp_replace(content, '^\s*\d+\s+', ''), '(?<=[^ .])\.(?= |$)', '', 'g')
    WHEN type IN ('NS', 'CNAME', 'PTR', 'DNAME', 'SOA') THEN
      regexp_replace(trim(content), '(?<=[^ .])\.(?= |$)', '', 'g')
    ELSE content
  END
$$;

-- The column prio for what a master file has in front of an MX or SRV.
CREATE FUNCTION keyward.stored_priority(zone TEXT, name TEXT, type TEXT, content TEXT) RETURNS INT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
BEGIN
  IF type NOT IN ('MX', 'SRV') THEN
    RETURN 0;
  END IF;
  IF content !~ '^\s*\d{1,5}\s+\S' THEN
    RAISE EXCEPTION 'zone %: the record % %: ''%'' has no %; write ''10 %''', zone, name, type, content,
      CASE type WHEN 'MX' THEN 'preference' ELSE 'priority' END, content
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN substring(content FROM '^\s*(\d{1,5})')::INT;
END
$$;

CREATE FUNCTION keyward.create_zone(
  zone TEXT, nameservers TEXT[], hostmaster TEXT DEFAULT NULL, kind TEXT DEFAULT 'NATIVE') RETURNS INT
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  origin TEXT := keyward.stored_name(zone);
  servers TEXT[];
  made INT;
BEGIN
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

CREATE FUNCTION keyward.drop_zone(zone TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  domain INT := keyward.zone_id(zone);
  label TEXT;
BEGIN
  SELECT s.label INTO label FROM keyward.zone_status s WHERE s.domain_id = domain;
  IF label IS NOT NULL THEN
    RAISE EXCEPTION 'zone % is signed with the key ''%'': have its DS removed from the parent, call'
      ' keyward.unassign(''%'', ''why''), wait until keyward.zone_status calls it unsigned, then drop it',
      keyward.stored_name(zone), label, keyward.stored_name(zone)
      USING ERRCODE = 'object_in_use';
  END IF;
  DELETE FROM public.domains d WHERE d.id = domain;
END
$$;
COMMENT ON FUNCTION keyward.drop_zone IS 'deletes a zone with everything in it, unless it is signed';

CREATE FUNCTION keyward.replace_rrset(
  zone TEXT, name TEXT, type TEXT, ttl INT, contents TEXT[]) RETURNS INT
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  domain INT := keyward.zone_id(zone);
  origin TEXT := keyward.stored_name(zone);
  owner TEXT := keyward.owner_name(zone, name);
  kind TEXT := upper(trim(type));
  made INT;
BEGIN
  DELETE FROM public.records r WHERE r.domain_id = domain AND r.name = owner AND r.type = kind;
  INSERT INTO public.records (domain_id, name, type, content, ttl, prio)
    SELECT domain, owner, kind, keyward.stored_content(kind, c),
      replace_rrset.ttl, keyward.stored_priority(origin, owner, kind, c)
    FROM unnest(contents) c;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.replace_rrset IS
  'replaces the records of one name and type by these, written as in a master file; none deletes the set';

CREATE FUNCTION keyward.load_zone(zone TEXT, source REGCLASS) RETURNS BIGINT
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  domain INT := keyward.zone_id(zone);
  origin TEXT := keyward.stored_name(zone);
  brings_soa BOOL;
  made BIGINT;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %s s WHERE upper(s.type) = ''SOA'')', source)
    INTO brings_soa;
  DELETE FROM public.records r
    WHERE r.domain_id = domain AND (brings_soa OR r.type IS DISTINCT FROM 'SOA');
  EXECUTE format(
    'INSERT INTO public.records (domain_id, name, type, content, ttl, prio)
     SELECT $1, keyward.owner_name($2, s.name), upper(s.type),
       keyward.stored_content(upper(s.type), s.content), coalesce(s.ttl, 3600),
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
CREATE FUNCTION keyward.assign(zone TEXT, token TEXT, label TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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
  INSERT INTO keyward.request (kind, zone, token, label, mode, reason, actor)
    VALUES ('assign', origin, token, label, 'presigned', coalesce(reason, ''), 'sql:' || session_user)
    RETURNING id INTO made;
  RETURN made;
END
$$;
COMMENT ON FUNCTION keyward.assign IS
  'asks the signer to sign a zone with a key on a token; gives the number of the row in keyward.requests';

CREATE FUNCTION keyward.unassign(zone TEXT, reason TEXT DEFAULT '') RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
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
COMMENT ON COLUMN keyward.request.hold IS
  'seconds that the zone stays signed; null leaves it to the signer''s configuration';

CREATE VIEW keyward.requests AS
  SELECT r.id, r.kind, r.zone, r.token, r.label, r.reason, r.actor, r.state, r.answer, r.asked_at,
    r.answered_at
  FROM keyward.request r;
COMMENT ON VIEW keyward.requests IS 'what was asked of the signer, and its answers';

-- RFC 1035, section 3.1; the name is one that PowerDNS's tables hold.
CREATE FUNCTION keyward.wire_name(name TEXT) RETURNS BYTEA
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(string_agg(set_byte('\x00', 0, length(l.bytes)) || l.bytes, ''::BYTEA
    ORDER BY l.place), '') || '\x00'
  FROM (
    SELECT label.place, (
      SELECT string_agg(
        CASE WHEN c.one[1] ~ '^\\\d' THEN set_byte('\x00', 0, substr(c.one[1], 2)::INT)
          ELSE convert_to(regexp_replace(c.one[1], '^\\(.)', '\1'), 'UTF8') END, ''::BYTEA
        ORDER BY c.place)
      FROM regexp_matches(label.text[1], '\\\d{3}|\\.|[^\\]', 'g') WITH ORDINALITY c(one, place)) AS bytes
    FROM regexp_matches(lower(name), '(?:\\\d{3}|\\.|[^\\.])+', 'g') WITH ORDINALITY label(text, place)) l
$$;

-- RFC 4509: SHA-256 over the owner and the DNSKEY.
CREATE VIEW keyward.ds_records AS
  SELECT s.zone, s.key_tag, s.algorithm, 2 AS digest_type, s.digest,
    CASE s.zone WHEN '.' THEN '.' ELSE s.zone || '.' END || ' IN DS ' || s.key_tag || ' '
      || s.algorithm || ' 2 ' || s.digest AS record
  FROM (
    SELECT a.zone, k.key_tag, k.algorithm,
      upper(encode(sha256(keyward.wire_name(a.zone) || '\x010103'::BYTEA
        || set_byte('\x00', 0, k.algorithm) || k.public_key), 'hex')) AS digest
    FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
    WHERE a.state = 'signed') s;
COMMENT ON VIEW keyward.ds_records IS 'DS records for the parents of the zones that are signed and stay so';
