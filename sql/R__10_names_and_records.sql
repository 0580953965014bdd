-- Names and records as PowerDNS's tables hold them. What PowerDNS could not serve is refused when it is
-- written, and each refusal names the zone, the record and the fix. What came in before the checks never
-- stops the rest: a row that was broken already may be changed in other ways.
-- ${code}

SET LOCAL search_path TO pg_catalog, pg_temp;

-- The A-label of an international label (RFC 5890; the encoding is that of RFC 3492). It says what to
-- write; whether a registry takes it is not judged.
CREATE OR REPLACE FUNCTION keyward.a_label(label TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  digits CONSTANT TEXT := 'abcdefghijklmnopqrstuvwxyz0123456789';
  points INT[] := ARRAY(SELECT ascii(c) FROM regexp_split_to_table(label, '') c);
  basic TEXT := regexp_replace(label, '[^\x01-\x7f]', '', 'g');
  encoded TEXT := basic || CASE basic WHEN '' THEN '' ELSE '-' END;
  handled INT := length(basic);
  bias INT := 72;
  delta BIGINT := 0;
  lowest INT := 128;
  point INT;
  next INT;
  rest BIGINT;
  place INT;
  threshold INT;
BEGIN
  IF handled = length(label) THEN
    RETURN label;
  END IF;
  WHILE handled < cardinality(points) LOOP
    SELECT min(p) INTO next FROM unnest(points) p WHERE p >= lowest;
    delta := delta + (next - lowest)::BIGINT * (handled + 1);
    lowest := next;
    FOREACH point IN ARRAY points LOOP
      IF point < lowest THEN
        delta := delta + 1;
      ELSIF point = lowest THEN
        rest := delta;
        place := 36;
        LOOP
          threshold := least(greatest(place - bias, 1), 26);
          EXIT WHEN rest < threshold;
          encoded := encoded
            || substr(digits, (threshold + (rest - threshold) % (36 - threshold))::INT + 1, 1);
          rest := (rest - threshold) / (36 - threshold);
          place := place + 36;
        END LOOP;
        encoded := encoded || substr(digits, rest::INT + 1, 1);
        delta := delta / CASE handled WHEN length(basic) THEN 700 ELSE 2 END;
        delta := delta + delta / (handled + 1);
        place := 0;
        WHILE delta > 455 LOOP
          delta := delta / 35;
          place := place + 36;
        END LOOP;
        bias := place + (36 * delta / (delta + 38))::INT;
        delta := 0;
        handled := handled + 1;
      END IF;
    END LOOP;
    delta := delta + 1;
    lowest := lowest + 1;
  END LOOP;
  RETURN 'xn--' || encoded;
END
$$;

-- The dots of Chinese and Japanese keyboards separate labels, too (RFC 3490, section 3.1).
CREATE OR REPLACE FUNCTION keyward.a_name(name TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT string_agg(keyward.a_label(l.label), '.' ORDER BY l.place)
  FROM regexp_split_to_table(lower(name), '[.。．｡]') WITH ORDINALITY l (label, place)
$$;

-- What is wrong with a name as PowerDNS's tables hold it; null when nothing is. An escaped byte (\032,
-- \.) counts as one.
CREATE OR REPLACE FUNCTION keyward.name_fault(name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
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
    RETURN 'has a character outside ASCII; write ' || keyward.a_name(name);
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

-- What is wrong with a name in a record's content, where capitals and a last dot do no harm; characters
-- outside ASCII are no fault in what is there: PowerDNS sends the bytes.
CREATE OR REPLACE FUNCTION keyward.target_fault(target TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'the name ''' || target || ''' '
    || keyward.name_fault(lower(regexp_replace(
      regexp_replace(target, '(?<=[^\\.])\.$', ''), '\\\d\d\d|[^\x01-\x7e]', 'x', 'g')))
$$;

-- What is wrong with the name of a zone that is made here: nobody delegates such a name. Underscores, *,
-- the / of reverse zones (RFC 2317) and whatever else is written as ASCII are left to whoever makes it.
CREATE OR REPLACE FUNCTION keyward.zone_name_fault(name TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN name ~ '(^|\.)-|-(\.|$)' THEN 'has a label that begins or ends with a hyphen; take it out'
    WHEN name ~ '\\(1[3-9]\d|12[89]|2\d\d)' THEN 'has a byte outside ASCII; write the xn-- form of an'
      ' international name' END
$$;

-- The names in a content, as they are written there.
CREATE OR REPLACE FUNCTION keyward.names_in(type TEXT, content TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN type IN ('NS', 'CNAME', 'DNAME', 'PTR', 'ALIAS', 'MX', 'SRV', 'NAPTR', 'MB', 'MG', 'MR')
      THEN w.words[cardinality(w.words):]
    WHEN type IN ('SOA', 'RP', 'MINFO') THEN w.words[1:2]
    WHEN type IN ('AFSDB', 'KX', 'LP', 'SVCB', 'HTTPS') THEN w.words[2:2]
    WHEN type = 'IPSECKEY' THEN w.words[4:4] END
  FROM (SELECT regexp_split_to_array(btrim(content, E' \t\r\n'), '\s+') AS words) w
$$;

-- What is wrong with an international name, also where PowerDNS's tools send it as escaped bytes; null when
-- nothing is. Names of services that people choose from a list are in UTF-8 (RFC 6763, section 4.1.1), and
-- are written with escapes.
CREATE OR REPLACE FUNCTION keyward.international_fault(name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  plain TEXT := name;
  escapes TEXT;
BEGIN
  IF name !~ '[^\x01-\x7e]' AND (name !~ '\\(12[89]|1[3-9]\d|2[0-5]\d)' OR name ~* '(^|\.)_(tcp|udp)(\.|$)')
  THEN
    RETURN NULL;
  END IF;
  FOR escapes IN
    SELECT m[1] FROM regexp_matches(name, '((?:\\(?:12[89]|1[3-9]\d|2[0-4]\d|25[0-5]))+)', 'g') m
  LOOP
    plain := replace(plain, escapes, convert_from((
      SELECT string_agg(set_byte('\x00', 0, b.value::INT), ''::BYTEA ORDER BY b.place)
      FROM unnest(string_to_array(substr(escapes, 2), '\')) WITH ORDINALITY b (value, place)), 'UTF8'));
  END LOOP;
  RETURN 'has a character outside ASCII; write ' || keyward.a_name(plain);
EXCEPTION WHEN character_not_in_repertoire THEN
  RETURN CASE WHEN name ~ '[^\x01-\x7e]' THEN 'has a character outside ASCII, and escapes that are no UTF-8;'
    ' write the xn-- form of an international name' END;
END
$$;

-- What is wrong with a record that PowerDNS could serve and that nobody means; null when nothing is.
-- Copies of other servers' zones are taken as they are.
CREATE OR REPLACE FUNCTION keyward.meaning_fault(owner TEXT, type TEXT, content TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  target TEXT := substring(btrim(content, E' \t\r\n') FROM '\S+$');
  fault TEXT;
BEGIN
  IF type !~ '^TYPE\d{1,5}$' AND type NOT IN ('', 'A', 'A6', 'AAAA', 'ADDR', 'AFSDB', 'ALIAS', 'APL', 'BRID',
    'CAA', 'CDNSKEY', 'CDS', 'CERT', 'CNAME', 'CSYNC', 'DHCID', 'DLV', 'DNAME', 'DNSKEY', 'DS', 'EUI48', 'EUI64',
    'HHIT', 'HINFO', 'HTTPS', 'IPSECKEY', 'KEY', 'KX', 'L32', 'L64', 'LOC', 'LP', 'LUA', 'MB', 'MG', 'MINFO',
    'MR', 'MX', 'NAPTR', 'NID', 'NS', 'NSEC', 'NSEC3', 'NSEC3PARAM', 'OPENPGPKEY', 'PTR', 'RESINFO', 'RKEY', 'RP',
    'RRSIG', 'SIG', 'SMIMEA', 'SOA', 'SPF', 'SRV', 'SSHFP', 'SVCB', 'TLSA', 'TXT', 'URI', 'WALLET', 'ZONEMD')
  THEN
    RETURN 'PowerDNS knows no type ''' || type || '''; write one that it knows, or TYPE and its number';
  END IF;
  IF type IN ('NS', 'MX', 'SRV', 'CNAME', 'DNAME', 'PTR', 'ALIAS')
    AND (target ~ '^\d{1,3}(\.\d{1,3}){3}\.?$' OR target ~* '^[0-9a-f:]*:[0-9a-f:.]*$') THEN
    RETURN '''' || target || ''' is an address; write the name of the host that has it';
  END IF;
  IF owner ~ '\\[12]' AND keyward.international_fault(owner) IS NOT NULL THEN
    RETURN 'its name ' || keyward.international_fault(owner);
  END IF;
  IF content ~ '[^\x01-\x7e]|\\[12]' THEN
    SELECT 'the name ''' || n.name || ''' ' || keyward.international_fault(n.name) INTO fault
      FROM unnest(keyward.names_in(type, content)) n (name)
      WHERE keyward.international_fault(n.name) IS NOT NULL LIMIT 1;
  END IF;
  RETURN fault;
END
$$;

-- A name as PowerDNS's tables hold it, from one that people write.
CREATE OR REPLACE FUNCTION keyward.stored_name(name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
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

CREATE OR REPLACE FUNCTION keyward.zone_id(zone TEXT) RETURNS INT
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
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
CREATE OR REPLACE FUNCTION keyward.owner_name(zone TEXT, name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  origin TEXT := keyward.stored_name(zone);
  stored TEXT := CASE WHEN trim(name) = '@' THEN origin ELSE keyward.stored_name(name) END;
BEGIN
  IF origin <> '.' AND stored <> origin AND right(stored, length(origin) + 1) <> '.' || origin THEN
    RAISE EXCEPTION 'zone %: the name % is outside the zone; write %', origin, stored,
      CASE stored WHEN '.' THEN origin ELSE stored || '.' || origin END
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN stored;
END
$$;

-- The whole name for one in a content, read as a master file is: relative to the zone without a last dot.
-- With more than one label that is most often a slip, and so is refused, or taken for the name in the zone
-- that it is already.
CREATE OR REPLACE FUNCTION keyward.content_name(zone TEXT, name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  plain TEXT := regexp_replace(name, '\\(\d\d\d|.)', 'xx', 'g');
BEGIN
  IF name IN ('.', '') THEN
    RETURN name;
  END IF;
  IF right(plain, 1) = '.' THEN
    RETURN left(name, -1);
  END IF;
  IF name = '@' THEN
    RETURN zone;
  END IF;
  IF zone = '.' OR lower(name) = zone OR right(lower(name), length(zone) + 1) = '.' || zone THEN
    RETURN name;
  END IF;
  IF plain ~ '^\d{1,3}(\.\d{1,3}){3}$|:' THEN
    RETURN name; -- an address, which is refused when it is written
  END IF;
  IF position('.' IN plain) > 0 THEN
    RAISE EXCEPTION 'zone %: the name % has no last dot; write %. for that name, or %.%. for one in the zone',
      zone, name, name, name, zone USING ERRCODE = 'check_violation';
  END IF;
  RETURN name || '.' || zone;
END
$$;

-- The column content for what a master file has there: the priority apart, names whole and without
-- trailing dot.
CREATE OR REPLACE FUNCTION keyward.stored_content(zone TEXT, type TEXT, content TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  plain TEXT := CASE WHEN type IN ('MX', 'SRV') THEN regexp_replace(content, '^\s*\d+\s+', '')
    ELSE btrim(content, E' \t\r\n') END;
  parts TEXT[];
  place INT;
BEGIN
  IF type = 'NAPTR' THEN -- its texts may have spaces
    RETURN regexp_replace(plain, '\S+$', '')
      || keyward.content_name(zone, coalesce(substring(plain FROM '\S+$'), ''));
  END IF;
  IF type NOT IN ('NS', 'CNAME', 'PTR', 'DNAME', 'ALIAS', 'MX', 'SRV', 'SOA', 'RP', 'AFSDB', 'KX', 'LP',
    'SVCB', 'HTTPS') THEN
    RETURN content;
  END IF;
  parts := regexp_split_to_array(plain, '\s+');
  FOREACH place IN ARRAY CASE
    WHEN type IN ('SOA', 'RP') THEN ARRAY[1, 2]
    WHEN type = 'SRV' THEN ARRAY[3]
    WHEN type IN ('AFSDB', 'KX', 'LP', 'SVCB', 'HTTPS') THEN ARRAY[2]
    ELSE ARRAY[1] END
  LOOP
    IF place <= cardinality(parts) THEN
      parts[place] := keyward.content_name(zone, parts[place]);
    END IF;
  END LOOP;
  RETURN array_to_string(parts, ' ');
END
$$;

-- The column prio for what a master file has in front of an MX or SRV.
CREATE OR REPLACE FUNCTION keyward.stored_priority(zone TEXT, name TEXT, type TEXT, content TEXT) RETURNS INT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
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

-- RFC 1035, section 3.1; the name is one that PowerDNS's tables hold.
CREATE OR REPLACE FUNCTION keyward.wire_name(name TEXT) RETURNS BYTEA
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  label TEXT;
  wire BYTEA := '';
BEGIN
  IF position('\' IN name) = 0 THEN
    FOREACH label IN ARRAY string_to_array(lower(name), '.') LOOP
      IF label <> '' THEN
        wire := wire || set_byte('\x00', 0, octet_length(convert_to(label, 'UTF8'))) || convert_to(label, 'UTF8');
      END IF;
    END LOOP;
    RETURN wire || '\x00'::BYTEA;
  END IF;
  RETURN (SELECT coalesce(string_agg(set_byte('\x00', 0, length(l.bytes)) || l.bytes, ''::BYTEA
      ORDER BY l.place), '') || '\x00'
    FROM (
      SELECT e.place, (
        SELECT string_agg(
          CASE WHEN c.one[1] ~ '^\\\d' THEN set_byte('\x00', 0, substr(c.one[1], 2)::INT)
            ELSE convert_to(regexp_replace(c.one[1], '^\\(.)', '\1'), 'UTF8') END, ''::BYTEA
          ORDER BY c.place)
        FROM regexp_matches(e.text[1], '\\\d{3}|\\.|[^\\]', 'g') WITH ORDINALITY c(one, place)) AS bytes
      FROM regexp_matches(lower(name), '(?:\\\d{3}|\\.|[^\\.])+', 'g') WITH ORDINALITY e(text, place)) l);
END
$$;

-- What is wrong with one record by itself; null when nothing is. Types that are not listed are
-- checked when they are served.
CREATE OR REPLACE FUNCTION keyward.record_fault(
  zone TEXT, name TEXT, type TEXT, content TEXT, ttl INT, prio INT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT;
  plain TEXT := btrim(content, E' \t\r\n');
BEGIN
  IF coalesce(type, '') IN ('', 'TYPE0') THEN
    RETURN NULL; -- an empty non-terminal, as PowerDNS writes it
  END IF;
  IF type <> upper(type) THEN
    RETURN 'its type is not in upper case; write ' || upper(type);
  END IF;
  fault := keyward.name_fault(name);
  IF fault IS NOT NULL THEN
    RETURN 'its name ' || fault;
  END IF;
  IF zone NOT IN ('', '.') AND name <> zone AND right(name, length(zone) + 1) <> '.' || zone THEN
    RETURN 'its name is outside the zone; write ' || name || '.' || zone
      || ', the whole name without trailing dot';
  END IF;
  IF ttl < 0 THEN
    RETURN 'its TTL is negative; give seconds, for example 3600';
  END IF;
  IF content IS NULL OR (content = '' AND type NOT IN ('APL', 'TXT', 'SPF', 'HINFO')) THEN
    RETURN 'it has no content; give it some, or delete the row';
  END IF;
  CASE type
    WHEN 'A' THEN
      IF plain !~ '^(0*(25[0-5]|2[0-4]\d|1?\d?\d)\.){3}0*(25[0-5]|2[0-4]\d|1?\d?\d)$' THEN
        RETURN '''' || content || ''' is no IPv4 address; write four numbers like 192.0.2.1';
      END IF;
    WHEN 'AAAA' THEN
      BEGIN
        IF family(plain::INET) <> 6 OR content ~ '/' THEN
          RETURN '''' || content || ''' is no IPv6 address; write it like 2001:db8::1';
        END IF;
      EXCEPTION WHEN invalid_text_representation THEN
        RETURN '''' || content || ''' is no IPv6 address; write it like 2001:db8::1';
      END;
    WHEN 'MX' THEN
      IF prio IS NULL AND plain ~ '^\d{1,5}\s+\S+$' THEN
        RETURN keyward.target_fault(regexp_replace(plain, '^\d+\s+', ''));
      END IF;
      IF plain ~ '\s' THEN
        RETURN 'its content has a space; put the preference into the column prio and only the name into content';
      END IF;
      IF coalesce(prio, -1) NOT BETWEEN 0 AND 65535 THEN
        RETURN 'it has no preference; put a number from 0 to 65535 into the column prio';
      END IF;
      RETURN keyward.target_fault(plain);
    WHEN 'SRV' THEN
      IF prio IS NULL AND plain ~ '^(\d{1,5}\s+){3}\S+$' THEN
        RETURN keyward.target_fault(regexp_replace(plain, '^.*\s', ''));
      END IF;
      IF plain !~ '^\d{1,5}\s+\d{1,5}\s+\S+$' THEN
        RETURN 'its content is not ''weight port target''; the priority goes into the column prio';
      END IF;
      IF split_part(regexp_replace(plain, '\s+', ' ', 'g'), ' ', 1)::INT > 65535
        OR split_part(regexp_replace(plain, '\s+', ' ', 'g'), ' ', 2)::INT > 65535 THEN
        RETURN 'its weight or port is too large; write numbers from 0 to 65535';
      END IF;
      IF coalesce(prio, -1) NOT BETWEEN 0 AND 65535 THEN
        RETURN 'it has no priority; put a number from 0 to 65535 into the column prio';
      END IF;
      RETURN keyward.target_fault(regexp_replace(plain, '^.*\s', ''));
    WHEN 'TXT', 'SPF' THEN
      -- PowerDNS puts a TXT without quotes into quotes.
      IF type = 'TXT' AND left(content, 1) NOT IN ('"', '') THEN
        plain := '"' || content || '"';
      END IF;
      IF plain !~ '^("([^"\\]|\\.)*"|[^"\s\\]([^"\s\\]|\\.)*|\\.|\s)*$' THEN
        RETURN 'a quote is missing in ' || left(content, 40) || '; write the text with double quotes'
          ' around it, and a backslash before those that belong to it';
      END IF;
    WHEN 'CNAME', 'NS', 'DNAME', 'PTR' THEN
      IF plain ~ '\s' THEN
        RETURN '''' || content || ''' is not one name; write one, without spaces';
      END IF;
      RETURN keyward.target_fault(plain);
    WHEN 'SOA' THEN
      IF content !~ '^\S+\s+\S+(\s+\d{1,10}){5}$' THEN
        RETURN 'its content is not ''primary hostmaster serial refresh retry expire minimum'';'
          ' write two names and five numbers of at most ten digits';
      END IF;
      IF keyward.serial_in(content) > 4294967295 THEN
        RETURN 'its serial ' || keyward.serial_in(content) || ' is too large; write one up to 4294967295';
      END IF;
      IF name <> zone AND NOT (name = '.' AND zone = '') THEN
        RETURN 'an SOA belongs to the zone itself; name it ' || zone;
      END IF;
    ELSE
      NULL;
  END CASE;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION keyward.check_record() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  zone TEXT;
  kind TEXT;
  fault TEXT;
  was TEXT;
BEGIN
  IF NEW.domain_id IS NULL THEN
    RETURN NEW; -- belongs to no zone, as PowerDNS's schema allows
  END IF;
  SELECT d.name, upper(d.type) INTO zone, kind FROM public.domains d WHERE d.id = NEW.domain_id;
  IF zone IS NULL THEN
    RAISE EXCEPTION 'the record % % has the domain_id %, and there is no such zone; take the id from'
      ' domains, or create the zone with keyward.create_zone', NEW.name, NEW.type, NEW.domain_id
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  IF coalesce(NEW.disabled, false) THEN
    RETURN NEW;
  END IF;
  fault := keyward.record_fault(zone, NEW.name, NEW.type, NEW.content, NEW.ttl, NEW.prio);
  IF fault IS NULL AND kind NOT IN ('SLAVE', 'CONSUMER') THEN
    fault := keyward.meaning_fault(NEW.name, NEW.type, NEW.content);
  END IF;
  IF fault IS NULL THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.domain_id = NEW.domain_id AND NOT coalesce(OLD.disabled, false) THEN
    was := coalesce(keyward.record_fault(zone, OLD.name, OLD.type, OLD.content, OLD.ttl, OLD.prio),
      keyward.meaning_fault(OLD.name, OLD.type, OLD.content));
    IF was IS NOT NULL THEN
      RAISE WARNING 'zone %: the record % % still cannot be served: %', zone, NEW.name, NEW.type, fault;
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'zone %: the record % % cannot be served: %', zone, NEW.name, NEW.type, fault
    USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keyward_check_record
  BEFORE INSERT OR UPDATE OF domain_id, name, type, content, ttl, prio, disabled ON public.records
  FOR EACH ROW EXECUTE FUNCTION keyward.check_record();

-- Only what can be at fault: an alias, an SOA, or a record at the name of an alias. It is looked for by its name:
-- in a table without statistics the planner takes the index of zones, and each of many new rows would read all
-- that are there.
CREATE OR REPLACE FUNCTION keyward.at_alias(domain INT, owner TEXT) RETURNS BOOL
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM public.records r
    WHERE r.domain_id + 0 = domain AND r.name = owner AND r.type = 'CNAME')
$$;

-- What is wrong between records of a name: judged at commit, so that a transaction may replace one by
-- the other in any order.
CREATE OR REPLACE FUNCTION keyward.check_name() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  zone TEXT;
  aliases BIGINT;
  others TEXT;
  soas BIGINT;
BEGIN
  SELECT count(*) FILTER (WHERE r.type = 'CNAME'),
    string_agg(DISTINCT r.type, ', ') FILTER (WHERE r.type NOT IN ('CNAME', 'RRSIG', 'NSEC', '', 'TYPE0')),
    count(*) FILTER (WHERE r.type = 'SOA')
  INTO aliases, others, soas
  FROM public.records r
  WHERE r.domain_id + 0 = NEW.domain_id AND r.name = NEW.name AND NOT coalesce(r.disabled, false);
  SELECT d.name INTO zone FROM public.domains d WHERE d.id = NEW.domain_id;
  IF aliases > 0 AND others IS NOT NULL THEN
    RAISE EXCEPTION 'zone %: % has a CNAME beside other records (%): keep either the CNAME alone or the others',
      zone, NEW.name, others USING ERRCODE = 'check_violation';
  END IF;
  IF aliases > 1 THEN
    RAISE EXCEPTION 'zone %: % would have % CNAME records: update the one that it has, or delete it first',
      zone, NEW.name, aliases USING ERRCODE = 'check_violation';
  END IF;
  IF soas > 1 THEN
    RAISE EXCEPTION 'zone %: % would have % SOA records: update the one that it has',
      zone, NEW.name, soas USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keyward_check_name
  AFTER INSERT OR UPDATE OF domain_id, name, type, disabled ON public.records
  DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW
  WHEN (NEW.type IN ('CNAME', 'SOA') OR keyward.at_alias(NEW.domain_id, NEW.name))
  EXECUTE FUNCTION keyward.check_name();

-- A zone that PowerDNS could not find is refused too, before PowerDNS's own constraint, which says less.
CREATE OR REPLACE FUNCTION keyward.check_zone() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  fault TEXT := keyward.name_fault(NEW.name);
BEGIN
  -- PowerDNS's words since 4.5; in its tables all versions read the former ones.
  NEW.type := CASE upper(NEW.type) WHEN 'PRIMARY' THEN 'MASTER' WHEN 'SECONDARY' THEN 'SLAVE'
    ELSE NEW.type END;
  IF fault IS NULL AND upper(NEW.type) NOT IN ('SLAVE', 'CONSUMER') THEN
    fault := keyward.zone_name_fault(NEW.name);
  END IF;
  IF NEW.name = '' THEN
    fault := 'is empty; the root zone is written .';
  END IF;
  IF fault IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.name IS DISTINCT FROM OLD.name) THEN
    RAISE EXCEPTION 'the zone % cannot be served: its name %', NEW.name, fault
      USING ERRCODE = 'check_violation';
  END IF;
  IF upper(NEW.type) NOT IN ('NATIVE', 'MASTER', 'SLAVE', 'PRODUCER', 'CONSUMER')
    AND (TG_OP = 'INSERT' OR NEW.type IS DISTINCT FROM OLD.type)
  THEN
    RAISE EXCEPTION 'the zone % cannot be of type %; write NATIVE, PRIMARY, SECONDARY, PRODUCER or CONSUMER',
      NEW.name, NEW.type USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_zone BEFORE INSERT OR UPDATE OF name, type ON public.domains
  FOR EACH ROW EXECUTE FUNCTION keyward.check_zone();
