-- What PowerDNS parses of its tables beside records, and ends at, or sees no new zone for, where it cannot:
-- refused when it is written. What is there all the same is left out by the servers, and is a finding.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE OR REPLACE FUNCTION keyward.is_address(text TEXT, version INT DEFAULT NULL) RETURNS BOOL
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN text ~ '^[0-9A-Fa-f:.]+$' AND (version IS NULL OR family(text::INET) = version)
    AND family(text::INET) IS NOT NULL AND text !~ '(^|\.)0\d';
EXCEPTION WHEN invalid_text_representation THEN
  RETURN false;
END
$$;

-- With a port or without: 192.0.2.1, 192.0.2.1:5300, 2001:db8::1, [2001:db8::1]:5300.
CREATE OR REPLACE FUNCTION keyward.is_server_address(text TEXT) RETURNS BOOL
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN text ~ '^[0-9.]+$' THEN keyward.is_address(text, 4)
    WHEN text ~ '^[0-9.]+:\d{1,5}$' THEN keyward.is_address(split_part(text, ':', 1), 4)
      AND split_part(text, ':', 2)::INT <= 65535
    WHEN text ~ '^\[[^]]*\](:\d{1,5})?$' THEN
      keyward.is_address(regexp_replace(substring(text FROM '^\[([^]]*)\]'), '%\d{1,9}$', ''), 6)
      AND coalesce(substring(text FROM '\]:(\d+)$')::INT, 53) <= 65535
    ELSE keyward.is_address(regexp_replace(text, '%\d{1,9}$', ''), 6) END
$$;

CREATE OR REPLACE FUNCTION keyward.is_prefix(text TEXT) RETURNS BOOL
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT keyward.is_address(split_part(text, '/', 1))
    AND (text !~ '/' OR text ~ '^[^/]*/\d{1,3}$'
      AND split_part(text, '/', 2)::INT <= CASE WHEN text ~ ':' THEN 128 ELSE 32 END)
$$;

-- What is wrong with the primaries of a zone; null when nothing is.
CREATE OR REPLACE FUNCTION keyward.primaries_fault(primaries TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'its primary ''' || p.word || ''' is no address; write 192.0.2.1, 192.0.2.1:5300 or'
    ' [2001:db8::1]:5300, not a name'
  FROM regexp_split_to_table(primaries, '[\s,]+') p (word)
  WHERE p.word <> '' AND NOT keyward.is_server_address(p.word) LIMIT 1
$$;

CREATE OR REPLACE FUNCTION keyward.key_name_fault(name TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN coalesce(name, '') IN ('', '.') THEN 'is missing'
    ELSE keyward.name_fault(lower(regexp_replace(name, '(?<!\\)\.$', ''))) END
$$;

-- What is wrong with a value of metadata; null when nothing is, or PowerDNS does not parse it.
CREATE OR REPLACE FUNCTION keyward.metadata_fault(kind TEXT, content TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN kind = 'ALLOW-AXFR-FROM' AND NOT keyward.is_prefix(content) AND upper(content) <> 'AUTO-NS'
      THEN 'write an address, a prefix like 192.0.2.0/24, or AUTO-NS, each in a row of its own'
    WHEN kind = 'ALLOW-DNSUPDATE-FROM' AND NOT keyward.is_prefix(regexp_replace(content, '^!', ''))
      THEN 'write an address or a prefix like 192.0.2.0/24, each in a row of its own'
    WHEN kind IN ('ALSO-NOTIFY', 'AXFR-SOURCE') AND NOT keyward.is_server_address(content)
      THEN 'write an address, 192.0.2.1, 192.0.2.1:5300 or [2001:db8::1]:5300, not a name'
    WHEN kind IN ('AXFR-MASTER-TSIG', 'TSIG-ALLOW-AXFR', 'TSIG-ALLOW-DNSUPDATE')
      AND keyward.key_name_fault(content) IS NOT NULL
      THEN 'write the name of a TSIG key; this one ' || keyward.key_name_fault(content)
    WHEN kind = 'PUBLISH-CDS' AND content !~ '^[, ]*([0-4]([, ]+[0-4])*[, ]*)?$'
      THEN 'write the digest types 2 (SHA-256), 4 (SHA-384) or 2,4, or 0 to ask the parent to delete the DS'
    WHEN kind = 'NSEC3PARAM' AND (content !~ '^(\d{1,3}\s+\d{1,3}\s+\d{1,5}\s+(-|([0-9A-Fa-f]{2}){1,255}))?$'
        OR split_part(regexp_replace(content, '\s+', ' ', 'g'), ' ', 3) > '65535'
          AND length(split_part(regexp_replace(content, '\s+', ' ', 'g'), ' ', 3)) = 5)
      THEN 'it is ''algorithm flags iterations salt''; write 1 0 0 -'
    END
$$;

-- What is wrong with a TSIG key; null when nothing is, and nothing of its secret.
CREATE OR REPLACE FUNCTION keyward.tsig_fault(name TEXT, algorithm TEXT, secret TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF keyward.key_name_fault(name) IS NOT NULL THEN
    RETURN 'its name ' || keyward.key_name_fault(name);
  END IF;
  IF lower(rtrim(coalesce(algorithm, ''), '.')) NOT IN ('hmac-md5', 'hmac-md5.sig-alg.reg.int', 'hmac-sha1',
    'hmac-sha224', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512', 'gss-tsig')
  THEN
    RETURN 'PowerDNS has no algorithm ''' || coalesce(algorithm, '') || '''; write hmac-sha256 or another of'
      ' hmac-md5, hmac-sha1, hmac-sha224, hmac-sha384, hmac-sha512';
  END IF;
  IF coalesce(octet_length(decode(secret, 'base64')), 0) = 0 THEN
    RETURN 'it has no secret; write one in base64';
  END IF;
  RETURN NULL;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN 'its secret is no base64; write what ''pdnsutil generate-tsig-key'' gives';
END
$$;

-- Of a field of a private key: how many bytes it has; 0 when it is missing, no base64, or nothing but zeros.
CREATE OR REPLACE FUNCTION keyward.key_field_bytes(content TEXT, field TEXT) RETURNS INT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  bytes BYTEA;
BEGIN
  bytes := decode(substring(content FROM '(?in)^' || field || ':[ \t]*(\S*)'), 'base64');
  RETURN CASE WHEN octet_length(btrim(bytes, '\x00')) > 0 THEN octet_length(bytes) ELSE 0 END;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN 0;
END
$$;

-- What is wrong with a private key as text; null when nothing is, and nothing of the key.
CREATE OR REPLACE FUNCTION keyward.private_key_fault(content TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN content ~* '(^|\n)engine:' AND content ~* '\nslot:' THEN NULL
    WHEN k.algorithm IN ('5', '7', '8', '10') AND 0 < ALL (SELECT keyward.key_field_bytes(content, f.name)
      FROM unnest('{modulus,publicexponent,privateexponent,prime1,prime2,exponent1,exponent2,coefficient}'::TEXT[]) f (name))
      THEN NULL
    WHEN k.algorithm = '13' AND keyward.key_field_bytes(content, 'privatekey') BETWEEN 1 AND 32 THEN NULL
    WHEN k.algorithm = '14' AND keyward.key_field_bytes(content, 'privatekey') BETWEEN 1 AND 48 THEN NULL
    WHEN k.algorithm = '15' AND keyward.key_field_bytes(content, 'privatekey') = 32 THEN NULL
    WHEN k.algorithm = '16' AND keyward.key_field_bytes(content, 'privatekey') = 57 THEN NULL
    ELSE 'it is no private key in BIND''s format, of an algorithm that PowerDNS signs with; add keys with'
      ' ''pdnsutil import-zone-key'' or ''pdnsutil add-zone-key''' END
  FROM (SELECT substring(content FROM '(?in)^algorithm:[ \t]*(\d{1,3})(?!\S)') AS algorithm) k
$$;

-- Of two rows the same fault is none of the change: PowerDNS notes there what it has transferred.
CREATE OR REPLACE FUNCTION keyward.check_primaries() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT := keyward.primaries_fault(NEW.master);
  catalog TEXT := to_jsonb(NEW) ->> 'catalog';
  options TEXT := to_jsonb(NEW) ->> 'options';
BEGIN
  IF fault IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.master IS DISTINCT FROM OLD.master) THEN
    RAISE EXCEPTION 'zone %: %', NEW.name, fault USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.id < 1 AND (TG_OP = 'INSERT' OR NEW.id <> OLD.id) THEN
    RAISE EXCEPTION 'zone %: its id is %; leave the id out, PostgreSQL gives one', NEW.name, NEW.id
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.notified_serial NOT BETWEEN 0 AND 4294967295
    AND (TG_OP = 'INSERT' OR NEW.notified_serial IS DISTINCT FROM OLD.notified_serial) THEN
    RAISE EXCEPTION 'zone %: its notified_serial is %; serials are from 0 to 4294967295', NEW.name,
      NEW.notified_serial USING ERRCODE = 'check_violation';
  END IF;
  IF catalog <> '' AND keyward.name_fault(lower(catalog)) IS NOT NULL
    AND (TG_OP = 'INSERT' OR catalog IS DISTINCT FROM to_jsonb(OLD) ->> 'catalog') THEN
    RAISE EXCEPTION 'zone %: the name of its catalog, ''%'', %', NEW.name, catalog,
      keyward.name_fault(lower(catalog)) USING ERRCODE = 'check_violation';
  END IF;
  IF options <> '' AND (TG_OP = 'INSERT' OR options IS DISTINCT FROM to_jsonb(OLD) ->> 'options') THEN
    BEGIN
      PERFORM options::JSONB;
    EXCEPTION WHEN invalid_text_representation THEN
      RAISE EXCEPTION 'zone %: its options are no JSON; write {} or leave them out', NEW.name
        USING ERRCODE = 'check_violation';
    END;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_primaries BEFORE INSERT OR UPDATE ON public.domains
  FOR EACH ROW EXECUTE FUNCTION keyward.check_primaries();

CREATE OR REPLACE FUNCTION keyward.check_metadata_value() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT := keyward.metadata_fault(NEW.kind, NEW.content);
BEGIN
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION 'zone %: the metadata % cannot be ''%'': %',
      (SELECT d.name FROM public.domains d WHERE d.id = NEW.domain_id), NEW.kind, left(NEW.content, 80), fault
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_metadata_value BEFORE INSERT OR UPDATE OF kind, content ON public.domainmetadata
  FOR EACH ROW EXECUTE FUNCTION keyward.check_metadata_value();

CREATE OR REPLACE FUNCTION keyward.check_tsig() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT := keyward.tsig_fault(NEW.name, NEW.algorithm, NEW.secret);
BEGIN
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION 'the TSIG key ''%'' cannot be used: %', NEW.name, fault USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_tsig BEFORE INSERT OR UPDATE ON public.tsigkeys
  FOR EACH ROW EXECUTE FUNCTION keyward.check_tsig();

CREATE OR REPLACE FUNCTION keyward.check_private_key() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT := keyward.private_key_fault(NEW.content);
BEGIN
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION 'zone %: the key cannot be used: %',
      (SELECT d.name FROM public.domains d WHERE d.id = NEW.domain_id), fault USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_private_key BEFORE INSERT OR UPDATE OF content ON public.cryptokeys
  FOR EACH ROW EXECUTE FUNCTION keyward.check_private_key();

CREATE OR REPLACE FUNCTION keyward.check_autoprimary() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT := keyward.name_fault(lower(regexp_replace(NEW.nameserver, '(?<!\\)\.$', '')));
BEGIN
  IF fault IS NOT NULL OR masklen(NEW.ip) < (CASE family(NEW.ip) WHEN 4 THEN 32 ELSE 128 END) THEN
    RAISE EXCEPTION 'the autoprimary % % cannot be used: %', NEW.ip, NEW.nameserver,
      coalesce('its name ' || fault, 'it is more than one address; write one row for each')
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_autoprimary BEFORE INSERT OR UPDATE ON public.supermasters
  FOR EACH ROW EXECUTE FUNCTION keyward.check_autoprimary();

CREATE OR REPLACE FUNCTION keyward.check_comment() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT := keyward.name_fault(NEW.name);
BEGIN
  IF fault IS NOT NULL THEN
    RAISE EXCEPTION 'the comment on % cannot be read: its name %', NEW.name, fault
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_comment BEFORE INSERT OR UPDATE OF name ON public.comments
  FOR EACH ROW EXECUTE FUNCTION keyward.check_comment();

-- What belongs to no zone; of the zones' own, the servers report what they leave out.
CREATE OR REPLACE FUNCTION keyward.unreadable_rows() RETURNS TABLE (subject TEXT, message TEXT, todo TEXT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'tsigkeys ' || t.id, 'the TSIG key ''' || coalesce(t.name, '') || ''' is left out: '
    || keyward.tsig_fault(t.name, t.algorithm, t.secret), 'correct its row in tsigkeys, or delete it'
  FROM public.tsigkeys t WHERE keyward.tsig_fault(t.name, t.algorithm, t.secret) IS NOT NULL
$$;
