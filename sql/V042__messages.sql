-- Every refusal names the zone, the record and the fix. And what came in before the checks never stops
-- the rest: a row that was broken already may be changed in other ways, the serial included.

SET LOCAL search_path TO public;

CREATE OR REPLACE FUNCTION keyward.record_fault(
  zone TEXT, name TEXT, type TEXT, content TEXT, ttl INT, prio INT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
  fault TEXT;
BEGIN
  IF type IS NULL OR type = '' THEN
    RETURN NULL; -- an empty non-terminal, as PowerDNS's rectify writes it
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
  IF content IS NULL OR (content = '' AND type <> 'APL') THEN
    RETURN 'it has no content; give it some, or delete the row';
  END IF;
  CASE type
    WHEN 'A' THEN
      IF content !~ '^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)$' THEN
        RETURN '''' || content || ''' is no IPv4 address; write four numbers like 192.0.2.1';
      END IF;
    WHEN 'AAAA' THEN
      BEGIN
        IF family(content::INET) <> 6 OR content ~ '/' THEN
          RETURN '''' || content || ''' is no IPv6 address; write it like 2001:db8::1';
        END IF;
      EXCEPTION WHEN invalid_text_representation THEN
        RETURN '''' || content || ''' is no IPv6 address; write it like 2001:db8::1';
      END;
    WHEN 'MX' THEN
      IF content ~ '\s' THEN
        RETURN 'its content has a space; put the preference into the column prio and only the name into content';
      END IF;
      IF coalesce(prio, -1) NOT BETWEEN 0 AND 65535 THEN
        RETURN 'it has no preference; put a number from 0 to 65535 into the column prio';
      END IF;
      RETURN keyward.target_fault(content);
    WHEN 'SRV' THEN
      IF content !~ '^\d{1,5}\s+\d{1,5}\s+\S+$' THEN
        RETURN 'its content is not ''weight port target''; the priority goes into the column prio';
      END IF;
      IF split_part(regexp_replace(content, '\s+', ' ', 'g'), ' ', 1)::INT > 65535
        OR split_part(regexp_replace(content, '\s+', ' ', 'g'), ' ', 2)::INT > 65535 THEN
        RETURN 'its weight or port is too large; write numbers from 0 to 65535';
      END IF;
      IF coalesce(prio, -1) NOT BETWEEN 0 AND 65535 THEN
        RETURN 'it has no priority; put a number from 0 to 65535 into the column prio';
      END IF;
      RETURN keyward.target_fault(regexp_replace(content, '^.*\s', ''));
    WHEN 'TXT', 'SPF' THEN
      IF content !~ '^".*"$' AND content !~ '^\\# ' THEN
        RETURN 'its text is not in quotes; write "' || left(content, 40) || '" with the double quotes';
      END IF;
    WHEN 'CNAME', 'NS', 'DNAME', 'PTR' THEN
      IF content ~ '\s' THEN
        RETURN '''' || content || ''' is not one name; write one, without spaces';
      END IF;
      RETURN keyward.target_fault(content);
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

-- What is wrong with a name in a record's content, where capitals and a last dot do no harm.
CREATE FUNCTION keyward.target_fault(target TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT 'the name ''' || target || ''' '
    || keyward.name_fault(lower(regexp_replace(target, '(?<=[^\\.])\.$', '')))
$$;

-- More digits than a serial can have are none, so that an adopted row with such a serial fails nobody.
CREATE OR REPLACE FUNCTION keyward.serial_in(content TEXT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT substring(content FROM '^\S+\s+\S+\s+(\d{1,10})(?!\d)')::BIGINT
$$;

CREATE OR REPLACE FUNCTION keyward.check_record() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  zone TEXT;
  fault TEXT;
BEGIN
  IF NEW.domain_id IS NULL THEN
    RETURN NEW; -- belongs to no zone, as PowerDNS's schema allows
  END IF;
  SELECT d.name INTO zone FROM public.domains d WHERE d.id = NEW.domain_id;
  IF zone IS NULL THEN
    RAISE EXCEPTION 'the record % % has the domain_id %, and there is no such zone; take the id from'
      ' domains, or create the zone with keyward.create_zone', NEW.name, NEW.type, NEW.domain_id
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  IF coalesce(NEW.disabled, false) THEN
    RETURN NEW;
  END IF;
  fault := keyward.record_fault(zone, NEW.name, NEW.type, NEW.content, NEW.ttl, NEW.prio);
  IF fault IS NULL THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.domain_id = NEW.domain_id AND NOT coalesce(OLD.disabled, false)
    AND keyward.record_fault(zone, OLD.name, OLD.type, OLD.content, OLD.ttl, OLD.prio) IS NOT NULL
  THEN
    RAISE WARNING 'zone %: the record % % still cannot be served: %', zone, NEW.name, NEW.type, fault;
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'zone %: the record % % cannot be served: %', zone, NEW.name, NEW.type, fault
    USING ERRCODE = 'check_violation';
END
$$;

CREATE OR REPLACE FUNCTION keyward.check_name() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  zone TEXT;
  aliases BIGINT;
  others TEXT;
  soas BIGINT;
BEGIN
  SELECT count(*) FILTER (WHERE r.type = 'CNAME'),
    string_agg(DISTINCT r.type, ', ') FILTER (WHERE r.type NOT IN ('CNAME', 'RRSIG', 'NSEC', '')),
    count(*) FILTER (WHERE r.type = 'SOA')
  INTO aliases, others, soas
  FROM public.records r
  WHERE r.domain_id = NEW.domain_id AND r.name = NEW.name AND NOT coalesce(r.disabled, false);
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

-- A zone that PowerDNS could not find is refused too, before PowerDNS's own constraint, which says less.
CREATE FUNCTION keyward.check_zone() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  fault TEXT := keyward.name_fault(NEW.name);
BEGIN
  IF fault IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.name IS DISTINCT FROM OLD.name) THEN
    RAISE EXCEPTION 'the zone % cannot be served: its name %', NEW.name, fault
      USING ERRCODE = 'check_violation';
  END IF;
  IF upper(NEW.type) NOT IN ('NATIVE', 'MASTER', 'SLAVE', 'PRODUCER', 'CONSUMER')
    AND (TG_OP = 'INSERT' OR NEW.type IS DISTINCT FROM OLD.type)
  THEN
    RAISE EXCEPTION 'the zone % cannot be of type %; write NATIVE, MASTER, SLAVE, PRODUCER or CONSUMER',
      NEW.name, NEW.type USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keyward_check_zone BEFORE INSERT OR UPDATE OF name, type ON domains
  FOR EACH ROW EXECUTE FUNCTION keyward.check_zone();

REVOKE EXECUTE ON FUNCTION keyward.target_fault(TEXT), keyward.check_zone() FROM PUBLIC;
